"""A file system that answers nothing but its own start: whoever looks into it waits inside the kernel, as with NFS.

`stuck_mount.py FOLDER` mounts it, says `mounted` and lives until it is killed; its end releases all who wait.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import Final

INIT: Final = 26
REQUEST: Final = struct.Struct("<IIQ")  # length, operation, number
ANSWER: Final = struct.Struct("<IiQ")  # length, error, number
STARTED: Final = struct.pack("<IIIIHHI", 7, 31, 65536, 0, 0, 0, 4096).ljust(64, b"\0")


def main(folder: str) -> None:
    """Mount and fall silent."""
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"stuck", folder.encode(), b"fuse", 0, options.encode()):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), folder)
    sys.stdout.write("mounted\n")
    sys.stdout.flush()
    while True:
        _, operation, number = REQUEST.unpack_from(os.read(device, 1 << 17))
        if operation == INIT:
            os.write(device, ANSWER.pack(ANSWER.size + len(STARTED), 0, number) + STARTED)


if __name__ == "__main__":
    main(sys.argv[1])
