"""Shapes and templates: counts add up, order does not matter, bounds hold and are counted."""

from __future__ import annotations

import random
from dataclasses import replace

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Level, Record, Template, Text, Where
from logsleuth.templates import ShapeTable, mine

LINES = [b"ERROR load of %d failed" % number for number in range(5)] + [b"took %d ms" % number for number in range(20)]


def peel(text: str, number: int) -> Record:
    """A peeler that knows one level."""
    is_error = text.startswith("ERROR ")
    return Record(line=number, text=text, message=text.removeprefix("ERROR "), level=Level.ERROR if is_error else None)


def text_of(lines: list[bytes], first_line: int = 1) -> Text:
    """Plain lines as a text."""
    data = b"".join(line + b"\n" for line in lines)
    return Text(source="a", first_line=first_line, data=data, shapes=data, line_count=len(lines))


def mined(lines: list[bytes], limits: Limits = DEFAULT_LIMITS, *, cut: int = 7) -> tuple[Template, ...]:
    """The templates of `lines`, read in two pieces."""
    table = ShapeTable(limits=limits)
    table.count(text_of(lines[:cut]), 0)
    table.count(text_of(lines[cut:], cut + 1), 0)
    return mine(table, peel=peel, sources=["a"], limits=limits)


def test_lines_of_one_shape_are_one_template() -> None:
    """With its count, level and first and last line."""
    assert mined(LINES) == (
        Template(
            id=1,
            template="load of <*> failed",
            count=5,
            level=Level.ERROR,
            first=Where(source="a", line=1),
            last=Where(source="a", line=5),
            example="ERROR load of 0 failed",
        ),
        Template(
            id=2,
            template="took <*> ms",
            count=20,
            level=None,
            first=Where(source="a", line=6),
            last=Where(source="a", line=25),
            example="took 0 ms",
        ),
    )


def test_where_the_input_is_cut_does_not_matter() -> None:
    """Any cut at a line's end gives the same templates."""
    lines = LINES + [b"%s is %s" % (word, word) for word in (b"up", b"down", b"left")]
    random.Random(3).shuffle(lines)

    assert len({mined(lines, cut=cut) for cut in range(len(lines))}) == 1


def test_beyond_the_limit_lines_are_counted_in_buckets_and_errors_keep_room() -> None:
    """Every line is counted somewhere, and an error is still told from another."""
    limits = replace(DEFAULT_LIMITS, shapes=10, error_shapes=2, overflow_buckets=3)
    healthy = [b"%c word %c" % (65 + number % 26, 97 + number // 26) for number in range(200)]
    lines = [*healthy, b"ERROR disk gone", b"ERROR nothing works"]

    templates = mined(lines, limits)

    assert sum(template.count for template in templates) == len(lines)
    assert [template.template for template in templates if template.level] == ["disk gone", "nothing works"]
    assert sum(template.template.endswith("...") for template in templates) == 4


def test_counts_do_not_depend_on_the_memory_for_keys() -> None:
    """Neither where it is emptied after each block, nor for lines that differ in their ids alone."""
    lines = [b"took %d ms for cmpl-%032x" % (number, number * 0x9E3779B97F4A7C15 << 40) for number in range(300)]
    lines += [b"word%c" % (97 + number % 26) for number in range(60)]

    (took, *words) = found = mined(lines)

    assert (took.template, took.count, took.last.line) == ("took <*> ms for cmpl-<*>", 300, 300)
    assert [word.count for word in words] == [3] * 8 + [2] * 18
    assert mined(lines, replace(DEFAULT_LIMITS, shape_key_bytes=0)) == found


def test_an_empty_text_changes_nothing() -> None:
    """The last block of a source may be empty."""
    assert mined([]) == ()


def test_beyond_the_clusters_messages_are_counted_in_bounded_groups_and_errors_in_their_own() -> None:
    """What stands in no cluster and no group is one group for all."""
    limits = replace(DEFAULT_LIMITS, clusters=2, overflow_buckets=3)
    words = [b"%c%c" % (97 + number // 26, 97 + number % 26) for number in range(60)]
    lines = [b"%s %s %s %s" % (word, word, word, word) for word in words]

    templates = mined([*lines, *(b"ERROR " + line for line in lines)], limits)

    assert sum(template.count for template in templates) == 120
    assert [template.is_coarse for template in templates if template.level] == [False, False, True, True, True, True]
    assert [template.template for template in templates if not template.level] == [
        "aa aa aa aa",
        "ab ab ab ab",
        "ac ac ac ...",
        "ad ad ad ...",
        "ae ae ae ...",
        "... ...",
    ]
