"""torchelastic's failure report: which lines belong to it.

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
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy

HEADS: Final = lazy(r"[=*]{10,}[ \t]*$|.{0,300} FAILED[ \t]*$|.{0,120}ChildFailedError")
# rules, the title, the headings of the sections and their entries; torch before 1.10 names the root first
LINES: Final = lazy(
    r"[=*-]{10,}[ \t]*$|[ \t]*\S.{0,300}? FAILED[ \t]*$|[ \t]*(?:Other )?Failures:|[ \t]*Root Cause\b.{0,60}:"
    r"|[ \t]*(?:\[\d{1,6}\]:|<NO_OTHER_FAILURES>)"
    # fields, also where something took their indent off
    r"|[ \t]*(?:time[ \t]{0,12}: *\S|host[ \t]{0,12}: *\S|rank[ \t]{0,12}: *\d|exitcode[ \t]{0,12}: *-?\d"
    r"|error_file[ \t]{0,4}: *\S|(?:traceback|msg|message)[ \t]{0,12}: *\S)"
)


def belongs(head: str, message: str) -> bool:
    """Whether `message` goes on with a report that began with `head`: its rule, its title or the exception above it."""
    return HEADS.match(head) is not None and (LINES.match(message) is not None or message.startswith("  "))
