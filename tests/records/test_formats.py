"""Every format: total on any text, linear on hostile text, and what it says of its prefix is true."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.records import Peeler
from logsleuth.records.formats import FORMATS
from logsleuth.records.prefix import Format

STARTS = (
    "INFO 06-10 21:32:17 [core.py:58] ",
    "(EngineCore_DP0 pid=321) ",
    "[2026-01-05 10:00:00.123456][UC][E] x [1,2][a.cc:3,f]",
    "2026-04-22T20:58:00.000000137Z stderr F ",
    "2026-01-01 10:00:00,123 - name - ERROR - ",
    "[2026-01-01 10:00:00,123] LMCache ERROR: x (a.py:1:b)",
    "Aug 19 18:34:30 host vllm[8707]: ",
    "<34>1 2026-01-01T10:00:00Z h p 1 - - ",
    "host:1:2 [0] a.cc:1 NCCL WARN ",
    "[E810 03:04:11.061727749 P.cpp:683] ",
    "\x1e2026\x1fjson\x1fERROR\x1f\x1f\x1f\x1f7\x1e",
    "vllm-1  | ",
    "[12345.678901] ",
    "25/06/09 20:10:40 WARN x.Y: ",
    "\x1b[1;36m(a pid=1)\x1b[0;0m ",
    "INFO:     10.0.0.1:5000 - x",
    "WARNING:root:x",
    "2024-08-12T08:49:20.000000137Z ",
    " 3: ",
    "E0610 21:32:17.123456 12 a.cc:3] ",
    "2026-01-01 10:00:00.123456: E a/b.cc:3] ",
    "2026-01-01 10:00:00,123\tERROR a.py:12 -- ",
    "ERROR 2026-01-01 10:00:00,123 serve 12 a.py:12 - ",
    "ERROR 2026-01-01 10:00:00,123 engine.worker ",
    "2026-01-01T10:00:00.123456Z ERROR a::b: ",
    "2026-01-01 10:00:00.123 | ERROR    | a.b:f:12 - ",
    'time="2026-01-01T10:00:00Z" level=error msg=x',
    "vLLM STDOUT: ",
    "vllm-7c9d8f7b6c-x2x4z vllm ",
    "engine.py           :170  2026-01-01 10:00:00,123 ",
    "engine.py:400] ",
    "2026-01-01 10:00:00 ",
    "Jun 10 21:32:17 ",
)
PIECES = st.lists(
    st.one_of(
        st.sampled_from(STARTS),
        st.sampled_from(STARTS).flatmap(lambda start: st.integers(0, len(start)).map(lambda end: start[:end])),
        st.text(max_size=20),
        st.text(alphabet="[]()0123456789:.-_ |/EINFO", max_size=20),
    ),
    max_size=5,
).map("".join)
HOSTILE = (
    "[",
    "(",
    "(a",
    "1",
    "a.",
    "a-",
    "2026-01-01 10:00:00 ",
    "[2026-01-01 10:00:00] ",
    "[a] ",
    "a:1:",
    "\x1b[",
    "\x1b]",
    "\x1e",
    " [1,2]",
    "a | ",
    "INFO ",
    "- ",
    "{a}",
    "0: ",
    "[rank0]:",
)
A_SECOND = 1.0


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: f"{form.name}-{form.parse.__name__}")
@given(line=PIECES)
@settings(max_examples=60, deadline=None)
def test_parse_is_total(form: Format, line: str) -> None:
    """Any text gives a prefix within the line, or none."""
    prefix = form.parse(line)

    assert prefix is None or 0 <= prefix.end <= len(line)
    assert prefix is None or prefix.stop is None or prefix.end <= prefix.stop <= len(line)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: f"{form.name}-{form.parse.__name__}")
@given(line=PIECES)
@settings(max_examples=60, deadline=None)
def test_parse_claims_what_it_takes(form: Format, line: str) -> None:
    """A line that is parsed begins with a character that the format names, and with its sign."""
    prefix = form.parse(line)

    assert prefix is None or prefix.end == 0 or line[0] in form.starts or not line[0].isascii()
    assert prefix is None or prefix.end == 0 or re.match(form.sign, line)


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_line_takes_linear_time(unit: str) -> None:
    """A line of 64 KiB of any repetition is done in well under a second."""
    line = unit * (65536 // len(unit))
    began = time.process_time()

    Peeler().record(line, 1)
    assert time.process_time() - began < A_SECOND
