"""What can be asked of lists: the fields of queries, as FastAPI reads and documents them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from fastapi import Query

from logsleuth.model import Severity
from logsleuth.server.api.moments import MINUTE_NS, moment_ns
from logsleuth.server.api.problems import ProblemError
from logsleuth.server.store.incidents import Wanted
from logsleuth.server.store.lines import LATEST
from logsleuth.server.store.search import QUERY_BYTES
from logsleuth.server.store.search import Query as Sought
from logsleuth.wording import Language

NAME_CHARS: Final = 300
CURSOR_CHARS: Final = 4096
WIDEST_MINUTES: Final = 35 * 24 * 60  # of a series in one answer

Since = Annotated[str | None, Query(description="an ISO time, or how long ago: 15m, 1h, 2d", max_length=40)]
Until = Annotated[str | None, Query(description="the same, for the end", max_length=40)]
Name = Annotated[str | None, Query(max_length=NAME_CHARS)]
Tenant = Annotated[str | None, Query(max_length=NAME_CHARS, description="one tenant; all where nothing is said")]
OneTenant = Annotated[str, Query(max_length=NAME_CHARS)]
Cursor = Annotated[str | None, Query(description="'next' of the page before", max_length=CURSOR_CHARS)]
Limit = Annotated[int, Query(ge=1, le=500)]


class Status(StrEnum):
    """How an incident stands."""

    OPEN = "open"
    RESOLVED = "resolved"


class Form(StrEnum):
    """The forms of a report."""

    JSON = "json"
    TEXT = "text"
    MARKDOWN = "markdown"


Speech = Annotated[Language, Query(description="the language of texts")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time."""

    since: Since = None
    until: Until = None

    def ns(self, now_ns: int) -> tuple[int | None, int | None]:
        """Its ends; raises ProblemError."""
        since_ns, until_ns = moment_ns(self.since, now_ns), moment_ns(self.until, now_ns, "until")
        if since_ns is not None and until_ns is not None and since_ns >= until_ns:
            raise ProblemError(400, "'since' is not before 'until': nothing lies between them")
        return since_ns, until_ns

    def minutes(self, now_ns: int, usual_minutes: int = 60) -> tuple[int, int]:
        """Its ends in minutes, the second one excluded, and not too wide; raises ProblemError."""
        since_ns, until_ns = self.ns(now_ns)
        until = (now_ns if until_ns is None else until_ns) // MINUTE_NS + 1
        since = until - usual_minutes if since_ns is None else since_ns // MINUTE_NS
        if until - since > WIDEST_MINUTES:
            raise ProblemError(400, f"a series is at most {WIDEST_MINUTES} minutes long: move 'since' closer")
        return since, until


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """A part of a list."""

    limit: Limit = 50
    cursor: Cursor = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents are wanted."""

    since: Since = None
    until: Until = None
    source: Annotated[
        str | None, Query(max_length=NAME_CHARS, description="a source, or the beginning of one up to a slash")
    ] = None
    signature: Annotated[
        str | None, Query(alias="class", max_length=NAME_CHARS, description="an id, or its beginning up to a dot")
    ] = None
    node: Name = None
    status: Status | None = None
    severity: Severity | None = None
    acknowledged: bool | None = None
    tenant: Tenant = None

    def wanted(self, now_ns: int) -> Wanted:
        """The same for the database; raises ProblemError."""
        since_ns, until_ns = Period(since=self.since, until=self.until).ns(now_ns)
        return Wanted(
            tenant=self.tenant,
            since_ns=since_ns,
            until_ns=until_ns,
            source=self.source,
            signature=self.signature,
            node=self.node,
            status=self.status,
            severity=self.severity,
            is_acknowledged=self.acknowledged,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilter:
    """What is sought, and where."""

    q: Annotated[str, Query(min_length=1, max_length=QUERY_BYTES, description="a text within a line")]
    since: Since = None
    until: Until = None
    source: Name = None
    tenant: Tenant = None
    pattern: Annotated[bool, Query(description="whether q is an expression")] = False

    def query(self, now_ns: int) -> Sought:
        """The same for the database; raises ProblemError."""
        since_ns, until_ns = Period(since=self.since, until=self.until).ns(now_ns)
        return Sought(
            text=self.q,
            is_pattern=self.pattern,
            tenant=self.tenant,
            source=self.source,
            since_ns=since_ns or 0,
            until_ns=LATEST if until_ns is None else until_ns,
        )
