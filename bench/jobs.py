"""What is measured: logsleuth and its peers as commands. In: a log and what is asked for. Out: jobs, or why there is none."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpora import corpus, megabytes_of
from cost import logsleuth, options, set_for

HERE = Path(__file__).resolve().parent
SLOW = ("drain3-masked", "drain3-five", "logparser")  # peers that would take minutes read a part
FOUND_OR_NOT = (0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How large, how often, and where."""

    folder: Path
    megabytes: float
    large: float
    rounds: int
    seed: int = 1
    peers: frozenset[str] = frozenset()
    peers_folder: Path | None = None
    is_quick: bool = False

    @property
    def part(self) -> float:
        """The size of a log for a slow peer."""
        return min(20.0, self.megabytes / 2)

    @property
    def hard(self) -> float:
        """The size of a log that is all failures."""
        return min(30.0, self.megabytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command to measure, and how much it reads."""

    name: str
    about: str
    command: tuple[str, ...]
    megabytes: float
    statuses: tuple[int, ...] = (0,)
    output: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A job that cannot run here."""

    name: str
    reason: str


def subject(log: Path, setting: Setting, *, name: str = "logsleuth", about: str = "logsleuth") -> Job:
    """The whole analysis, in one process."""
    command = logsleuth(str(log), folder=setting.folder)
    return Job(name=name, about=about, command=command, megabytes=megabytes_of(log), statuses=FOUND_OR_NOT)


def signatures_alone(log: Path, setting: Setting) -> Job:
    """The analysis without templates, by the command's own option where it has one."""
    command = logsleuth(str(log), "--no-templates", folder=setting.folder)
    if "--no-templates" not in options(setting.folder):
        command = (*_driver(log, setting), "--no-templates")
    about = "logsleuth, signatures alone"
    return Job(name="signatures", about=about, command=command, megabytes=megabytes_of(log), statuses=FOUND_OR_NOT)


def with_signatures(count: int, log: Path, setting: Setting) -> Job:
    """The whole analysis with a catalog of another size."""
    command = (*_driver(log, setting), "--signatures", str(count))
    about = f"logsleuth, {count} signatures"
    return Job(name=f"logsleuth-{count}", about=about, command=command, megabytes=megabytes_of(log))


def _driver(log: Path, setting: Setting) -> tuple[str, ...]:
    return (*set_for(setting.folder), sys.executable, str(HERE / "subject.py"), str(log))


def peers(kind: str, setting: Setting, *names: str) -> list[Job | Absent]:
    """The peers asked for among `names`, on the log of this kind."""
    wanted = [name for name in names if not setting.peers or name in setting.peers]
    return [PEERS[name](name, _share(kind, name, setting), setting) for name in wanted]


def _share(kind: str, name: str, setting: Setting) -> Path:
    """The log that a peer reads: the whole, or what it can cope with."""
    megabytes = setting.hard if kind in ("storm", "tracebacks") else setting.megabytes
    if kind == "diverse" and name == "drain3":
        megabytes = min(5.0, megabytes)  # its time grows with the square of the lines
    if name in SLOW or (name == "drain3" and kind in ("storm", "tracebacks")):
        megabytes = min(setting.part, megabytes)
    return corpus(kind, megabytes, setting.folder)


def ripgrep(name: str, log: Path, setting: Setting, *, count: int = 0) -> Job | Absent:
    """A search by ripgrep for what the scan looks for, or for what it would with `count` signatures."""
    if shutil.which("rg") is None:
        return Absent(name=name, reason="ripgrep is not installed")
    patterns = setting.folder / f"patterns-{count}.txt"
    found = _patterns(patterns, "--signatures", str(count))
    command = ("rg", "-c", "--no-ignore", "--regex-size-limit=1G", "-f", str(patterns), str(log))
    about = f"rg -c -f, {found} patterns" + (f" of {count} signatures" if count else "")
    return Job(name=name, about=about, command=command, megabytes=megabytes_of(log), statuses=FOUND_OR_NOT)


@cache
def _patterns(file: Path, *how: str) -> str:
    command = [sys.executable, str(HERE / "ripgrep.py"), str(file), *how]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _grep(name: str, log: Path, setting: Setting) -> Job | Absent:
    if shutil.which("grep") is None:
        return Absent(name=name, reason="grep is not installed")
    patterns = setting.folder / "literals.txt"
    count = _patterns(patterns, "--literals")
    command = ("env", "LC_ALL=C", "grep", "-c", "-F", "-f", str(patterns), str(log))
    about = f"grep -c -F -f, the {count} literals alone"
    return Job(name=name, about=about, command=command, megabytes=megabytes_of(log), statuses=FOUND_OR_NOT)


def _lnav(name: str, log: Path, setting: Setting) -> Job | Absent:
    if shutil.which("lnav") is None:
        return Absent(name=name, reason="lnav is not installed")
    command = ("env", f"HOME={setting.folder}", "TERM=dumb", "lnav", "-n", "-c", ":filter-in CUDA error", str(log))
    return Job(name=name, about="lnav -n, one filter", command=command, megabytes=megabytes_of(log))


def _miner(name: str, log: Path, setting: Setting) -> Job | Absent:
    about, module = MINERS[name]
    source = ("--from", str(setting.peers_folder.resolve())) if setting.peers_folder else ()
    command = (sys.executable, str(HERE / "peers.py"), name, str(log), *source)
    if subprocess.run([*command, "--try"], check=False, capture_output=True).returncode:
        return Absent(name=name, reason=f"{module} is not installed")
    return Job(name=name, about=about, command=command, megabytes=megabytes_of(log))


def _wc(name: str, log: Path, setting: Setting) -> Job | Absent:
    del setting
    return Job(name=name, about="wc -l", command=("wc", "-l", str(log)), megabytes=megabytes_of(log))


MINERS = {
    "drain3": ("drain3, as it comes, per line", "drain3"),
    "drain3-masked": ("drain3, equal masks, per line", "drain3"),
    "drain3-five": ("drain3, five common masks, per line", "drain3"),
    "logparser": ("logparser3's Drain, four masks", "logparser3"),
}
PEERS: dict[str, Callable[[str, Path, Setting], Job | Absent]] = {
    **dict.fromkeys(MINERS, _miner),
    "rg": ripgrep,
    "grep": _grep,
    "lnav": _lnav,
    "wc": _wc,
}
