"""What reading one piece of a source comes to: plain data that can be sent, stored and added up.

Lines count from 1 at the beginning of the context that was read before the piece, of which `lead_lines` are. The
source has the index 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from logsleuth.events.gauge import Series
from logsleuth.model import Facts, Lost, Notice, RankReport
from logsleuth.quotations import Skipped
from logsleuth.sightings import Seen
from logsleuth.signs import SignsRead
from logsleuth.sources.blocks import Cuts
from logsleuth.stuck import MembersRead
from logsleuth.tally import Tallied
from logsleuth.templates.shapes import ShapesRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much was read; `lines` are those that were counted, `line_ends` those that the numbers go on by."""

    lines: int = 0
    line_ends: int = 0
    bytes: int = 0
    undecodable: int = 0
    nul_bytes: int = 0
    cuts: Cuts = field(default_factory=Cuts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What the lines of a piece tell."""

    tallied: tuple[Tallied, ...] = ()
    dropped: int = 0  # findings that there was no room for
    shapes: ShapesRead = field(default_factory=ShapesRead)
    series: tuple[Series, ...] = ()
    signs: SignsRead = field(default_factory=SignsRead)
    members: MembersRead = field(default_factory=MembersRead)
    last_line: str = ""
    seen: tuple[Seen, ...] = ()
    environment: Facts = ()
    lost: tuple[Lost, ...] = ()
    undecided: tuple[Notice, ...] = ()  # by expressions that took too long
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One piece of a source; `source` is None where there was none to read, only something to say about it.

    `notices` are those of the reading itself. A source that `is_dump` is no log, and `reports` are what it tells.
    """

    source: str | None = None
    is_first: bool = True
    is_last: bool = True
    is_dump: bool = False
    lead_lines: int = 0
    counts: Counts = field(default_factory=Counts)
    learnt: Learnt = field(default_factory=Learnt)
    notices: tuple[Notice, ...] = ()
    reports: tuple[RankReport, ...] = ()
    refusals: tuple[Notice, ...] = ()  # of dumps
