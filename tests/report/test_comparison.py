"""A comparison in the forms for people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.cells import cell_len

from logsleuth.model import Diagnosis, Level, Stats, Template, Where
from logsleuth.model.comparison import Comparison, Divergence, MissingStep, RateChange, SettingChange, Step
from logsleuth.report.comparison import ROWS, render, render_markdown

STATS = Stats(sources=1, lines=1234)


def template(text: str, line: int = 7, level: Level | None = Level.ERROR, count: int = 1) -> Template:
    """A template and its first line."""
    where = Where(source="bad.log", line=line)
    return Template(id=1, template=text, count=count, level=level, first=where, last=where)


def step(number: int) -> Step:
    """A step of the good run."""
    where = Where(source="good.log", line=number)
    text = f"step number {number} happened"
    return Step(number=number, template=Template(id=1, template=text, count=1, level=None, first=where, last=where))


@pytest.fixture
def full(diagnosis: Callable[..., Diagnosis]) -> Comparison:
    """Something in every section."""
    return Comparison(
        is_different=True,
        good=STATS,
        bad=Stats(sources=2, lines=80, errors=3),
        steps=40,
        reached=step(9),
        divergences=(
            Divergence(template=template("the first odd thing"), after=step(9), expected=step(10)),
            Divergence(template=template("too early", level=None), skipped=6),
        ),
        new_diagnoses=(diagnosis(),),
        gone_diagnoses=(diagnosis(id="host.disk-full", evidence=()),),
        settings=(
            SettingChange(name="vllm", good="0.9.1", bad="0.11.0"),
            SettingChange(name="enforce_eager", good=None, bad="True"),
        ),
        appeared=(template("only <*> here", count=4),),
        appeared_total=1,
        missing=(
            MissingStep(step=step(10), after=step(9)),
            MissingStep(step=step(11), after=step(9)),
        ),
        missing_total=2,
        changed=(RateChange(template=template("preempted <*>"), good_count=12, bad_count=1480, expected=11.6),),
        changed_total=1,
    )


EXPECTED = """\
✗ The runs differ
good: 1,234 lines · bad: 80 lines, 2 sources, 3 error lines
The bad run got as far as good.log:9  step 9 of 40

First divergence
  bad.log:7  ERROR
    the first odd thing
    after (step 9 of 40): step number 9 happened
    the good run went on with (step 10 of 40): step number 10 happened
  bad.log:7
    too early
    known, but too early: left out before it: 6 steps of the good run

New diagnoses
  cause: GPU memory exhausted [cuda.oom.device]  vllm.log:120 ×2

Changed configuration (2)
  vllm: 0.9.1 → 0.11.0
  enforce_eager: (not told) → True

Only in the bad run
  bad.log:7  ERROR ×4
    only <*> here

Missing in the bad run (2)
  good.log:10  step 10 of 40
    step number 10 happened
    after (step 9 of 40): step number 9 happened
  good.log:11  step 11 of 40
    step number 11 happened

Changed in rate
  12 → 1,480 (to be expected 12)  bad.log:7  ERROR
    preempted <*>

Diagnoses of the good run alone
  cause: GPU memory exhausted [host.disk-full] ×2
"""


def test_the_whole_text(full: Comparison) -> None:
    """The most telling first."""
    assert render(full) == EXPECTED


def test_the_same_in_chinese(full: Comparison) -> None:
    """With the forms of numbers that the language has."""
    said = render(full, language="zh")

    assert "✗ 两次运行有差异" in said
    assert "异常运行到达 good.log:9  第 9 步，共 40 步" in said
    assert "    正常运行接下来是 (第 10 步，共 40 步)：step number 10 happened" in said
    assert "  enforce_eager：（未记录） → True" in said


@pytest.mark.parametrize(("language", "expected"), [("en", "✓ No relevant difference"), ("zh", "✓ 没有值得注意的差异")])
def test_nothing_to_say(language: str, expected: str) -> None:
    """Two lines: the answer and what was read."""
    same = Comparison(is_different=False, good=STATS, bad=STATS, steps=40, reached=step(40))

    assert render(same, language=language).splitlines()[0] == expected
    assert len(render(same, language=language).splitlines()) == 2
    assert render(same, color=True).startswith("\x1b[1;32m✓")


@pytest.mark.parametrize("width", [40, 100])
def test_texts_fit_the_width(full: Comparison, width: int) -> None:
    """Long templates are cut after a few lines; places stay in one piece."""
    long = template("word " * 400)
    lines = render(
        Comparison(is_different=True, good=STATS, bad=STATS, steps=1, reached=None, appeared=(long,)), width=width
    )

    assert lines.count("    word word") == 3
    assert all(cell_len(line) <= width for line in lines.splitlines())


def test_long_sections_say_how_much_more_there_is(full: Comparison) -> None:
    """And where to find it."""
    many = Comparison(
        is_different=True,
        good=STATS,
        bad=STATS,
        steps=1,
        reached=None,
        appeared=tuple(template(f"thing {number}") for number in range(ROWS + 5)),
        appeared_total=5000,
    )

    assert "Only in the bad run (5,000)" in render(many)
    assert f"  + {5000 - ROWS:,} more; --format json has them all" in render(many)


def test_markdown_fences_what_logs_say(full: Comparison) -> None:
    """A fence is longer than any in the text; control characters are spelled out."""
    hostile = template("``````\x1b[31m <b> \u202e")
    odd = Comparison(is_different=True, good=STATS, bad=STATS, steps=1, reached=None, appeared=(hostile,))
    page = render_markdown(odd)

    assert page.startswith("# The runs differ\n\n```text\ngood: 1,234 lines")
    assert "\n```````text\n  bad.log:7  ERROR\n    ``````\\x1b[31m <b> \\u202e\n```````\n" in page
    assert "## Changed configuration (2)\n\n```text\n  vllm: 0.9.1 → 0.11.0\n" in render_markdown(full)
