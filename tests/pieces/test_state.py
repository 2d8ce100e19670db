"""States are sets of parts: merged in any order, as often as one likes, and refused where they are not what they say."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logsleuth.errors import StateError
from logsleuth.limits import Limits
from logsleuth.model import Report
from logsleuth.pieces import Fold, Listing, Shard, Work, list_units, read_units, share
from logsleuth.pieces.inventory import inventory_of
from logsleuth.pieces.state import FOOTER, MAGIC, StoredState, Terms, Union, open_states, terms_of, write_state
from tests.pieces.conftest import TINY, folded, serving, told

Working = Callable[[Limits], Work]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """A large log, two small ones and one that cannot be read."""
    folder = tmp_path_factory.mktemp("logs")
    for name, data in (
        ("a.log", serving(400, failures=(3, 200, 399))),
        ("b.log", serving(20, seed=2, failures=(7,))),
        ("c.log", serving(30, seed=3)),
    ):
        (folder / name).write_bytes(data)
    return (*sorted(folder.iterdir()), folder / "none.log")


@pytest.fixture(scope="module")
def tiny(work: Working) -> Work:
    """Work in tiny pieces."""
    return work(TINY)


def kept(paths: tuple[Path, ...], work: Work, path: Path, shard: Shard | None = None) -> Path:
    """A state of all units, or of a shard of them."""
    listing = list_units([str(one) for one in paths], limits=work.limits)
    units = share(listing.units, shard) if shard else listing.units
    write_state(path, inventory_of(listing, shard), read_units(units, work), terms_of(work.plan, work.limits))
    return path


def merged(paths: list[Path], work: Work) -> Union:
    """The union of states."""
    terms = terms_of(work.plan, work.limits)
    return Union([StoredState(path, terms) for path in dict.fromkeys(paths)])


def reported(union: Union, work: Work) -> Report:
    """The report on a union."""
    fold = Fold(work.plan, limits=work.limits, notices=union.inventory.notices)
    for part in union.parts():
        fold.absorb(part)
    return fold.report(union.inventory.missing())


def whole(paths: tuple[Path, ...], work: Work) -> bytes:
    """What one process says of everything."""
    listing = list_units([str(path) for path in paths], limits=work.limits)
    fold = Fold(work.plan, limits=work.limits, notices=listing.notices)
    for _, part in read_units(listing.units, work):
        fold.absorb(part)
    return told(fold.report())


@pytest.fixture(scope="module")
def shards(logs: tuple[Path, ...], tiny: Work, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The states of five shards."""
    folder = tmp_path_factory.mktemp("shards")
    return [kept(logs, tiny, folder / f"{n}.lss", Shard(number=n, total=5)) for n in range(1, 6)]


@pytest.fixture(scope="module")
def several(logs: tuple[Path, ...], tiny: Work, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state of several parts."""
    return kept(logs, tiny, tmp_path_factory.mktemp("whole") / "whole.lss")


@pytest.mark.parametrize("total", [1, 2, 3, 50])
def test_any_split_says_what_one_process_says(total: int, logs: tuple[Path, ...], tiny: Work, tmp_path: Path) -> None:
    """More shards than units included; and the merged states are the same bytes."""
    paths = [kept(logs, tiny, tmp_path / f"{n}.lss", Shard(number=n, total=total)) for n in range(1, total + 1)]
    random.Random(total).shuffle(paths)
    union = merged(paths, tiny)
    union.write(tmp_path / "all.lss", terms_of(tiny.plan, TINY))

    assert told(reported(union, tiny)) == whole(logs, tiny)
    assert (tmp_path / "all.lss").read_bytes() == kept(logs, tiny, tmp_path / "one.lss").read_bytes()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), min_size=1, max_size=4))
def test_merging_is_a_union(groups: list[list[int]], shards: list[Path], tiny: Work, tmp_path: Path) -> None:
    """Associative, commutative, idempotent: only what is in it counts."""
    terms = terms_of(tiny.plan, TINY)
    steps: list[Path] = []
    for number, group in enumerate(groups):
        steps.append(tmp_path / f"step-{number}.lss")
        merged([shards[index] for index in group], tiny).write(steps[-1], terms)
    merged(steps, tiny).write(tmp_path / "nested.lss", terms)
    flat = sorted({index for group in groups for index in group}, reverse=True)
    merged([shards[index] for index in flat], tiny).write(tmp_path / "flat.lss", terms)

    assert (tmp_path / "nested.lss").read_bytes() == (tmp_path / "flat.lss").read_bytes()


def test_a_missing_shard_is_said(shards: list[Path], tiny: Work) -> None:
    """With the shards that would complete the report."""
    notices = reported(merged([shards[0], shards[3]], tiny), tiny).notices

    assert any("merge the states of the missing shards too: 2/5, 3/5, 5/5" in notice.detail for notice in notices)


def test_nothing_is_missing(shards: list[Path], tiny: Work) -> None:
    """Of all shards."""
    assert not list(merged(shards, tiny).inventory.missing())


def test_several_listings_are_one_report(logs: tuple[Path, ...], tiny: Work, tmp_path: Path) -> None:
    """Each node may read its own files; a file that two have read counts once."""
    one = kept(logs[:2], tiny, tmp_path / "one.lss")
    other = kept(logs[1:3], tiny, tmp_path / "other.lss")

    said = {told(reported(merged(paths, tiny), tiny)) for paths in ([one, other], [other, one], [one, other, one])}

    assert said == {told(folded(logs[:3], tiny))}


def test_a_file_that_changed_is_refused(tiny: Work, tmp_path: Path) -> None:
    """Two states say different things about the same piece."""
    log = tmp_path / "log"
    log.write_bytes(serving(20))
    one = kept((log,), tiny, tmp_path / "one.lss")
    log.write_bytes(serving(20, seed=2).ljust(log.stat().st_size, b"x")[: log.stat().st_size])
    other = kept((log,), tiny, tmp_path / "other.lss")

    with pytest.raises(StateError, match="two states say different things"):
        merged([one, other], tiny)


def test_a_file_that_grew_is_refused(tiny: Work, tmp_path: Path) -> None:
    """Its pieces would not fit together."""
    log = tmp_path / "log"
    log.write_bytes(serving(20))
    one = kept((log,), tiny, tmp_path / "one.lss")
    log.write_bytes(serving(21))

    with pytest.raises(StateError, match=r"had \d+ bytes where one part was read"):
        merged([one, kept((log,), tiny, tmp_path / "other.lss")], tiny)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"version": "9.9"}, "was made by logsleuth"),
        ({"catalog": "other"}, "other signatures"),
        ({"limits": "other"}, "other limits"),
    ],
)
def test_a_state_of_other_terms_is_refused(terms: dict[str, str], words: str, shards: list[Path], tiny: Work) -> None:
    """In one line."""
    with pytest.raises(StateError, match=words) as caught:
        StoredState(shards[0], replace(terms_of(tiny.plan, TINY), **terms))

    assert "\n" not in str(caught.value)


def forged(path: Path, change: Callable[[list[object]], None]) -> Path:
    """A state with another index, and the right checksum."""
    data = path.read_bytes()
    offset, length, _ = FOOTER.unpack(data[-FOOTER.size :])
    index = msgspec.msgpack.decode(data[offset : offset + length])
    change(index)
    fresh = msgspec.msgpack.encode(index)
    return written(path, data[:offset] + fresh + FOOTER.pack(offset, len(fresh), hashlib.sha256(fresh).digest()))


def written(path: Path, data: bytes) -> Path:
    """Another file of these bytes."""
    other = path.with_name("forged.lss")
    other.write_bytes(data)
    return other


@pytest.mark.parametrize("at", [0, 5, len(MAGIC) + 3, -FOOTER.size - 20, -FOOTER.size + 2, -1])
def test_damage_is_refused(at: int, shards: list[Path], tiny: Work) -> None:
    """A byte that is another one, anywhere."""
    data = bytearray(shards[0].read_bytes())
    data[at] ^= 0xFF

    with pytest.raises(StateError, match=r"forged\.lss"):
        reported(merged([written(shards[0], bytes(data))], tiny), tiny)


@pytest.mark.parametrize("size", [0, 1, len(MAGIC), len(MAGIC) + 40, 1000, -1])
def test_what_is_cut_off_is_refused(size: int, shards: list[Path], tiny: Work) -> None:
    """A copy that was not finished."""
    with pytest.raises(StateError, match=r"forged\.lss"):
        merged([written(shards[0], shards[0].read_bytes()[:size])], tiny)


def _records(index: list[object]) -> list[list[object]]:
    return index[3][1]  # type: ignore[index,no-any-return]  # the inventory's records


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index.clear(),
        lambda index: _records(index)[0].__setitem__(0, [99, 0, 0]),
        lambda index: _records(index)[0].__setitem__(0, [0, -1, 0]),
        lambda index: _records(index)[0].__setitem__(1, -5),
        lambda index: _records(index)[0].__setitem__(1, 2**62),
        lambda index: _records(index)[0].__setitem__(2, 2**50),
        lambda index: _records(index)[0].__setitem__(3, 2**50),
        lambda index: _records(index)[0].__setitem__(3, 7),
        lambda index: _records(index)[0].__setitem__(5, False),
        lambda index: _records(index).reverse(),
        lambda index: _records(index).append(_records(index)[0]),
        lambda index: index.__setitem__(3, "x"),
    ],
)
def test_a_forged_index_is_refused(change: Callable[[list[object]], None], several: Path, tiny: Work) -> None:
    """Whatever it says, nothing is read beyond the file or taken for granted."""
    with pytest.raises(StateError, match=r"forged\.lss"):
        reported(merged([forged(several, change)], tiny), tiny)


def test_a_bomb_is_refused(shards: list[Path], tiny: Work) -> None:
    """A part that says that it is small and unpacks to a gigabyte."""
    bomb = zstandard.ZstdCompressor(level=1).compress(bytes(1 << 28))
    data = shards[0].read_bytes()
    offset, length, _ = FOOTER.unpack(data[-FOOTER.size :])
    index = msgspec.msgpack.decode(data[offset : offset + length])
    _records(index)[0][1:4] = [len(MAGIC), len(bomb), 1000]
    fresh = msgspec.msgpack.encode(index)
    footer = FOOTER.pack(len(MAGIC) + len(bomb), len(fresh), hashlib.sha256(fresh).digest())

    with pytest.raises(StateError, match="damaged"):
        reported(merged([written(shards[0], MAGIC + bomb + fresh + footer)], tiny), tiny)


def test_what_cannot_be_opened_or_written(tiny: Work, tmp_path: Path) -> None:
    """One line each."""
    terms = Terms(version="", catalog="", limits="")
    with pytest.raises(StateError, match="cannot be read"):
        StoredState(tmp_path / "none", terms)
    with pytest.raises(StateError, match="cannot be written"):
        write_state(tmp_path / "no" / "folder", inventory_of(Listing(units=())), (), terms)


def test_a_failed_write_leaves_nothing(logs: tuple[Path, ...], tiny: Work, tmp_path: Path) -> None:
    """Neither a half state nor its draft."""
    (tmp_path / "taken").mkdir()

    with pytest.raises(StateError, match="is no state"):
        kept(logs[1:2], tiny, tmp_path / "taken")

    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("make", [lambda path: path.write_bytes(b"INFO a log\n"), os.mkfifo], ids=["log", "pipe"])
def test_nothing_but_a_state_is_replaced(make: Callable[[Path], object], tiny: Work, tmp_path: Path) -> None:
    """A log that a pattern named in its place stays, as a device does."""
    make(tmp_path / "taken")
    before = (tmp_path / "taken").stat()

    with pytest.raises(StateError, match="is there already and is no state"):
        write_state(tmp_path / "taken", inventory_of(Listing(units=())), (), Terms(version="", catalog="", limits=""))

    assert (tmp_path / "taken").stat() == before


def test_a_state_is_replaced(logs: tuple[Path, ...], tiny: Work, tmp_path: Path) -> None:
    """By one that is made again, as is an empty file."""
    (tmp_path / "1.lss").touch()

    found = [kept(logs[1:2], tiny, tmp_path / "1.lss").read_bytes() for _ in range(2)]

    assert found[0] == found[1] != b""


def test_what_shards_list_alike_is_held_once(shards: list[Path], tiny: Work) -> None:
    """So hundreds of shards of thousands of files take no more room than one."""
    states = list(open_states([*shards, shards[0]], terms_of(tiny.plan, tiny.limits)))

    assert len(states) == len(shards)
    assert len({id(roster.inputs) for state in states for roster in state.inventory.rosters}) == 1
