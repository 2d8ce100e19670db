"""One signature in, its page in Markdown out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Remedy, Sample, SampleKind, Signature, Words

MARKUP: Final = lazy(r"(?P<code>`[^`]+`)|(?P<sign>[<*])")

HEADINGS: Final = {
    "en": {
        "looks": "What it looks like",
        "causes": "Causes",
        "remedies": "What to do",
        "next": "Where to look next",
        "references": "References",
        "misses": "What it is not",
        "relations": "Related",
        "explained_by": "explained by",
        "explains": "explains",
        "loses_to": "gives way to",
        "probes": "Probes",
        "applies": "with",
        "destructive": "deletes or stops something",
    },
    "zh": {
        "looks": "日志中的样子",
        "causes": "原因",
        "remedies": "怎么办",
        "next": "接下来看哪里",
        "references": "参考",
        "misses": "容易混淆的情况",
        "relations": "相关特征",
        "explained_by": "可能的起因",
        "explains": "会引发",
        "loses_to": "让位于",
        "probes": "探测",
        "applies": "适用于",
        "destructive": "会删除或停止某些东西",
    },
}


def page(signature: Signature, language: str = "en") -> str:
    """The page of a signature in `language` ("en" or "zh")."""
    headings = HEADINGS["zh" if language == "zh" else "en"]
    blocks = [f"# {_prose(signature.title, language)}", _about(signature), _prose(signature.summary, language)]
    for key, lines in (
        ("looks", _samples(signature, SampleKind.HIT)),
        ("causes", [f"{at}. {_prose(cause, language)}" for at, cause in enumerate(signature.causes, start=1)]),
        ("remedies", [_remedy(at, remedy, language) for at, remedy in enumerate(signature.remedies, start=1)]),
        ("next", [f"- {_code(where)}" for where in signature.check_next]),
        (
            "probes",
            [f"- {_code(probe.name)}" + (f" → {probe.expects}" if probe.expects else "") for probe in signature.probes],
        ),
        ("relations", _relations(signature, headings)),
        ("references", [f"- <{reference}>" for reference in signature.references]),
        ("misses", _samples(signature, SampleKind.MISS)),
    ):
        if lines:
            gap = "\n\n" if key in {"looks", "misses"} else "\n"
            blocks.append(f"## {headings[key]}\n\n{gap.join(lines).rstrip()}")
    return "\n\n".join(block for block in blocks if block) + "\n"


def row(signature: Signature) -> str:
    """A signature in one line of a list."""
    return f"{signature.id:<48} {signature.role:<8} {signature.status:<8} {signature.title.en}"


def row_json(signature: Signature) -> str:
    """A signature as one line of JSON."""
    shown = {
        "id": signature.id,
        "class": signature.class_id,
        "status": signature.status,
        "role": signature.role,
        "severity": signature.severity,
        "component": signature.component,
        "title": {"en": signature.title.en, "zh": signature.title.zh},
        "source": str(signature.where),
    }
    return json.dumps(shown, ensure_ascii=False)


def _about(signature: Signature) -> str:
    parts = (
        f"`{signature.id}`",
        signature.role,
        signature.severity,
        f"{signature.component} {signature.versions}".strip(),
    )
    return " · ".join(part for part in parts if part)


def _prose(words: Words, language: str) -> str:
    """A text to read: its optional parts included, and no sign that Markdown would take for markup."""
    text = words.in_language(language).replace("[[", "").replace("]]", "")
    return MARKUP.sub(lambda found: found["code"] or f"\\{found['sign']}", text)


def _relations(signature: Signature, headings: Mapping[str, str]) -> list[str]:
    related = ((key, getattr(signature, key)) for key in ("explained_by", "explains", "loses_to"))
    return [f"- {headings[key]}: {', '.join(map(_code, ids))}" for key, ids in related if ids]


def _remedy(at: int, remedy: Remedy, language: str) -> str:
    headings = HEADINGS["zh" if language == "zh" else "en"]
    notes = [f"{headings['applies']} {remedy.applies}"] if remedy.applies else []
    notes += [headings["destructive"]] if remedy.is_destructive else []
    text = f"{at}. {_prose(remedy.text, language)}" + (f" ({'; '.join(notes)})" if notes else "")
    return text + (f"\n\n{_indented(_fenced(remedy.command, 'sh'))}\n" if remedy.command else "")


def _samples(signature: Signature, kind: SampleKind) -> list[str]:
    chosen: list[Sample] = [sample for sample in signature.samples if sample.kind is kind]
    return [_fenced(sample.text, "text") + (f"\n\n{sample.because}" if sample.because else "") for sample in chosen]


def _fenced(text: str, kind: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{kind}\n{text.rstrip()}\n{fence}"


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.split("\n"))


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"
