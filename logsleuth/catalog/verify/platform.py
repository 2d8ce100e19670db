"""What lies under every Python program, as templates: the C library's errors and the interpreter's own messages."""

from __future__ import annotations

import errno
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from logsleuth.catalog.verify.native_source import library_templates
from logsleuth.catalog.verify.python_source import python_templates
from logsleuth.catalog.verify.template import Template
from logsleuth.model import Where

MODULES: Final = ("argparse.py", "socket.py", "subprocess.py", "shutil.py", "ssl.py", "threading.py", "json/decoder.py")
PACKAGES: Final = ("asyncio", "concurrent/futures", "importlib", "multiprocessing")
CHUNK_BYTES: Final = 1 << 20


def platform_templates() -> tuple[Template, ...]:
    """The messages of the C library, of the interpreter that runs, and of the standard modules that servers use."""
    return (*_error_numbers(), *_standard_modules(), *_interpreter())


def _error_numbers() -> Iterator[Template]:
    where = Where(source="errno")
    yield from (Template(parts=(os.strerror(number),), where=where) for number in sorted(errno.errorcode))


def _standard_modules() -> Iterator[Template]:
    folder = Path(sysconfig.get_path("stdlib"))
    below = (path for name in PACKAGES for path in sorted((folder / name).glob("*.py")))
    for path in (*(folder / name for name in MODULES), *below):
        if path.is_file():
            yield from python_templates(path.name, path.read_bytes()) or ()


def _interpreter() -> Iterator[Template]:
    """The messages compiled into the interpreter, or into the library that holds it."""
    library = Path(sysconfig.get_config_var("LIBDIR") or "", sysconfig.get_config_var("INSTSONAME") or "")
    for path in (library, Path(sys.executable).resolve()):
        if path.is_file():
            with path.open("rb") as stream:
                yield from library_templates(path.name, iter(lambda: stream.read(CHUNK_BYTES), b""))
