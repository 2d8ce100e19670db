"""The screen of a watch: how much is read, what is open, which kinds of lines are new, how the service fares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from logsleuth.model import Diagnosis, Words
from logsleuth.report import phrases
from logsleuth.report.captions import STANDARD_INPUT, place, title, who
from logsleuth.report.layout import clipped
from logsleuth.report.terminal import COLORS
from logsleuth.wording import escaped

BARS: Final = "▁▂▃▄▅▆▇█"
CURVE_WIDTH: Final = 40
INCIDENTS: Final = 8
CURVES: Final = 6
LEVEL_COLORS: Final = {"CRITICAL": "bold red", "ERROR": "red", "WARNING": "yellow"}
OPEN: Final = Words(en="Open incidents", zh="未解除的故障")
NONE_OPEN: Final = Words(en="Nothing open", zh="没有未解除的故障")
NEWEST: Final = Words(en="New kinds of lines", zh="新出现的日志模板")
SERVICE: Final = Words(en="Service", zh="服务指标")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Figures of one source, the latest last."""

    source: str
    unit: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What the screen shows at one moment."""

    uptime_s: float
    sources: int
    lines: int
    rates: tuple[float, ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    incidents: tuple[tuple[Diagnosis, float], ...] = ()
    templates: tuple[str, ...] = ()
    curves: tuple[Series, ...] = ()


def sparkline(values: Sequence[float], *, width: int = CURVE_WIDTH) -> str:
    """The last `width` values as bars between 0 and the largest."""
    shown = values[-width:]
    top = max(shown, default=0.0)
    if top <= 0:
        return BARS[0] * len(shown)
    return "".join(BARS[min(int(max(value, 0.0) / top * len(BARS)), len(BARS) - 1)] for value in shown)


def view(panel: Panel, *, width: int, language: str = "en") -> RenderableType:
    """The panel in lines of `width` columns; what a log says is shown, never obeyed."""
    lines = [*_head(panel, language), *_incidents(panel, language), *_templates(panel, language)]
    lines += _curves(panel, language)
    return Group(*(clipped(line, width) for line in lines))


class Screen:
    """Shows panels at the foot of a terminal, and lines that stay above it."""

    def __init__(self, *, language: str = "en", console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, emoji=False, legacy_windows=False)
        self._language = language
        self._live = Live(console=self._console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, line: str) -> None:
        """A line that stays."""
        self._console.print(Text(escaped(line)), soft_wrap=True)

    def show(self, panel: Panel) -> None:
        """The panel in place of the one before."""
        self._live.update(view(panel, width=self._console.width, language=self._language), refresh=True)


def _head(panel: Panel, language: str) -> list[Text]:
    rate = panel.rates[-1] if panel.rates else 0.0
    counted = f"{phrases.LINE.counted(panel.lines, language)} · {phrases.SOURCE.counted(panel.sources, language)}"
    first = Text(f"{_duration(panel.uptime_s)} · {counted} · {rate:,.0f}/s ", "bold").append(
        sparkline(panel.rates), "cyan"
    )
    levels = Text("  ").join(Text(f"{name} {count:,}", LEVEL_COLORS.get(name, "dim")) for name, count in panel.levels)
    return [first, levels] if panel.levels else [first]


def _incidents(panel: Panel, language: str) -> list[Text]:
    if not panel.incidents:
        return [Text(NONE_OPEN.in_language(language), "green")]
    lines = [Text(OPEN.in_language(language), "bold")]
    for item, _ in panel.incidents[:INCIDENTS]:
        first = item.evidence[0]
        said = Text("  ").append(escaped(title(item).in_language(language)), COLORS[item.severity])
        times = f" ×{item.count}" if item.count > 1 else ""
        said.append(f"  {place(first.source, first.line)}{times}  {escaped(who(item.places))}", "dim")
        lines.append(said)
    if len(panel.incidents) > INCIDENTS:
        lines.append(Text(f"  + {phrases.MORE.counted(len(panel.incidents) - INCIDENTS, language)}", "dim"))
    return lines


def _templates(panel: Panel, language: str) -> list[Text]:
    if not panel.templates:
        return []
    return [Text(NEWEST.in_language(language), "bold"), *(Text(f"  {escaped(item)}") for item in panel.templates)]


def _curves(panel: Panel, language: str) -> list[Text]:
    if not panel.curves:
        return []
    lines = [Text(SERVICE.in_language(language), "bold")]
    for item in panel.curves[:CURVES]:
        last = item.values[-1] if item.values else 0.0
        curve = Text("  ").append(sparkline(item.values), "cyan").append(f" {last:,.1f} {item.unit}")
        source = STANDARD_INPUT if item.source == "-" else escaped(item.source)
        lines.append(curve.append(f"  {source}", "dim"))
    return lines


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
