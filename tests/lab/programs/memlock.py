"""Locks all its memory, as a data plane does at its start."""

import ctypes
import mmap
import sys

MCL_CURRENT, MCL_FUTURE = 1, 2
libc = ctypes.CDLL(None, use_errno=True)
region = mmap.mmap(-1, 64 * 1024 * 1024)
if libc.mlockall(MCL_CURRENT | MCL_FUTURE):
    ctypes.set_errno(ctypes.get_errno())
    libc.perror(b"mlockall()")
    sys.exit(1)
