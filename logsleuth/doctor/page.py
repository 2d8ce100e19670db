"""The items for people and programs. In: items. Out: text, JSON."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

import orjson

from logsleuth.doctor.check import Area, Item, Status
from logsleuth.live.redaction import redacted, redacted_text
from logsleuth.model import Words
from logsleuth.report.document import Json
from logsleuth.report.phrases import COLON
from logsleuth.wording import printable

SCHEMA: Final = "logsleuth.doctor/1"
SIGNS: Final = {Status.OK: "✓", Status.WARN: "!", Status.FAIL: "✗", Status.SKIPPED: "–"}
AREAS: Final = {
    Area.HARDWARE: Words(en="Hardware", zh="硬件"),
    Area.SOFTWARE: Words(en="Software", zh="软件"),
    Area.CONFIGURATION: Words(en="Configuration", zh="配置"),
    Area.NETWORK: Words(en="Network", zh="网络"),
    Area.MODEL: Words(en="Model", zh="模型"),
    Area.REQUESTS: Words(en="Requests", zh="请求"),
    Area.UCM_INSTALL: Words(en="UCM: installation", zh="UCM：安装"),
    Area.UCM_CONFIGURATION: Words(en="UCM: configuration", zh="UCM：配置"),
    Area.UCM_RUN_TIME: Words(en="UCM: run time", zh="UCM：运行时"),
    Area.UCM_PERFORMANCE: Words(en="UCM: performance", zh="UCM：性能"),
}
STATUSES: Final = {
    Status.OK: Words(en="ok", zh="正常"),
    Status.WARN: Words(en="to look at", zh="需留意"),
    Status.FAIL: Words(en="wrong", zh="有问题"),
    Status.SKIPPED: Words(en="skipped", zh="已跳过"),
}


def render(items: Sequence[Item], *, language: str = "en") -> str:
    """The checklists as text, area by area, then how many items stand how."""
    said = "\n".join(_lines(items, language))
    return redacted_text(printable(said)) + "\n"


def _lines(items: Sequence[Item], language: str) -> Iterator[str]:
    told: set[str] = set()  # what to give so that more is looked at is said once
    for area, group in itertools.groupby(items, key=lambda item: item.check.area):
        yield AREAS[area].in_language(language)
        for item in group:
            reason = item.finding.reason.in_language(language)
            title = f"{item.check.title.in_language(language)}{COLON.in_language(language)}"
            yield f"  {SIGNS[item.finding.status]} {title}{reason}"
            remedy = item.finding.remedy.in_language(language)
            if remedy and (remedy not in told or item.finding.status is not Status.SKIPPED):
                told.add(remedy)
                yield f"      → {remedy}"
        yield ""
    yield counts(items, language)


def counts(items: Sequence[Item], language: str) -> str:
    """How many items stand how: `12 ok, 1 wrong, 4 skipped`."""
    numbers = [(status, sum(item.finding.status is status for item in items)) for status in Status]
    return ", ".join(f"{number} {STATUSES[status].in_language(language)}" for status, number in numbers if number)


def encode(items: Sequence[Item], *, language: str = "en") -> str:
    """The items as JSON."""
    rows: list[Json] = [
        {
            "id": item.check.id,
            "area": str(item.check.area),
            "title": item.check.title.in_language(language),
            "status": str(item.finding.status),
            "reason": item.finding.reason.in_language(language),
            "remedy": item.finding.remedy.in_language(language) or None,
            "rows": list(item.check.rows),
        }
        for item in items
    ]
    return orjson.dumps(redacted({"schema": SCHEMA, "items": rows}), option=orjson.OPT_INDENT_2).decode() + "\n"
