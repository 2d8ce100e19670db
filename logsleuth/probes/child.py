"""The child's side of a probe: wishes come in as JSON on standard input, values leave as JSON lines on a descriptor.

It runs as a script, in the interpreter that holds the software asked about, and needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import json
import os
import resource
import signal
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, TextIO

ROOT: Final = Path(__file__).resolve().parents[2]
END: Final = "null"  # the last line: nothing was left unsaid
PR_SET_PDEATHSIG: Final = 1
FIRST_TO_GO: Final = "1000"  # where memory runs out, the kernel shall kill the probe, not the service beside it


def main(arguments: list[str] | None = None) -> None:
    """Run one measurement; whatever it raises is printed by the interpreter and ends the process."""
    asked = _parser().parse_args(arguments)
    _take_care(asked.address_space)
    wishes = json.load(sys.stdin)
    with _opened(asked.values_fd) as values:
        tell(measured(asked.measure, wishes), values)


def measured(measure: str, wishes: object) -> Iterable[Mapping[str, object]]:
    """What "module:function" below `logsleuth.probes` says of `wishes`, one mapping after the other."""
    _load_package()
    module, _, function = measure.partition(":")
    said = getattr(import_module(f"logsleuth.probes.{module}"), function)(wishes)
    return (said,) if isinstance(said, Mapping) else said


def _load_package() -> None:
    """Import the package of this file, not another version, and leave all others to the interpreter asked about."""
    sys.path.insert(0, str(ROOT))
    try:
        import_module("logsleuth")
    finally:
        sys.path.remove(str(ROOT))


def tell(values: Iterable[Mapping[str, object]], sink: TextIO) -> None:
    """Write each mapping as soon as it is there, and at last that all is said."""
    for value in values:
        sink.write(json.dumps(value, default=str) + "\n")
        sink.flush()
    sink.write(END + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run the measurement of one probe; wishes are JSON on standard input.")
    parser.add_argument("measure", help="module:function below logsleuth.probes")
    parser.add_argument("--values-fd", type=int, default=1, help="the descriptor for the values")
    parser.add_argument("--address-space", type=int, default=0, help="bytes of address space, 0 for no limit")
    return parser


def _opened(descriptor: int) -> TextIO:
    os.set_inheritable(descriptor, descriptor <= sys.stderr.fileno())  # what the probe leaves behind must not hold it
    return os.fdopen(descriptor, "w", encoding="utf-8", closefd=descriptor > sys.stderr.fileno())


def _take_care(address_space: int) -> None:
    """Die with the parent, leave no core file, say where it stands when told to end."""
    faulthandler.enable()
    signal.signal(signal.SIGTERM, _leave)
    faulthandler.register(signal.SIGTERM, all_threads=True, chain=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if address_space:
        _limit_address_space(address_space)
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")
    except (OSError, AttributeError):  # not Linux, or not allowed: the parent's limits remain
        return


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    """End as an exception does, so that folders of the probe's own are removed."""
    signal.signal(number, signal.SIG_IGN)  # a second one must not end the removal
    raise SystemExit(128 + number)


def _limit_address_space(size_bytes: int) -> None:
    """The lower of the limit asked for and the one already in force: it may be what the log is about."""
    known = [limit for limit in resource.getrlimit(resource.RLIMIT_AS) if limit != resource.RLIM_INFINITY]
    lowest = min((size_bytes, *known))
    resource.setrlimit(resource.RLIMIT_AS, (lowest, lowest))


if __name__ == "__main__":
    main()
