"""Runs a command under limits of this process: `limited.py nofile=64 memlock=65536 drop=14 -- command`.

`drop` takes a capability out of the bounding set, so that root is bound by a limit as everybody else is.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from typing import Final

PR_CAPBSET_DROP: Final = 24
LIMITS: Final = {
    "nofile": resource.RLIMIT_NOFILE,
    "memlock": resource.RLIMIT_MEMLOCK,
    "as": resource.RLIMIT_AS,
    "fsize": resource.RLIMIT_FSIZE,
}


def main(words: list[str]) -> None:
    """Set the limits, then become the command."""
    end = words.index("--")
    for word in words[:end]:
        name, _, value = word.partition("=")
        if name == "drop":
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, int(value), 0, 0, 0)
        else:
            resource.setrlimit(LIMITS[name], (int(value), int(value)))
    os.execvp(words[end + 1], words[end + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
