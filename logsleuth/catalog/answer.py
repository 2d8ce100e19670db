"""A signature's id, or a message and what an analysis found in it, in; the text that explains it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.catalog.load import Catalog
from logsleuth.catalog.nearest import nearest
from logsleuth.catalog.page import page
from logsleuth.catalog.problems import suggestion
from logsleuth.catalog.proof import is_named
from logsleuth.catalog.schema import SIGNATURE_ID
from logsleuth.errors import UsageError
from logsleuth.model import Signature, Words

NEAREST: Final = 5
LEAST: Final = 0.2  # below, shared words mean nothing
ALSO: Final = Words(en="It also matches", zh="同时符合")
MEMBERS: Final = Words(en="Signatures of this class", zh="此类下的特征")
NONE: Final = Words(en="No signature matches this message.", zh="没有特征与此消息相符。")
NEAR: Final = Words(
    en="The nearest ones by their words; none of them is proof:", zh="按用词最接近的特征如下，仅供参考，并非定论："
)
HOW: Final = Words(en="Show one with `logsleuth explain ID`.", zh="用 `logsleuth explain ID` 查看其中一条。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Markdown, and whether it explains what was asked or only comes near."""

    markdown: str
    is_certain: bool


def explained(asked: str, catalog: Catalog, found: Sequence[tuple[str, str]], language: str) -> Answer:
    """The page of the signature `asked`, or of what was `found` in the message: pairs of id and summary, best first.

    Raises UsageError for an id that does not exist, and for nothing at all.
    """
    name = asked.strip()
    if not name:
        raise UsageError("nothing to explain: give the id of a signature, or a message of a log")
    is_family = any(one.id.startswith(f"{name}.") for one in catalog.signatures)
    if is_id(name) or is_family:
        return Answer(markdown=_of_id(name, catalog, language), is_certain=True)
    known = [(catalog.by_id[signature_id], said) for signature_id, said in found if signature_id in catalog.by_id]
    if known:
        return Answer(markdown=_matching(known, language), is_certain=True)
    return Answer(markdown=_near(name, catalog, language), is_certain=False)


def is_id(text: str) -> bool:
    """Whether a text can only be the id of a signature or a class."""
    return SIGNATURE_ID.fullmatch(text.strip()) is not None


def _of_id(name: str, catalog: Catalog, language: str) -> str:
    """The page of a signature, or the list of those in a class."""
    if name in catalog.by_id:
        return page(catalog.by_id[name], language)
    members = [one for one in catalog.signatures if is_named(one, (name,))]
    if not members:
        raise UsageError(f"no signature '{name}'{suggestion(name, catalog.by_id)}")
    return _list(MEMBERS, members, language)


def _matching(known: Sequence[tuple[Signature, str]], language: str) -> str:
    first, said = known[0]
    others = [signature for signature, _ in known[1:]]
    also = f"\n{_list(ALSO, others, language)}" if others else ""
    return f"> {said}\n\n{page(first, language)}{also}"


def _near(message: str, catalog: Catalog, language: str) -> str:
    near = [one for one, score in nearest(catalog.signatures, message, NEAREST) if score >= LEAST]
    none = NONE.in_language(language)
    return f"{none}\n\n{_list(NEAR, near, language)}" if near else f"{none}\n"


def _list(heading: Words, signatures: Sequence[Signature], language: str) -> str:
    rows = (f"- `{one.id}`: {one.title.in_language(language)}" for one in signatures)
    return "\n".join((heading.in_language(language), "", *rows, "", HOW.in_language(language), ""))
