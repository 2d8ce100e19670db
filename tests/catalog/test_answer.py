"""What `explain` says of an id, of a message that matches, and of one that does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logsleuth.catalog.answer import Answer, explained, is_id
from logsleuth.catalog.load import Catalog, catalog_of
from logsleuth.catalog.page import page
from logsleuth.errors import UsageError
from logsleuth.model import Signature, Words


@pytest.fixture
def catalog(signature: Signature) -> Catalog:
    """Two signatures of one class."""
    other = replace(signature, id="vllm.kv-cache-too-small.other", title=Words(en="Other", zh="其他"), samples=())
    return catalog_of([signature, replace(other, patterns=())], {})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_id(catalog: Catalog, signature: Signature, language: str) -> None:
    """Its page, in the language asked for; spaces around it do not matter."""
    assert explained(f" {signature.id}\n", catalog, (), language) == Answer(
        markdown=page(signature, language), is_certain=True
    )


@pytest.mark.parametrize("name", ["vllm.kv-cache-too-small", "vllm"])
def test_a_class(name: str, catalog: Catalog) -> None:
    """The list of its signatures, also of a whole family."""
    answer = explained(name, catalog, (), "en")

    assert answer.is_certain
    assert "- `vllm.kv-cache-too-small.other`: Other\n- `vllm.kv-cache-too-small.request`: One" in answer.markdown


def test_a_message_that_matches(catalog: Catalog, signature: Signature) -> None:
    """What it says with its facts, the page of the best, the ids of the others; what is no signature is left out."""
    found = (("unknown", "?"), (signature.id, "8 tokens need 1 GiB."), ("vllm.kv-cache-too-small.other", "x"))

    answer = explained("the message", catalog, found, "en")

    assert answer.is_certain
    assert answer.markdown.startswith(f"> 8 tokens need 1 GiB.\n\n{page(signature)}\nIt also matches\n\n- `vllm.kv-")
    assert explained("the message", catalog, found[1:2], "en").markdown.endswith(page(signature))


def test_a_message_that_comes_near(catalog: Catalog) -> None:
    """The nearest signatures, with the warning that they are only near."""
    answer = explained("why is more KV cache needed, larger than what", catalog, (), "en")

    assert not answer.is_certain
    assert answer.markdown.startswith("No signature matches this message.\n\nThe nearest ones by their words; none")
    assert "- `vllm.kv-cache-too-small.request`: One request does not fit" in answer.markdown


def test_a_message_like_no_other(catalog: Catalog) -> None:
    """No list of nothing."""
    assert explained("Zzz!", catalog, (), "zh") == Answer(markdown="没有特征与此消息相符。\n", is_certain=False)


@pytest.mark.parametrize(
    ("asked", "message"),
    [("vllm.kv-cache-too-smal", "did you mean 'vllm.kv-cache-too-small"), (" \n", "nothing to explain")],
)
def test_wrong_use(catalog: Catalog, asked: str, message: str) -> None:
    """An id that does not exist, and nothing at all."""
    with pytest.raises(UsageError, match=message):
        explained(asked, catalog, (), "en")


@pytest.mark.parametrize(
    ("text", "wanted"), [("a.b-c", True), ("a.b ", True), ("a", False), ("A.b", False), ("a.b c", False)]
)
def test_what_can_be_an_id(text: str, *, wanted: bool) -> None:
    """Dotted words in lower case."""
    assert is_id(text) is wanted
