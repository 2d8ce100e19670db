"""`python -m logsleuth`."""

from logsleuth.cli.app import main

if __name__ == "__main__":
    main()
