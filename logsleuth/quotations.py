"""Reports of logsleuth that stand in a log: what they quote has happened elsewhere. In: texts. Out: the lines to skip.

    ✗ Incident                                      # Incident
                                                    (blank)
    GPU memory exhausted                            ## GPU memory exhausted
      cuda.oom.device · 90% sure · Worker_TP0       `cuda.oom.device` · cause · 90% sure · Worker_TP0
    ...                                             ...
    103 lines, 1 source, 16 warnings                103 lines, 1 source, 16 warnings

Anybody can print the first line of a report, so nothing is skipped before its last line has come and every line in
between was one that a report can have: one line of another kind, as real logs have it, and all of it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Finding, Notice, NoticeKind, Shift, Text, Where

MOST_LINES: Final = 1000  # of one report
MOST_REPORTS: Final = 200  # of one source; further ones are read like any log
FENCED_LINES: Final = 60  # of one piece of evidence
TITLE_LINES: Final = 4  # into which a title is wrapped
ENVIRONMENT_LINES: Final = 6  # into which the environment is wrapped

# what containers put in front of the lines that a program prints
TRANSPORT: Final = lazy(
    rb"(?:[^\x1e\n]{0,600}\x1e|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?:std(?:out|err) F )?"
    rb"|\[pod/[^\]\s]{1,300}\] |[\w.-]{1,100} {1,60}\| )"
)
COLOR: Final = lazy(r"\x1b\[[\d;]{0,20}m")
BAD: Final = "Incident|Works, but worse than it should|发生故障|可以工作，但性能低于应有水平"
ID: Final = r"(?:unknown|[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)"
TEXT_HEAD: Final = lazy(rf"[✗!] (?:{BAD})(?:(?:: |：).{{0,200}})?$")
PAGE_HEAD: Final = lazy(rf"# (?:{BAD})$")
ISSUE_HEAD: Final = lazy(r"<!-- (?:Written by logsleuth from a log:|由 logsleuth 根据日志生成：).{0,200} -->$")
COUNTS: Final = lazy(r"[\d,]{1,20} (?:lines?, |行，)[\d,]{1,20} (?:sources?|个来源)(?:$|,|，| \()")
TO_DO: Final = lazy(r"\(to be filled in: .{0,200}\)$|（待填写：.{0,200}）$")
ENVIRONMENT: Final = lazy(r"(?:Environment: |环境：)")
SECTION: Final = lazy(r"(?:Also found|Configuration|另外发现|配置)$")
PARTICULARS: Final = lazy(rf"(?: {{1,4}}{ID} · |`{ID}` · \S{{1,20}} · )\d{{1,3}}% (?:sure|把握)(?: ·|$)")
INDENTED: Final = lazy(r" {2}")
FENCE: Final = lazy(r"((?: {3})?)(`{3,})text$")
PLACE: Final = lazy(r"`+ ?\S.{0,1000}:\d{1,12} ?`+$")
MARKDOWN: Final = lazy(
    r"#{2,3} |- |\| |\|---|\d{1,3}\. |(?:Explains: |由此引起：)`"
    r"|\(read from the log; add the output of .{0,60}\)$|（读自日志；请补充 .{0,60}）$"
)
BOLD: Final = lazy(r"\*\*.{1,400}\*\*$")
WATCHED: Final = lazy(rf"\d\d:\d\d:\d\d (?:OPENED|UPDATED|RESOLVED|新故障|更新|已解除) .{{1,400}}? \({ID}\)(?: · |$)")
# fixed words of all lines that a report or a watch begins with
REPORT_ANCHORS: Final = tuple(
    words.encode()
    for words in (
        *(
            f"{sign} {verdict}"
            for sign in "✗!#"
            for verdict in ("Incident", "Works, but worse", "发生故障", "可以工作，但")
        ),
        *("<!-- Written by logsleuth", "<!-- 由 logsleuth"),
        *(f" {word} " for word in ("OPENED", "UPDATED", "RESOLVED", "新故障", "更新", "已解除")),
    )
)


class Form(StrEnum):
    """How a report is laid out."""

    TEXT = "text"
    PAGE = "page"
    ISSUE = "issue"


FORMS: Final = ((Form.TEXT, TEXT_HEAD), (Form.PAGE, PAGE_HEAD), (Form.ISSUE, ISSUE_HEAD))


class Step(StrEnum):
    """What a line does to a report that is being read."""

    GOES_ON = "goes on"
    ENDS = "ends"
    BREAKS = "breaks"


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A report of which the end has not come."""

    form: Form
    first: int
    lines: int = 1
    last: int = 0  # the last line that may hold evidence
    is_told: bool = False  # a diagnosis was seen
    fence: str = ""
    indent: str = ""  # of the fence
    fenced: int = 0
    title_lines: int = 0  # of a title of which the particulars have not come
    environment: int = 0
    before: list[str] = field(default_factory=list)  # the last two lines

    def step(self, line: str, number: int) -> Step:
        """Take the next line."""
        self.lines += 1
        found = Step.BREAKS if self.lines > MOST_LINES else self._step(line)
        if found is Step.GOES_ON and not self.environment:
            self.last = number
        self.before = [*self.before[-1:], line]
        return found

    def _step(self, line: str) -> Step:
        if self.fence:
            return self._inside(line)
        if (TO_DO if self.form is Form.ISSUE else COUNTS).match(line):
            return Step.ENDS if self.is_told and not self.title_lines else Step.BREAKS
        self.is_told = self.is_told or PARTICULARS.match(line) is not None or self.form is Form.ISSUE
        is_fine = self._is_text(line) if self.form is Form.TEXT else self._is_markdown(line)
        return Step.GOES_ON if is_fine else Step.BREAKS

    def _inside(self, line: str) -> Step:
        """A line of evidence, or the end of it."""
        self.fenced += 1
        if line == self.indent + self.fence:
            self.fence, self.fenced = "", 0
        elif self.fenced > FENCED_LINES or not line.startswith(self.indent):
            return Step.BREAKS
        return Step.GOES_ON

    def _is_text(self, line: str) -> bool:
        if PARTICULARS.match(line):
            self.title_lines = 0
            return True
        if self.title_lines:
            self.title_lines += 1
            return self.title_lines <= TITLE_LINES and INDENTED.match(line) is not None
        if ENVIRONMENT.match(line) or self.environment:
            self.environment += 1
            return self.environment <= ENVIRONMENT_LINES
        if not line or INDENTED.match(line) or SECTION.match(line):
            return True
        self.title_lines = 1
        return bool(self.before) and not self.before[-1]

    def _is_markdown(self, line: str) -> bool:
        head, blank = self.before if len(self.before) > 1 else ("", "x")
        fence = FENCE.match(line)
        if fence:
            self.indent, self.fence = fence[1], fence[2]
            return not blank and bool(self.indent or PLACE.match(head))
        if not line or any(fine.match(line) for fine in (MARKDOWN, PLACE, PARTICULARS, BOLD)):
            return True
        # one sentence, behind what heads a diagnosis
        return not blank and bool(PARTICULARS.match(head) or BOLD.match(head))


@dataclass(slots=True)
class Skipped:
    """Lines of one source that quote, and how many findings they held."""

    first: int
    last: int
    findings: int = 0


class Quotations:
    """The reports in all sources; feed it each text before what was found in it is asked about."""

    def __init__(self) -> None:
        self._drafts: dict[str, _Draft] = {}
        self._skipped: dict[str, list[Skipped]] = {}
        self._held: list[Finding] = []

    def take(self, text: Text, *, has_anchor: bool) -> None:
        """Look for reports in the next text of a source; one begins there only if it holds one of `REPORT_ANCHORS`."""
        source, data = text.source, text.data
        if source not in self._drafts and not has_anchor:
            return
        if len(self._skipped.get(source, ())) >= MOST_REPORTS:
            self._drafts.pop(source, None)
            return
        for index, raw in enumerate(data.split(b"\n")[:-1]):
            if source in self._drafts or _may_begin(raw):
                self._line(source, _plain(raw), text.number(index))

    def leave(self, source: str) -> None:
        """A source has ended: what has no end by now is no report."""
        self._drafts.pop(source, None)

    def is_open(self, source: str, *, before: int) -> bool:
        """Whether what may be a report has begun before this line, and has not ended."""
        return source in self._drafts and self._drafts[source].first < before

    def export(self, source: str) -> tuple[Skipped, ...]:
        """The lines of a source that were left out for it."""
        return tuple(one for one in self._skipped.get(source, ()) if one.findings)

    def absorb(self, source: str, skipped: Iterable[Skipped], shift: Shift) -> None:
        """Leave out what another reader of the next piece has left out; a report may lie across its beginning."""
        found = self._skipped.setdefault(source, [])
        for one in skipped:
            first, last = one.first + shift.lines, one.last + shift.lines
            if found and found[-1].first <= first <= found[-1].last + 1:
                found[-1].last = max(found[-1].last, last)
                found[-1].findings += one.findings
            elif len(found) < MOST_REPORTS:
                found.append(Skipped(first, last, one.findings))

    @property
    def held(self) -> tuple[Finding, ...]:
        """The findings that may yet turn out to be quoted."""
        return tuple(self._held)

    def own(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Those of `findings`, and of the ones held before, that are the log's own."""
        undecided, self._held = [*self._held, *findings], []
        for finding in undecided:
            source, line = finding.event.source, finding.position[1]
            draft = self._drafts.get(source)
            if draft is not None and line >= draft.first:
                self._held.append(finding)
            elif not self._is_quoted(source, line):
                yield finding

    def _is_quoted(self, source: str, line: int) -> bool:
        for skipped in self._skipped.get(source, ()):
            if skipped.first <= line <= skipped.last:
                skipped.findings += 1
                return True
        return False

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was left out for it."""
        return tuple(
            Notice(
                kind=NoticeKind.SOURCE_SKIPPED,
                where=Where(source=source, line=one.first),
                detail=f"lines {one.first}-{one.last} are a report of logsleuth; what they quote is not counted",
            )
            for source, found in self._skipped.items()
            for one in found
            if one.findings
        )

    def _line(self, source: str, line: str, number: int) -> None:
        draft = self._drafts.get(source)
        step = draft.step(line, number) if draft else Step.BREAKS
        if draft and step is not Step.GOES_ON:
            del self._drafts[source]
        if draft and step is Step.ENDS:
            self._skip(source, draft.first, draft.last)
        elif step is Step.BREAKS:
            self._begin(source, line, number)

    def _begin(self, source: str, line: str, number: int) -> None:
        """The line may head a report, or be one of a watch, whatever stands before it."""
        form = next((form for form, head in FORMS if head.match(line)), None)
        if form is not None:
            self._drafts[source] = _Draft(form=form, first=number, last=number)
        elif WATCHED.match(line):
            self._skip(source, number, number)

    def _skip(self, source: str, first: int, last: int) -> None:
        found = self._skipped.setdefault(source, [])
        if found and found[-1].last == first - 1:
            found[-1].last = last
        elif len(found) < MOST_REPORTS:
            found.append(Skipped(first, last))


def _may_begin(raw: bytes) -> bool:
    return any(anchor in raw for anchor in REPORT_ANCHORS)


def _plain(raw: bytes) -> str:
    """A line without what a container and colours put into it."""
    found = TRANSPORT.match(raw)
    text = (raw[found.end() :] if found else raw).decode("utf-8", "replace").rstrip("\r ")
    return COLOR.sub("", text) if "\x1b" in text else text
