"""Parts in, the report out: absorbed one at a time in the order of their units, in memory that the limits bound."""

from __future__ import annotations

from collections.abc import Iterable

from logsleuth import conclusion
from logsleuth.gathered import Gathered
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Notice, Report
from logsleuth.part import Part
from logsleuth.plan import Plan


class Fold:
    """Everything the parts absorbed so far tell; `report` may be asked for once, at the end."""

    def __init__(self, plan: Plan, *, limits: Limits = DEFAULT_LIMITS, notices: Iterable[Notice] = ()) -> None:
        self._gathered = Gathered(plan, limits=limits)
        self._gathered.notices += notices

    def absorb(self, part: Part) -> None:
        """Add the next part."""
        self._gathered.absorb(part)

    def report(self, notices: Iterable[Notice] = ()) -> Report:
        """The report, with what else there is to say."""
        self._gathered.close()
        self._gathered.notices += notices
        return conclusion.report(self._gathered)
