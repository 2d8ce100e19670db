"""torchelastic's failure report: comes in as messages, goes out as facts about the process that failed first.

    ============================================================
    train.py FAILED
    ------------------------------------------------------------
    Failures:
    [1]:
      time      : 2026-01-15_05:44:28
      host      : gpu-b03
      rank      : 1 (local_rank: 1)
      exitcode  : -11 (pid: 6175)
      error_file: <N/A>
      traceback : Signal 11 (SIGSEGV) received by PID 6175
    ------------------------------------------------------------
    Root Cause (first observed failure):
    [0]:
      ...
    ============================================================

The report is read by the table `REPORT`, run by a small engine; a process whose line says `<N/A>` has no such fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.model import Facts

UNKNOWN: Final = "<N/A>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A row of the table: in `state`, a line that matches leads to `then`."""

    state: str
    pattern: re.Pattern[str]
    then: str


def step(state: str, pattern: str, then: str) -> Step:
    """A row of `REPORT`."""
    return Step(state=state, pattern=re.compile(pattern), then=then)


FIELDS: Final = (
    r"[ \t]*time[ \t]{0,12}: *(?P<time>\S{1,40})",
    r"[ \t]*host[ \t]{0,12}: *(?P<host>\S{1,200})",
    r"[ \t]*rank[ \t]{0,12}: *(?P<rank>\d{1,6})(?: \(local_rank: (?P<local_rank>\d{1,6})\))?",
    r"[ \t]*exitcode[ \t]{0,12}: *(?P<exitcode>-?\d{1,6})(?: +\(pid: (?P<pid>\d{1,9})\))?",
    r"[ \t]*error_file[ \t]{0,4}: *(?P<error_file>\S{1,500})",
    r"[ \t]*(?:traceback|msg)[ \t]{0,12}: *\"?Signal \d{1,3} \((?P<signal>SIG\w{1,10})\)",
    r"[ \t]*(?:traceback|msg|message)[ \t]{0,12}: *(?P<text>\S.{0,500})",
)
# `others` and `root` are the sections, `*-in` their entries; the report before torch 1.10 names the root first
REPORT: Final = (
    step("idle", r"[=*]{10,}[ \t]*$", "title"),
    step("idle", r"[ \t]*(?P<script>\S.{0,300}?) FAILED[ \t]*$", "body"),
    step("title", r"[ \t]*(?P<script>\S.{0,300}?) FAILED[ \t]*$", "body"),
    step("body", r"[ \t]*Failures:", "others"),
    step("body", r"[ \t]*Root Cause\b.{0,60}:", "root"),
    step("body", r"[=*-]{10,}[ \t]*$", "body"),
    step("others", r"[ \t]*Root Cause\b.{0,60}:", "root"),
    step("others", r"[ \t]*(?:\[\d{1,6}\]:|<NO_OTHER_FAILURES>)", "others"),
    *(step("others", field, "others") for field in FIELDS),
    step("others", r"-{10,}[ \t]*$", "others"),
    step("root", r"[ \t]*\[\d{1,6}\]:", "root"),
    *(step("root", field, "root") for field in FIELDS),
    step("root", r"[ \t]*(?:Other )?Failures:", "others"),
    step("root", r"-{10,}[ \t]*$", "root"),
    step("others", r"[=*]{10,}[ \t]*$", "done"),
    step("root", r"[=*]{10,}[ \t]*$", "done"),
)
ENTRY: Final = re.compile(r"[ \t]*\[\d{1,6}\]:")
RULE: Final = re.compile(r"[=*]{10,}[ \t]*$")
HEADS: Final = re.compile(r"[=*]{10,}[ \t]*$|.{0,300} FAILED[ \t]*$|.{0,120}ChildFailedError")
SHOWN: Final = ("time", "host", "rank", "local_rank", "exitcode", "pid", "signal", "error_file", "text")


def belongs(head: str, message: str) -> bool:
    """Whether `message` goes on with a report that began with `head`: its rule, its title or the exception above it."""
    if not HEADS.match(head):
        return False
    return any(row.pattern.match(message) for row in REPORT) or message.startswith("  ")


def read_report(messages: Sequence[str]) -> Facts | None:
    """What the report says of the first failure, and in `other_failures` of the others; None where there is none."""
    script = ""
    entries: dict[str, list[dict[str, str]]] = {"root": [], "others": []}
    for state, message, groups in _run(messages):
        script = script or groups.get("script", "")
        if state in entries:
            _fill(entries[state], message, groups)
    if not script:
        return None
    root = entries["root"] or entries["others"][-1:]
    others = entries["others"] if entries["root"] else entries["others"][:-1]
    return (("script", script), *_facts(root), *_others(others))


def _run(messages: Sequence[str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The state after each line that fits a row, and what the row captured; other lines begin anew or go by."""
    state = "idle"
    for message in messages:
        row, match = _fit(state, message)
        if row is None and state in {"idle", "title"}:
            row, match = _fit("idle", message)
            state = "idle"
        if row is None or match is None:
            continue
        state = row.then
        yield state, message, {name: value for name, value in match.groupdict().items() if value}
        if state == "done":
            return


def _fit(state: str, message: str) -> tuple[Step | None, re.Match[str] | None]:
    for row in REPORT:
        if row.state == state:
            match = row.pattern.match(message)
            if match is not None:
                return row, match
    return None, None


def _fill(entries: list[dict[str, str]], message: str, groups: dict[str, str]) -> None:
    if ENTRY.match(message):
        entries.append({})
    elif groups and "script" not in groups:
        if not entries:
            entries.append({})
        entries[-1].update({name: value for name, value in groups.items() if value != UNKNOWN})


def _facts(root: Sequence[dict[str, str]]) -> Facts:
    return tuple((name, root[0][name]) for name in SHOWN if root and name in root[0])


def _others(others: Sequence[dict[str, str]]) -> Facts:
    if not others:
        return ()
    told = "; ".join(
        " ".join(f"{name} {entry[name]}" for name in SHOWN[1:-1] if name in entry) for entry in others[:64]
    )
    return (("failure_count", str(len(others) + 1)), ("other_failures", told))
