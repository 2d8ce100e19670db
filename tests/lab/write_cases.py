"""Writes the logs of provoked failures as labelled cases: `python tests/lab/write_cases.py [NAME...]`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.lab.failures import FAILURES, HERE, KILLED, PYTHON, ROOT, Failure, clear, killed, obstacle, provoked

PACKAGES = re.compile(r"/[^\s\"']*/site-packages/")
LIBRARY = re.compile(r"/[^\s\"':]*/lib/python3\.\d+/")


def neutral(text: str, place: str) -> str:
    """The log without the paths of this machine."""
    text = text.replace(place, "/data/kv").replace(str(HERE / "programs"), "/srv/app")
    text = PACKAGES.sub("/usr/lib/python3/dist-packages/", text)
    text = LIBRARY.sub("/usr/lib/python3.11/", text)
    return text.replace(PYTHON, "/usr/bin/python3").replace(str(ROOT), "/srv")


def printed(failure: Failure, place: Path) -> str:
    """What the program printed, or the kernel where it was killed."""
    if failure is KILLED:
        return killed(failure, place)
    return provoked(failure, place).stdout.decode("utf-8", "replace")


def write(failure: Failure) -> None:
    """One case, if it can be provoked here."""
    with tempfile.TemporaryDirectory(prefix="lab-") as place:
        if reason := obstacle(failure, Path(place)):
            sys.stdout.write(f"{failure.name}: skipped, {reason}\n")
            return
        log = neutral(printed(failure, Path(place)), place)
    folder = ROOT / "fixtures" / "cases" / f"lab-{failure.name}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log.txt").write_text(log, encoding="utf-8")
    case = {
        "id": folder.name,
        "source": f"tests/lab/programs/{failure.program}.py",
        "origin": f"provoked by tests/lab/programs/{failure.program}.py; paths of the machine replaced",
        "licence": "Apache-2.0",
        "expect": [failure.expect],
        "accept": list(failure.accept),
    }
    case |= {"note": failure.note} if failure.note else {}
    (folder / "case.yaml").write_text(yaml.safe_dump(case, sort_keys=False, allow_unicode=True), encoding="utf-8")
    sys.stdout.write(f"{failure.name}: {len(log)} bytes\n")


if __name__ == "__main__":
    for one in (*FAILURES, KILLED):
        if len(sys.argv) < 2 or one.name in sys.argv[1:]:
            write(one)
    clear()
