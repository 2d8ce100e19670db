"""The screen of a watch."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from logsleuth.model import Diagnosis, Evidence, Place, Role, Severity, Words
from logsleuth.report.live import Panel, Screen, Series, sparkline, view


def shown(panel: Panel, *, width: int = 100, language: str = "en") -> str:
    """The panel as plain text."""
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, markup=False, emoji=False)
    console.print(view(panel, width=width, language=language))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def incident(name: str = "[/x] [link=http://e]boom") -> Diagnosis:
    """A diagnosis whose words look like markup."""
    return Diagnosis(
        id="cuda.oom",
        title=Words(en=name, zh=name),
        role=Role.ROOT,
        severity=Severity.CRITICAL,
        confidence=0.9,
        summary=Words(en="", zh=""),
        facts=(),
        places=(Place(source="a\x1b[2J.log", process="Worker\x07", rank=3),),
        first_seen=None,
        last_seen=None,
        count=3,
        evidence=(Evidence(source="a\x1b[2J.log", line=12, end_line=12, text="x"),),
    )


@pytest.mark.parametrize(
    ("values", "bars"),
    [((), ""), ((0, 0), "▁▁"), ((1, 2, 4, 8), "▂▃▅█"), ((-1, 8), "▁█"), (tuple(range(100)), None)],
)
def test_sparklines(values: tuple[float, ...], bars: str | None) -> None:
    """Between nothing and the most there was; the latest are shown."""
    found = sparkline(values)

    assert found == bars if bars is not None else len(found) == 40


def test_everything_is_shown_and_nothing_obeyed() -> None:
    """Counts, levels, incidents, templates, curves."""
    panel = Panel(
        uptime_s=3725,
        sources=2,
        lines=1234,
        rates=(1.0, 10.0),
        levels=(("ERROR", 3), ("INFO", 9)),
        incidents=((incident(), 0.0),) * 10,
        templates=("new \x1b]0;x <*>",),
        curves=(Series(source="a.log", unit="tokens/s", values=(1, 2, 3)),),
    )

    text = shown(panel)

    assert "1:02:05 · 1,234 lines · 2 sources · 10/s ▁█" in text
    assert "ERROR 3  INFO 9" in text
    assert "[/x] [link=http://e]boom  a\\x1b[2J.log:12 ×3  Worker\\x07 (rank 3)" in text
    assert "+ 2 more" in text
    assert "new \\x1b]0;x <*>" in text
    assert "▃▆█ 3.0 tokens/s  a.log" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [20, 40, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Also in Chinese."""
    panel = Panel(uptime_s=1, sources=1, lines=1, incidents=((incident("显存不足" * 30), 0.0),), templates=("x" * 300,))

    lines = shown(panel, width=width, language="zh").splitlines()

    assert len(lines) == 5
    assert all(len(line) <= width for line in lines)


def test_a_quiet_panel() -> None:
    """Says that nothing is open."""
    assert shown(Panel(uptime_s=0, sources=0, lines=0)).splitlines()[-1] == "Nothing open"


def test_a_screen_keeps_lines_above_its_panel() -> None:
    """And leaves nothing of itself behind."""
    console = Console(file=io.StringIO(), force_terminal=True, width=60, height=20, color_system=None)
    with Screen(console=console) as screen:
        screen.show(Panel(uptime_s=0, sources=0, lines=7))
        screen.say("OPENED [/x] \x1b[2J")
        screen.show(Panel(uptime_s=1, sources=0, lines=8))

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "7 lines" in text
    assert "OPENED [/x] \\x1b[2J" in text
