"""Folders of signatures are read strictly, and from the cache only when nothing has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from logsleuth.catalog.load import load_catalog, read_folders, signature_of, unknown_ids
from logsleuth.catalog.places import default_folder
from logsleuth.errors import CatalogError, UsageError
from logsleuth.model import Level, Pattern, Role, Severity, Status, Where, Words

Write = Callable[..., Path]


def problems(folder: Path) -> list[str]:
    """What is wrong in a folder, with the folder's own path left out."""
    return [str(one).replace(f"{folder}/", "") for one in read_folders([folder], with_builtin=False).problems]


def test_every_field_is_read(write: Write, example_text: str) -> None:
    """A signature holds what its file says."""
    folder = write(example_text)

    catalog = load_catalog([folder], with_builtin=False, with_samples=True)

    (signature,) = catalog.signatures
    assert catalog.by_id == {signature.id: signature}
    assert catalog.classes["vllm.engine-dead"] is Role.WRAPPER
    assert signature.class_id == "vllm.kv-cache-too-small"
    assert signature.title == Words(en="One request does not fit", zh="一个请求放不下")
    assert (signature.status, signature.role, signature.severity) == (Status.TEST, Role.ROOT, Severity.CRITICAL)
    assert (signature.component, signature.versions) == ("vllm", ">=0.7.3")
    assert [pattern.literal for pattern in signature.patterns] == ["KV cache is needed, which is larger than"]
    assert signature.derive == (("missing", "ceil(needed - available, 1)"),)
    assert signature.remedies[0].command == "vllm serve {env.model} --max-model-len 8192"
    assert [(sample.kind, sample.line) for sample in signature.samples] == [
        ("hit", 23),
        ("hit", 25),
        ("miss", 27),
        ("miss", 28),
    ]
    assert signature.samples[0].captures == (("max_model_len", "40960"), ("missing", "1.3"))
    assert signature.where == Where(source=f"{folder}/0.yaml", line=1)


def test_samples_are_left_out_where_nobody_asks(write: Write, example_text: str) -> None:
    """An analysis does not need them."""
    catalog = load_catalog([write(example_text)], with_builtin=False)

    assert [signature.samples for signature in catalog.signatures] == [()]


MINIMAL = "title: {en: a, zh: 一}\nstatus: draft\nrole: root\nseverity: error\n"


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("match: {literal: 'abc: x'}", (Pattern(literal="abc: x", line=6),)),
        (
            "match: [{scan: a+, levels: any}, {literal: b}]",
            (Pattern(scan="a+", levels=(), line=6), Pattern(literal="b", line=6)),
        ),
        ("match: {literal: a, levels: [INFO, none]}", (Pattern(literal="a", levels=(Level.INFO, None), line=6),)),
    ],
)
def test_patterns(write: Write, match: str, expected: tuple[Pattern, ...]) -> None:
    """One pattern or several, with their levels."""
    folder = write(f"id: host.killed.x\n{MINIMAL}{match}\n")

    (signature,) = load_catalog([folder], with_builtin=False).signatures

    assert signature.patterns == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id: host.killd\n" + MINIMAL + "match: {literal: a}", "0.yaml:1: 'host.killd' belongs to no class of taxonomy.yaml, did you mean 'host.killed'? [unknown-class]"),
        ("id: Host.Killed\n" + MINIMAL + "match: {literal: a}", "0.yaml:1: id 'Host.Killed' must be dotted words of a-z, 0-9 and '-' [id]"),
        ("id: host.killed\n" + MINIMAL, "0.yaml:1: 'match' is missing: how does the signature show? [missing]"),
        ("id: host.killed\n" + MINIMAL + "match: {regex: a}", "0.yaml:6: give either 'literal' or 'scan': one of them is searched for in every line [pattern]"),
        ("id: host.killed\n" + MINIMAL + 'match: {literal: "a\\nb"}', "0.yaml:6: a literal stands within one line; put the rest into 'regex' [pattern]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a, levels: [WARN]}", "0.yaml:6: level 'WARN' is unknown, did you mean 'WARNING'? [value]"),
        ("id: host.killed\n" + MINIMAL + "match: {litteral: a, literal: b}", "0.yaml:6: unknown key 'litteral' in a pattern, did you mean 'literal'? [unknown-key]"),
        ("id: host.killed\n" + MINIMAL + "match: abc", "0.yaml:6: a pattern must be a mapping of keys to values [kind]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: [a]}\nsummary: {en: b, zh: 二}", "0.yaml:6: 'literal' must be a text; quote it if it begins with '[' or '{' [kind]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nsummary: {en: b}", "0.yaml:7: 'zh' is missing [missing]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nsummary: {en: b, zh: }", "0.yaml:7: 'zh' is empty [empty]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nsummary: {en: b, or so, zh: 二}", "0.yaml:7: unknown key 'or so' in a text in two languages; a text with a comma needs quotes [unknown-key]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nsummary: b", "0.yaml:7: a text in two languages must be a mapping of keys to values [kind]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nversions: 0.7 and later", "0.yaml:7: '0.7 and later' is no valid 'versions'; write it like '>=0.7.3,<0.10' [value]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nremedies: {text: b}", "0.yaml:7: 'remedies' must be a list: begin each entry with '- ' [kind]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nremedies:\n- text: {en: b, zh: 二}\n  destructive: maybe", "0.yaml:9: 'destructive' is true or false, not 'maybe' [value]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nremedies:\n- text: {en: b, zh: 二}\n  applies: since 0.10", "0.yaml:9: 'since 0.10' is no valid 'applies'; write it like 'vllm>=0.10.2' [value]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nderive: {Half: 'a / 2'}", "0.yaml:7: fact 'Half' must be in snake_case [fact-name]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nderive: 'a / 2'", "0.yaml:7: 'derive' must be a mapping of names to values [kind]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nsamples: {hits: []}", "0.yaml:7: unknown key 'hits' in samples, did you mean 'hit'? [unknown-key]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nsamples: {miss: [{text: b}]}", "0.yaml:7: 'because' is missing [missing]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a}\nprobes: [{expects: x}]", "0.yaml:7: 'name' is missing [missing]"),
        ("id: host.killed\n" + MINIMAL.replace("draft", "testing") + "match: {literal: a}", "0.yaml:3: status 'testing' is none of: draft, test, stable, doc-only, retired, did you mean 'test'? [value]"),
        ("id: host.killed\n" + MINIMAL + "match: {literal: a, regex: '('}", "0.yaml:6: host.killed: regex does not compile: missing ) at position 1 [regex]"),
        ("id: host.killed\n" + MINIMAL + "match: {scan: '(?=a)b'}", "0.yaml:6: host.killed: scan is not in hyperscan's linear syntax: [scan]"),
        ("- x", "0.yaml:1: a signature must be a mapping of keys to values [kind]"),
    ],
)  # fmt: skip
def test_mistakes(write: Write, text: str, expected: str) -> None:
    """One mistake, one line that says what and where."""
    said = problems(write(text))

    assert len(said) == 1
    head, _, code = expected.rpartition(" [")
    assert said[0].startswith(head)
    assert said[0].endswith(f" [{code}")


def test_a_retired_signature_needs_no_pattern(write: Write) -> None:
    """Its id stays taken."""
    assert problems(write("id: host.killed\n" + MINIMAL.replace("draft", "retired"))) == []


def test_all_mistakes_are_told_at_once(write: Write) -> None:
    """One error for all files, one line for each mistake."""
    folder = write("id: host.killed\n", "a: {", "id: nowhere.x\n" + MINIMAL)

    with pytest.raises(CatalogError) as caught:
        load_catalog([folder], with_builtin=False)

    lines = str(caught.value).replace(f"{folder}/", "").split("\n")
    assert [line.split(":")[0] for line in lines] == ["0.yaml"] * 5 + ["1.yaml", "2.yaml", "2.yaml"]
    assert "0.yaml:1: 'severity' is missing" in lines


def test_a_flood_of_mistakes_is_cut(write: Write) -> None:
    """A wrong folder does not fill the screen."""
    folder = write(*("- x\n" * 30 for _ in range(3)))

    with pytest.raises(CatalogError) as caught:
        load_catalog([folder], with_builtin=False)

    assert str(caught.value).split("\n")[50:] == ["... and 40 more"]


def test_one_id_is_one_signature(write: Write, example_text: str) -> None:
    """The second of the same folder is refused."""
    assert problems(write(example_text, example_text)) == [
        "1.yaml:1: id 'vllm.kv-cache-too-small.request' is taken by 0.yaml:1; give this one a further dotted part [duplicate-id]"
    ]


def test_a_later_folder_overrides_and_adds(tmp_path: Path, example_text: str) -> None:
    """A user's own words win over the built-in ones; classes may be added too."""
    for name, title in (("first", "Old words"), ("second", "New words")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.yaml").write_text(example_text.replace("One request does not fit", title))
    (tmp_path / "second" / "taxonomy.yaml").write_text(
        "version: 1\nclasses:\n- {id: our.proxy, role: root, is: ours}\n"
    )
    (tmp_path / "second" / "a.yaml").write_text("id: our.proxy.down\n" + MINIMAL + "match: {literal: a}\n")

    catalog = load_catalog([tmp_path / "first", tmp_path / "second"], with_builtin=False)

    assert [(one.id, one.title.en) for one in catalog.signatures] == [
        ("our.proxy.down", "a"),
        ("vllm.kv-cache-too-small.request", "New words"),
    ]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(CatalogError, match="nowhere: no such folder of signatures"):
        load_catalog([tmp_path / "nowhere"])


def test_unreadable_files_are_said(write: Write, example_text: str) -> None:
    """The others are read all the same."""
    folder = write(example_text)
    (folder / "gone.yaml").symlink_to(folder / "nowhere")

    loaded = read_folders([folder], with_builtin=False)

    assert [one.message for one in loaded.problems] == ["cannot be read: No such file or directory"]
    assert len(loaded.catalog.signatures) == 1


def test_the_built_in_folder_is_found() -> None:
    """In a checkout it stands beside the package, in a wheel inside."""
    assert (default_folder() / "taxonomy.yaml").is_file()


def test_an_unknown_id_gets_a_suggestion(write: Write, example_text: str) -> None:
    """Asking for one signature names the nearest."""
    catalog = load_catalog([write(example_text)], with_builtin=False)

    assert signature_of(catalog, "vllm.kv-cache-too-small.request") is catalog.signatures[0]
    with pytest.raises(UsageError, match=r"no signature 'vllm.kv-cache-too-small.requst', did you mean"):
        signature_of(catalog, "vllm.kv-cache-too-small.requst")
    with pytest.raises(UsageError, match=r"'vllm.kv-cache-too-small' is a class: `logsleuth explain vllm.kv-cache-too"):
        signature_of(catalog, "vllm.kv-cache-too-small")


def test_relations_must_name_something(write: Write, example_text: str) -> None:
    """A signature, a class, the beginning of one, or any root."""
    relations = "explains: [vllm, vllm.engine-dead, '*']\nloses_to: [vllm.engine-deaf]\n"
    catalog = read_folders([write(example_text + relations)], with_builtin=False).catalog

    (problem,) = unknown_ids(catalog)
    assert problem.message.endswith(
        "names 'vllm.engine-deaf', which is no signature or class, did you mean 'vllm.engine-dead'?"
    )


def test_the_cache_gives_the_same_catalog(write: Write, example_text: str, tmp_path: Path) -> None:
    """With and without samples, from files that were not read again."""
    folder, cache = write(example_text), tmp_path / "cache"
    fresh = load_catalog([folder], with_builtin=False, with_samples=True, cache=cache)
    load_catalog([folder], with_builtin=False, cache=cache)
    path = folder / "0.yaml"
    stat = path.stat()
    path.write_text("x" * stat.st_size)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert load_catalog([folder], with_builtin=False, with_samples=True, cache=cache) == fresh
    bare = load_catalog([folder], with_builtin=False, cache=cache)
    assert [(one.id, one.samples) for one in bare.signatures] == [("vllm.kv-cache-too-small.request", ())]
    assert bare.digest == fresh.digest


def test_a_changed_file_is_read_again(write: Write, example_text: str, tmp_path: Path) -> None:
    """Also when one is added."""
    cache = tmp_path / "cache"
    before = load_catalog([write(example_text)], with_builtin=False, cache=cache)
    changed = load_catalog(
        [write(example_text.replace("does not fit", "is too long"))], with_builtin=False, cache=cache
    )
    added = "id: host.killed.x\n" + MINIMAL + "match: {literal: a}\n"
    more = load_catalog([write(added, name="more.yaml")], with_builtin=False, cache=cache)

    assert [one.title.en for one in changed.signatures] == ["One request is too long"]
    assert len(more.signatures) == 2
    assert len({before.digest, changed.digest, more.digest}) == 3


def test_mistakes_are_never_cached(write: Write, tmp_path: Path) -> None:
    """They are told every time."""
    folder = write("id: host.killed\n")

    for _ in range(2):
        with pytest.raises(CatalogError):
            load_catalog([folder], with_builtin=False, cache=tmp_path / "cache")
