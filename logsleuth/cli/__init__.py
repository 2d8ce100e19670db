"""The command line. In: arguments. Out: text and an exit status."""
