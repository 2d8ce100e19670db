"""The one JSON shape."""

from __future__ import annotations

import json
from collections.abc import Callable

from logsleuth.model import (
    Advice,
    ClockOffset,
    Diagnosis,
    Evidence,
    Level,
    Notice,
    NoticeKind,
    Report,
    Template,
    Where,
    Words,
)
from logsleuth.report.document import document, encode
from logsleuth.version import __version__

Builder = Callable[..., Diagnosis]
Reports = Callable[..., Report]


def test_every_field_of_the_contract(report: Reports, diagnosis: Builder) -> None:
    """Named there, present here, with its meaning."""
    assert document(report(diagnosis())) == {
        "schema": "logsleuth.report/1",
        "version": __version__,
        "verdict": "incident",
        "diagnoses": [
            {
                "id": "cuda.oom.device",
                "title": "GPU memory exhausted",
                "role": "root",
                "severity": "critical",
                "confidence": 0.9,
                "summary": "Worker_TP1 asked for 2.00 GiB with 0.31 GiB free.",
                "facts": {"requested": "2.00 GiB"},
                "where": [{"source": "vllm.log", "process": "Worker_TP1", "pid": 7, "rank": 1, "node": None}],
                "first_seen": "2025-06-10T21:32:44.125",
                "last_seen": "2025-06-10T21:32:44.900",
                "count": 2,
                "evidence": [
                    {
                        "source": "vllm.log",
                        "line": 120,
                        "end_line": 120,
                        "text": "torch.OutOfMemoryError: CUDA out of memory.",
                    }
                ],
                "steps": [],
                "table": [],
                "explains": ["vllm.core-init-failed"],
                "explained_by": None,
                "causes": ["Another process holds memory."],
                "remedies": [
                    {"text": "Shorten the context.", "command": "vllm serve m --max-model-len 17296", "applies": ""}
                ],
                "probe": None,
                "references": ["https://docs.vllm.ai/"],
                "nearest": [],
            }
        ],
        "templates": [
            {
                "id": 1,
                "template": "CUDA <*>",
                "count": 2,
                "level": None,
                "first_line": 120,
                "last_line": 120,
                "first_source": "vllm.log",
                "last_source": "vllm.log",
            }
        ],
        "environment": {"model": "m", "tensor_parallel_size": "2", "vllm": "0.9.1"},
        "stats": {
            "sources": 1,
            "lines": 1234,
            "bytes": 99,
            "seconds": None,
            "templates": 1,
            "undecodable_bytes": 0,
            "overflow_lines": 0,
            "errors": 1,
            "warnings": 2,
        },
        "notices": [],
        "configuration": [],
        "graph": {"edges": [], "lost": [], "clocks": []},
    }


def test_the_language_of_the_sentences(report: Reports, diagnosis: Builder) -> None:
    """Names and ids stay."""
    said = json.loads(encode(document(report(diagnosis()), language="zh")))["diagnoses"][0]

    assert (said["title"], said["id"]) == ("显存耗尽", "cuda.oom.device")
    assert said["remedies"][0]["text"] == "缩短上下文。"


def test_levels_and_notices(report: Reports, diagnosis: Builder) -> None:
    """Closed sets appear by their values, destructive remedies say so."""
    where = Where(source="a", line=3)
    template = Template(id=1, template="x", count=1, level=Level.ERROR, first=where, last=where)
    notice = Notice(kind=NoticeKind.LINE_CUT, where=where, detail="cut")
    remedy = Advice(text=Words(en="Kill it.", zh="杀掉。"), is_destructive=True)

    said = json.loads(
        encode(document(report(diagnosis(remedies=(remedy,)), templates=(template,), notices=(notice,)), seconds=0.5))
    )

    assert said["templates"][0]["level"] == "ERROR"
    assert said["notices"] == [{"kind": "line-cut", "where": "a:3", "detail": "cut"}]
    assert said["diagnoses"][0]["remedies"][0]["destructive"] is True
    assert said["stats"]["seconds"] == 0.5


def test_an_unknown_failure_is_titled_by_its_exception(report: Reports, diagnosis: Builder) -> None:
    """A program that shows the title shows something useful."""
    said = json.loads(encode(document(report(diagnosis(id="unknown", facts=(("exception", "OSError"),))))))

    assert said["diagnoses"][0]["title"] == "Unknown failure: OSError"


def test_control_characters_are_spelled_out(report: Reports, diagnosis: Builder) -> None:
    """A program that prints a field cannot be used to attack a terminal; the ends of lines stay."""
    evidence = Evidence(source="a\x9b", line=1, end_line=2, text="x\ny\x9b")

    said = encode(document(report(diagnosis(facts=(("path", "/a\x9b\u202e"),), evidence=(evidence,)))))

    assert "\x9b" not in said.decode()
    assert json.loads(said)["diagnoses"][0]["evidence"][0]["text"] == "x\ny\\x9b"
    assert json.loads(said)["diagnoses"][0]["facts"] == {"path": "/a\\x9b\\u202e"}


def test_a_table_is_a_list_of_rows(report: Reports, diagnosis: Builder) -> None:
    """The heads of the columns first."""
    said = json.loads(encode(document(report(diagnosis(table=(("rank", "op"), ("0", "ALL\x1b")))))))

    assert said["diagnoses"][0]["table"] == [["rank", "op"], ["0", "ALL\\x1b"]]


def test_people_get_indented_json(report: Reports) -> None:
    """The values are the same."""
    plain, indented = (encode(document(report()), indent=indent) for indent in (False, True))

    assert json.loads(plain) == json.loads(indented)
    assert indented.startswith(b'{\n  "schema"')


def test_clocks_that_were_set_right(report: Reports) -> None:
    """With what proves it."""
    clock = ClockOffset(source="b\x1b", reference="a", ahead_s=19800.0, spread_s=5.0, shared=12, is_zone=True)

    assert document(report(clocks=(clock,)))["graph"]["clocks"] == [  # type: ignore[index,call-overload]  # plain JSON
        {"source": "b\\x1b", "reference": "a", "ahead_s": 19800.0, "spread_s": 5.0, "shared": 12, "zone": True}
    ]
