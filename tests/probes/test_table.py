"""What holds for every probe of the table, whoever wrote it."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.errors import UsageError
from logsleuth.model import Outcome, Words
from logsleuth.probes.probe import Json, Probe, Sample, Subject
from logsleuth.probes.table import PROBES, answering, asked, is_under, named

ENDS = {
    "crash": Sample(signal=11, output="Fatal Python error: Segmentation fault", seconds=1.0),
    "killed": Sample(signal=9, seconds=1.0),
    "hang": Sample(is_timed_out=True, signal=15, seconds=30.0),
    "out of memory": Sample(is_out_of_memory=True, signal=9, seconds=1.0),
    "exception": Sample(exit_status=1, output="Traceback ...\nRuntimeError: no", provoked="unknown"),
    "not started": Sample(output="the child could not be started: no such file"),
    "no values": Sample(is_complete=True, exit_status=0),
    "strange values": Sample(is_complete=True, values={"errno": "x", "links": 3, "place": ["/"], "gpus": {}}),
}
NAMES = ("path", "needed", "requested", "limit", "pid", "process", "missing", "server", "endpoint", "model", "name")
each_probe = pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
# JSON as a child might tell it
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("errno", "written", "free_bytes", "needed_bytes", "place", "stage", "links", "soft", "wanted", "opened", "path")


def said(words: Words) -> bool:
    """Whether both languages say something."""
    return bool(words.en.strip()) and bool(words.zh.strip())


def test_names_are_unique() -> None:
    """And words with hyphens."""
    names = [probe.name for probe in PROBES]

    assert len(names) == len(set(names))
    assert all(name == name.lower() and " " not in name for name in names)


@each_probe
def test_a_probe_is_complete(probe: Probe) -> None:
    """It says what it asks and what each rival predicts, in two languages, and names a function that is there."""
    module, _, function = probe.measure.partition(":")

    assert all(map(said, (probe.title, probe.hypothesis, *(item.says for item in probe.predictions))))
    assert probe.answers
    assert probe.touches
    assert {"healthy"} < {item.diagnosis for item in probe.predictions}
    assert callable(getattr(import_module(f"logsleuth.probes.{module}"), function))
    assert probe.limit_s <= 300


@each_probe
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("is_asked", [True, False])
def test_no_end_of_a_child_refutes(probe: Probe, end: str, *, is_asked: bool) -> None:
    """A child that told nothing never means that all is well, and the result says why."""
    diagnosis = probe.answers[0] if is_asked else ""

    result = probe.judge(ENDS[end], Subject(diagnosis=diagnosis))

    assert result.name == probe.name
    assert said(result.detail)
    if not ENDS[end].is_complete:
        assert result.outcome in {Outcome.INCONCLUSIVE, Outcome.CONFIRMED}
    elif not ENDS[end].values:
        assert result.outcome is Outcome.INCONCLUSIVE


@each_probe
def test_the_same_failure_confirms(probe: Probe) -> None:
    """And another one does not: an exception of the class asked about, and one of a class that nobody asked about."""
    same = Sample(exit_status=1, output="x", provoked=f"{probe.answers[0]}.finer")
    other = Sample(exit_status=1, output="x", provoked="something.else")
    subject = Subject(diagnosis=probe.answers[0])

    outcomes = [probe.judge(sample, subject).outcome for sample in (same, other)]

    assert outcomes[0] in {Outcome.CONFIRMED, Outcome.INCONCLUSIVE}
    assert outcomes[1] is Outcome.INCONCLUSIVE


@given(facts=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60)), environment=st.text(max_size=80))
def test_wishes_take_any_facts(facts: dict[str, str], environment: str) -> None:
    """Facts come from logs: whatever they hold, wishes are JSON, or words that say why there are none."""
    subject = Subject(facts=tuple(facts.items()), environment=(("ucm_connector_config", environment),))

    for probe in PROBES:
        wishes = probe.wishes(subject)
        assert said(wishes) if isinstance(wishes, Words) else json.dumps(wishes)


@given(values=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8))
def test_judges_take_any_values(values: dict[str, Json]) -> None:
    """A child may be anything: no values raise."""
    for probe in PROBES:
        result = probe.judge(Sample(values=values, is_complete=True), Subject(diagnosis=probe.answers[-1]))
        assert said(result.detail)


def test_who_answers() -> None:
    """By class, by a finer id, by name."""
    assert [probe.name for probe in answering("host.disk-full.quota")] == ["disk-space"]
    assert answering("host.disk") == ()
    assert answering("cuda.oom.device.npu") == answering("gpu.xid.other.amd-reset") == ()
    assert [probe.name for probe in answering("cuda.illegal-access")] == ["cuda-access"]
    assert named("disk-space").name == "disk-space"
    assert (is_under("a.b.c", "a.b"), is_under("a.bc", "a.b"), is_under("a.b", "a.b")) == (True, False, True)
    with pytest.raises(UsageError, match=r"no probe is called 'disk-spce', did you mean 'disk-space'\?"):
        named("disk-spce")
    with pytest.raises(UsageError, match=r"it is a diagnosis: --for host.disk-full"):
        named("host.disk-full")
    with pytest.raises(UsageError, match=r"no probe answers 'host.diskfull', did you mean 'host.disk-full'"):
        asked("host.diskfull")
