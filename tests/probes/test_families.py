"""What holds for every probe of the network, of collectives, of software and of model files."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from logsleuth.model import Outcome, Words
from logsleuth.probes.collectives.table import COLLECTIVES
from logsleuth.probes.model_files.table import MODEL_FILES
from logsleuth.probes.network.table import NETWORK
from logsleuth.probes.probe import Probe, Sample, Subject
from logsleuth.probes.software.table import SOFTWARE
from logsleuth.probes.table import PROBES

FAMILIES = (*NETWORK, *COLLECTIVES, *SOFTWARE, *MODEL_FILES)
ENDINGS = (
    Sample(signal=11, seconds=0.2),
    Sample(is_timed_out=True, signal=15, seconds=30.0),
    Sample(is_out_of_memory=True, signal=9),
    Sample(exit_status=1, output="Traceback\nValueError: no"),
)
HOSTILE = ("", "-1", "\x00", "'; rm -rf /", "../../etc", "$(id)", "9" * 400, "א:1<2>", "[::1", "%s%n")
NAMES = (
    "address",
    "port",
    "peer",
    "interface",
    "module",
    "name",
    "model",
    "path",
    "file",
    "world_size",
    "nodes",
    "url",
)


@pytest.mark.parametrize("probe", FAMILIES, ids=lambda probe: probe.name)
def test_probe_is_whole(probe: Probe) -> None:
    """In the table once, with a measure that exists, rivals that predict different things, and both languages."""
    module, _, function = probe.measure.partition(":")

    assert [one.name for one in PROBES].count(probe.name) == 1
    assert callable(getattr(import_module(f"logsleuth.probes.{module}"), function))
    assert len({item.says.en for item in probe.predictions}) == len(probe.predictions) >= 2
    assert all(words.en and words.zh != words.en for words in (probe.title, probe.hypothesis))
    assert list(inspect.signature(probe.judge).parameters) == ["sample", "subject"]


@pytest.mark.parametrize("probe", FAMILIES, ids=lambda probe: probe.name)
@pytest.mark.parametrize("sample", ENDINGS, ids=["crash", "hang", "memory", "error"])
def test_child_without_values_decides_nothing(probe: Probe, sample: Sample) -> None:
    """A crash, a hang or the memory guard is no verdict on a diagnosis that is about something else."""
    found = probe.judge(sample, Subject(diagnosis="host.disk-full"))

    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.detail.en
    assert found.detail.zh


@pytest.mark.parametrize("probe", FAMILIES, ids=lambda probe: probe.name)
def test_empty_values_are_no_error(probe: Probe) -> None:
    """A child that says nothing and ends well gives a result too."""
    for diagnosis in ("", *probe.answers):
        assert probe.judge(Sample(is_complete=True), Subject(diagnosis=diagnosis)).name == probe.name


@pytest.mark.parametrize("probe", FAMILIES, ids=lambda probe: probe.name)
def test_hostile_facts_give_wishes_or_words(probe: Probe) -> None:
    """Facts come out of logs: any text is answered."""
    for text in HOSTILE:
        wished = probe.wishes(Subject(diagnosis=probe.answers[0], facts=tuple((name, text) for name in NAMES)))

        assert isinstance(wished, (dict, Words))
