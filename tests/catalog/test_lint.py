"""Lint names what is wrong with a signature, and is silent about a right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from logsleuth.catalog.lint import lint, lint_folders
from logsleuth.catalog.load import read_folders

Write = Callable[..., Path]


def said(folder: Path) -> list[str]:
    """What lint says of a folder, without the folder's path."""
    return [str(one).replace(f"{folder}/", "") for one in lint_folders([folder], with_builtin=False)]


def test_a_right_signature_has_no_problem(write: Write, example_text: str) -> None:
    """The example is clean."""
    assert said(write(example_text)) == []


WRONG = (
    ("id: vllm.kv-cache-too-small.request", "id: vllm.engine-dead.x", ":1:", "role is 'root', but vllm.engine-dead is a 'wrapper' in the taxonomy [role]"),
    ("too-small.request", "too-small.use-fp8", ":1:", "'use-' names a cure; an id says what the log shows [id-cure]"),
    ("vllm.kv-cache-too-small.request", "vllm.kv-cache.request", ":1:", "'vllm.kv-cache.request' belongs to no class of taxonomy.yaml"),
    ("{en: One request does not fit, zh: 一个请求放不下}", "{en: One request, zh: One request}", ":1:", "zh is not Chinese: 'One request' [language]"),
    ("{en: One request does not fit, zh: 一个请求放不下}", "{en: 请求, zh: 请求}", ":1:", "en is not English: '请求' [language]"),
    ("只剩 {available}", "只剩", ":1:", "only one language mentions {available}"),
    ("]].", "].", ":1:", "'[[' without ']]'"),
    ("{env.model}", "{env.model} {modle}", ":1:", "{modle} is neither captured nor derived; known: available, max_model_len, missing, needed [unknown-fact]"),
    ("ceil(needed", "ceil(neded", ":1:", "derive.missing reads 'neded', which is never captured"),
    ("available, 1)'", "available'", ":1:", "derive.missing: 'ceil(needed - available': no arithmetic expression [derive]"),
    ("https://docs", "docs", ":1:", "'docs.vllm.ai/en/latest/usage/troubleshooting.html' is no URL [reference]"),
    ("role: root", "role: root\nloses_to: [nobody]", ":1:", "loses_to names 'nobody', which is no signature or class"),
    ("literal: KV cache is needed, which is larger than", "literal: larger than the cache", ":9:", "'larger than the cache' stands in no line of a hit sample [literal-unseen]"),
    ("literal: KV cache is needed, which is larger than", "literal: larger than the cache", ":23:", "no pattern matches this hit"),
    ("literal: KV cache is needed, which is larger than", "literal: than", ":9:", "literal 'than' is too short to be rare; 6 characters at least [literal]"),
    ("literal: KV cache is needed, which is larger than", "literal: 'KV cache'", ":9:", "literal 'KV cache' stands in the healthy line"),
    ("literal: KV cache is needed, which is larger than", "literal: Failed", ":9:", "literal 'Failed' stands in half of all logs"),
    ("literal: KV cache is needed, which is larger than", "scan: (?=KV)", ":9:", "scan is not in hyperscan's linear syntax"),
    ("(?P<needed>[\\d.]+ GiB)", "(?P<needed>(?:\\d+.*)+ GiB)", ":9:", "'(?:\\d+.*)+' repeats a repetition"),
    ("(?P<needed>[\\d.]+ GiB)", "(?P<needed>[\\d.]+ (G)iB)(?:\\2)?", ":9:", "a backreference cannot be matched in linear time"),
    ("max seq len", ".*?\\w*seq.*? len", ":9:", "regex takes over 50 ms on 100 KB of"),
    ("{max_model_len: '40960', missing: '1.3'}", "{max_model_len: '4096', gpu: '1'}", ":23:", "gpu is not captured, expected '1' [captures]"),
    ("because: it fits", "because: it fits}\n    - {text: 'max seq len (8), 0.50 GiB KV cache is needed, which is larger than the 0.25 GiB', because: no", ":28:", "pattern 1 matches line 1 of this miss [miss-matches]"),
    ("is left[[; {missing}", "is left; [[{missing}", ":1:", ""),
    ("(?P<needed>[\\d.]+ GiB)", "(?:(?P<nothing>x)?(?P<needed>[\\d.]+ GiB))", ":1:", ""),
)  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "where", "message"), WRONG)
def test_a_wrong_signature_is_told(
    write: Write, example_text: str, right: str, wrong: str, where: str, message: str
) -> None:
    """Each mistake in the place where it stands; the last rows are no mistakes."""
    assert right in example_text

    problems = said(write(example_text.replace(right, wrong, 1)))

    if message:
        assert [one for one in problems if message in one and where in one], problems
    else:
        assert problems == []


def test_a_summary_must_be_complete_for_every_hit(write: Write, example_text: str) -> None:
    """An optional capture belongs into double brackets."""
    text = example_text.replace("'{max_model_len} tokens", "'{gpu}: {max_model_len} tokens").replace(
        "zh: '{max", "zh: '{gpu}: {max"
    )
    text = text.replace("regex: 'max seq", "regex: '(?:GPU (?P<gpu>\\d) )?max seq")

    problems = said(write(text))

    assert [one.rpartition("[")[2] for one in problems] == ["summary-unfilled]"] * 2


def test_duties_grow_with_status(write: Write, example_text: str) -> None:
    """A signature in test has two hits and two misses."""
    text = "".join(
        line for line in example_text.splitlines(keepends=True) if "ValueError" not in line and "x.py" not in line
    )

    problems = said(write(text))

    assert [one.partition("request: ")[2] for one in problems] == [
        "status 'test' needs 2 hit samples, found 1 [samples]",
        "status 'test' needs 2 miss samples, found 1 [samples]",
    ]


@pytest.mark.parametrize(
    ("texts", "knob"),
    [
        (("Raise --gpu-memory-utilization.", "Lower gpu_memory_utilization a little."), "gpu_memory_utilization"),
        (("Try a larger NCCL_BUFFSIZE", "or reduce the NCCL_BUFFSIZE"), "nccl_buffsize"),
        (("Raise --gpu-memory-utilization.", "Lower --max-model-len."), ""),
        (("Raise --gpu-memory-utilization, or lower --max-model-len.",), ""),
    ],
)
def test_remedies_do_not_contradict(write: Write, example_text: str, texts: tuple[str, ...], knob: str) -> None:
    """Both directions of one knob are no advice."""
    remedies = "".join(f"  - text: {{en: '{text}', zh: 试试。}}\n" for text in texts)
    head, _, rest = example_text.partition("remedies:\n")
    text = f"{head}remedies:\n{remedies}references:{rest.partition('references:')[2]}"

    problems = said(write(text))

    assert len(problems) == bool(knob)
    assert not knob or f"both raise and lower '{knob}'" in problems[0]


def test_rivals_have_to_be_related(write: Write, example_text: str) -> None:
    """A hit of one signature that another one takes as well needs a word about which of them answers."""
    rival = example_text.replace("id: vllm.kv-cache-too-small.request", "id: vllm.no-cache-blocks")

    unrelated = said(write(example_text, rival))
    related = said(write(example_text, rival.replace("role: root", "role: root\noverlaps: [vllm.kv-cache-too-small]")))

    assert [one.partition(" ")[0] for one in unrelated] == ["0.yaml:23:", "0.yaml:25:", "1.yaml:23:", "1.yaml:25:"]
    assert "vllm.no-cache-blocks (" in unrelated[0]
    assert related == []


def test_the_longer_id_wins_without_a_word(write: Write, example_text: str) -> None:
    """But then the hit of the shorter one is not its own."""
    shorter = example_text.replace("too-small.request", "too-small")

    problems = said(write(example_text, shorter))

    assert [one.partition(" ")[0] for one in problems] == ["1.yaml:23:", "1.yaml:25:"]


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("vllm.kv-cache-too-small.request", ""),
        ("vllm.engine-dead", "'vllm.engine-dead' is no signature that could win here [lose]"),
        ("vllm.no-cache-blocks", "'vllm.no-cache-blocks' is no signature that could win here [lose]"),
    ],
)
def test_what_loses_needs_a_winner(write: Write, example_text: str, to: str, message: str) -> None:
    """The named signature has to match the text too."""
    loser = (
        "id: vllm.no-cache-blocks\ntitle: {en: a, zh: 一}\nstatus: draft\nrole: root\nseverity: error\n"
        "match: {literal: KV cache is needed}\nsummary: {en: a, zh: 一}\nremedies: [{text: {en: b, zh: 二}}]\n"
        "samples:\n  hit: [{text: 2 GiB KV cache is needed}]\n  lose:\n"
        f"  - {{text: 'max seq len (8), 0.50 GiB KV cache is needed, which is larger than the 0.25 GiB', to: {to}}}\n"
    )
    related = example_text.replace("role: root", "role: root\noverlaps: [vllm.no-cache-blocks]")

    problems = said(write(related, loser))

    assert [one.partition("vllm.no-cache-blocks: ")[2] for one in problems] == ([message] if message else [])


def test_a_whole_catalog_has_as_many_misses_as_hits(write: Write, example_text: str) -> None:
    """A part of it need not."""
    text = "".join(
        line
        for line in example_text.replace("status: test", "status: draft").splitlines(keepends=True)
        if "x.py" not in line
    )
    catalog = read_folders([write(text)], with_builtin=False).catalog

    assert lint(catalog, is_whole=False) == ()
    assert [one.message for one in lint(catalog)] == [
        "2 hits but only 1 misses in the whole catalog; add texts that a careless pattern would catch"
    ]


def test_what_does_not_load_is_told_too(write: Write, example_text: str) -> None:
    """Lint goes on with the rest."""
    assert said(write("x", example_text.replace("https://", ""))) == [
        "0.yaml:1: a signature must be a mapping of keys to values [kind]",
        "1.yaml:1: vllm.kv-cache-too-small.request: 'docs.vllm.ai/en/latest/usage/troubleshooting.html' is no URL [reference]",
    ]


def test_a_probe_that_nobody_has_is_a_problem(write: Write, example_text: str) -> None:
    """With the name that was perhaps meant; without a list of names nothing is said."""
    folder = write(example_text.replace("samples:", "probes: [{name: cuda-aloc}]\nsamples:", 1))
    names = frozenset({"cuda-alloc", "gpu-health"})

    found = [one.message for one in lint_folders([folder], with_builtin=False, probes=names)]

    assert found == ["vllm.kv-cache-too-small.request: no probe is called 'cuda-aloc', did you mean 'cuda-alloc'?"]
    assert lint_folders([folder], with_builtin=False) == ()
