"""Checks the fast path against slow references on one log (best at most 20 MB).

    python bench/verify.py FILE [--memory 150] [--folder FOLDER]

memory     the peak of the whole process, in MB
same       a file, a pipe and a gzip file give the same JSON but for the source's name; two hash seeds the same bytes
hits       the scan finds what a search for every expression in every line finds
masks      masking whole blocks natively equals masking line by line with `re`
counts     the templates' counts sum to the lines
templates  drain3 fed every masked message gives the same templates; at most 1 % of the lines are credited elsewhere

Exit status 1 if one of them fails.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpora import workplace
from cost import analyze, logsleuth, run, warm_up

MOST_MOVED = 0.01
SHOWN = 5
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must hold, and what was found."""

    name: str
    is_passed: bool
    detail: str


def check_memory(log: Path, folder: Path, most_mb: float) -> Check:
    cost = analyze(str(log), folder=folder, output=folder / "file.json")
    detail = f"{cost.peak_mb:.0f} MB at most for {log.stat().st_size / 1e6:.0f} MB, {cost.cpu_s:.2f} s of CPU"
    return Check(name="memory", is_passed=cost.peak_mb <= most_mb, detail=detail)


def check_same(log: Path, folder: Path) -> Check:
    """Compare the report in `file.json` with those of the same bytes that come in another way."""
    packed = folder / "packed.log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes(), compresslevel=1, mtime=0))
    analyze(str(packed), folder=folder, output=folder / "gzip.json")
    with subprocess.Popen(["cat", str(log)], stdout=subprocess.PIPE) as cat:
        analyze("-", folder=folder, output=folder / "pipe.json", stdin=cat.stdout)
    run(logsleuth(str(log), folder=folder, hash_seed=1), folder=folder, output=folder / "seed.json", statuses=(0, 1))
    file = (folder / "file.json").read_bytes()
    wanted = nameless(json.loads(file), str(log))
    differing = [
        name
        for name, source in (("pipe", "-"), ("gzip", str(packed)))
        if nameless(json.loads((folder / f"{name}.json").read_bytes()), source) != wanted
    ]
    if (folder / "seed.json").read_bytes() != file:
        differing.append("seed")
    detail = f"{', '.join(differing)}: not as the file" if differing else "file, pipe, gzip and another hash seed agree"
    return Check(name="same", is_passed=not differing, detail=detail)


def nameless(value: Json, name: str) -> Json:
    """The report without the name of its only source."""
    if isinstance(value, dict):
        return {key: nameless(item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [nameless(item, name) for item in value]
    if isinstance(value, str) and (value == name or value.startswith(f"{name}:")):
        return value[len(name) :]
    return value


def checks_inside(log: Path, folder: Path) -> Iterator[Check]:
    """What is compared within this process, after everything whose memory is measured."""
    from logsleuth.limits import DEFAULT_LIMITS  # noqa: PLC0415  measured processes start from a small one
    from logsleuth.model import Block  # noqa: PLC0415
    from logsleuth.records import Opener  # noqa: PLC0415
    from logsleuth.sources import Input, read  # noqa: PLC0415

    opener = Opener(limits=DEFAULT_LIMITS)
    blocks = (item for item in read(Input(str(log), log), limits=DEFAULT_LIMITS) if isinstance(item, Block))
    texts = [opener.open(block) for block in blocks]
    document = json.loads((folder / "file.json").read_bytes())
    shapes = [text.shapes for text in texts]
    yield check_hits([text.data for text in texts], folder)
    yield check_masks(shapes)
    yield check_counts(log, document)
    yield check_templates(shapes, unbounded(log))


def check_hits(texts: list[bytes], folder: Path) -> Check:
    from logsleuth.catalog.load import load_catalog  # noqa: PLC0415
    from logsleuth.catalog.match import expressions  # noqa: PLC0415
    from logsleuth.plan import EXCEPTION, TRACEBACK  # noqa: PLC0415
    from logsleuth.scan import Expression, Scanner  # noqa: PLC0415

    catalog = (Expression(text=item.expression, is_literal=item.is_literal) for item in expressions(load_catalog()))
    sought = tuple(dict.fromkeys((TRACEBACK, EXCEPTION, *catalog)))
    scanner = Scanner(sought, cache=folder / "cache")
    found: set[Place] = set()
    first = 0
    for text in texts:
        found.update((first + text.count(b"\n", 0, mark.start), mark.expression) for mark in scanner.marks(text))
        first += text.count(b"\n")
    tests = [literal_test(item.text) if item.is_literal else regex_test(item.text) for item in sought]
    lines = list(_lines(texts))
    wanted = {(number, index) for number, line in enumerate(lines) for index, test in enumerate(tests) if test(line)}
    detail = f"{len(wanted)} naive, {len(found)} scanned, {len(sought)} expressions on {len(lines)} lines"
    for name, places in (("missed", wanted - found), ("only scanned", found - wanted)):
        shown = [f"line {number + 1}: {sought[index].text!r}" for number, index in sorted(places)[:SHOWN]]
        detail += "".join(f"\n    {name} {text}" for text in shown)
    return Check(name="hits", is_passed=found == wanted, detail=detail)


def _lines(texts: list[bytes]) -> Iterator[bytes]:
    for text in texts:
        yield from text.removesuffix(b"\n").split(b"\n") if text else ()


def literal_test(text: bytes) -> Callable[[bytes], bool]:
    return lambda line: text in line


def regex_test(text: bytes) -> Callable[[bytes], bool]:
    search = re.compile(text).search
    return lambda line: search(line) is not None


def check_masks(shapes: list[bytes]) -> Check:
    from logsleuth.masking import EXPRESSION, MASK, mask_bytes  # noqa: PLC0415

    slow = re.compile(EXPRESSION)
    pairs = ((text, mask_bytes(text)) for text in shapes)
    differing = [
        line
        for text, masked in pairs
        for line, fast in zip(text.split(b"\n"), masked.split(b"\n"), strict=True)
        if slow.sub(MASK, line) != fast
    ]
    detail = f"{len(differing)} lines differ" + "".join(f"\n    {line[:200]!r}" for line in differing[:SHOWN])
    return Check(name="masks", is_passed=not differing, detail=detail)


def check_counts(log: Path, document: dict[str, Json]) -> Check:
    data = log.read_bytes()
    lines = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    counted = sum(_counts(document).values())
    detail = f"{counted} counted, {lines} lines in the file"
    return Check(name="counts", is_passed=counted == lines, detail=detail)


def _counts(document: dict[str, Json]) -> Counter[str]:
    counts: Counter[str] = Counter()
    templates = document["templates"]
    for item in templates if isinstance(templates, list) else ():
        if isinstance(item, dict) and isinstance(item["count"], int):
            counts[str(item["template"])] += item["count"]
    return counts


def unbounded(log: Path) -> dict[str, Json]:
    """The report where nothing has to go into coarse groups, as plain drain3 has no bound either."""
    from dataclasses import replace  # noqa: PLC0415

    from logsleuth.api import analyze  # noqa: PLC0415
    from logsleuth.limits import DEFAULT_LIMITS  # noqa: PLC0415
    from logsleuth.report.document import document  # noqa: PLC0415

    return document(analyze(log, limits=replace(DEFAULT_LIMITS, shapes=10**7, clusters=10**7)))


def check_templates(shapes: list[bytes], document: dict[str, Json]) -> Check:
    from drain3.drain import Drain  # noqa: PLC0415

    from logsleuth.limits import DEFAULT_LIMITS  # noqa: PLC0415
    from logsleuth.masking import mask_text  # noqa: PLC0415
    from logsleuth.model import Level  # noqa: PLC0415
    from logsleuth.records import Peeler  # noqa: PLC0415

    peeler, drains, lines = Peeler(), {True: Drain(param_str="<*>"), False: Drain(param_str="<*>")}, 0
    for lines, line in enumerate(_lines(shapes), 1):
        record = peeler.record(line.decode("utf-8", "replace"), lines)
        message = mask_text(record.message[: DEFAULT_LIMITS.template_chars]).strip()
        drains[record.level in (Level.ERROR, Level.CRITICAL)].add_log_message(message)
    plain: Counter[str] = Counter()
    for drain in drains.values():
        for cluster in drain.clusters:
            plain[cluster.get_template()] += cluster.size
    ours = _counts(document)
    moved = sum(abs(plain[text] - ours[text]) for text in plain.keys() | ours.keys()) / 2
    detail = (
        f"{len(plain)} plain, {len(ours)} ours, {len(plain.keys() & ours.keys())} common; "
        f"{moved:.0f} of {lines} lines credited elsewhere ({moved / max(lines, 1):.3%})"
    )
    return Check(name="templates", is_passed=moved <= MOST_MOVED * lines, detail=detail)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--memory", type=float, default=150, help="the most MB that a run may take")
    parser.add_argument("--folder", type=Path, help="where the cache and the reports are kept")
    given = parser.parse_args()
    log, is_passed = given.file.resolve(), True
    with workplace(given.folder) as folder:
        warm_up(folder)
        outside = (check_memory(log, folder, given.memory), check_same(log, folder))
        for check in (*outside, *checks_inside(log, folder)):
            is_passed = is_passed and check.is_passed
            print(f"{'ok  ' if check.is_passed else 'FAIL'} {check.name}: {check.detail}", flush=True)
    sys.exit(not is_passed)


if __name__ == "__main__":
    main()
