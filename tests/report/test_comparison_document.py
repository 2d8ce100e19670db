"""A comparison as JSON."""

from __future__ import annotations

from collections.abc import Callable

from logsleuth.model import Diagnosis, Level, Stats, Template, Where
from logsleuth.model.comparison import Comparison, Divergence, MissingStep, RateChange, SettingChange, Step
from logsleuth.report.comparison_document import comparison_document
from logsleuth.version import __version__

WHERE = Where(source="a.log", line=7)
STATS = Stats(sources=1, lines=2000, bytes=9, templates=3, errors=1, warnings=2)
ODD = Template(id=1, template="odd \x1b <*>", count=4, level=Level.ERROR, first=WHERE, last=WHERE)
PLAIN = Template(id=2, template="plain", count=1, level=None, first=WHERE, last=WHERE)
ODD_JSON = {"template": "odd \\x1b <*>", "level": "ERROR", "count": 4, "source": "a.log", "line": 7}
PLAIN_JSON = {"template": "plain", "level": None, "count": 1, "source": "a.log", "line": 7}
STATS_JSON = {"sources": 1, "lines": 2000, "bytes": 9, "templates": 3, "errors": 1, "warnings": 2}


def test_every_field(diagnosis: Callable[..., Diagnosis]) -> None:
    """With its meaning."""
    step = Step(number=5, template=PLAIN)
    comparison = Comparison(
        is_different=True,
        good=STATS,
        bad=STATS,
        steps=40,
        reached=step,
        divergences=(Divergence(template=ODD, skipped=6, after=step),),
        new_diagnoses=(diagnosis(),),
        gone_diagnoses=(diagnosis(evidence=()),),
        settings=(SettingChange(name="vllm", good="0.9.1", bad=None),),
        appeared=(ODD,),
        appeared_total=1,
        missing=(MissingStep(step=step),),
        missing_total=1,
        changed=(RateChange(template=ODD, good_count=1, bad_count=4, expected=1.04),),
        changed_total=1,
    )
    said = {
        "id": "cuda.oom.device",
        "title": "显存耗尽",
        "role": "root",
        "severity": "critical",
        "confidence": 0.9,
        "count": 2,
    }

    assert comparison_document(comparison, language="zh") == {
        "schema": "logsleuth.diff/1",
        "version": __version__,
        "different": True,
        "good": STATS_JSON,
        "bad": STATS_JSON,
        "steps": 40,
        "reached": {"step": 5, **PLAIN_JSON},
        "divergences": [{**ODD_JSON, "skipped": 6, "after": {"step": 5, **PLAIN_JSON}, "expected": None}],
        "diagnoses": {
            "new": [{**said, "source": "vllm.log", "line": 120}],
            "gone": [{**said, "source": None, "line": None}],
        },
        "environment": [{"name": "vllm", "good": "0.9.1", "bad": None}],
        "templates": {
            "new": [ODD_JSON],
            "new_total": 1,
            "missing": [{"step": 5, **PLAIN_JSON, "after": None}],
            "missing_total": 1,
            "changed": [
                {
                    **ODD_JSON,
                    "good_count": 1,
                    "bad_count": 4,
                    "expected": 1.0,
                    "good_per_1000_lines": 0.5,
                    "bad_per_1000_lines": 2.0,
                }
            ],
            "changed_total": 1,
        },
    }
