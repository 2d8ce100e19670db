"""Units are the same for everybody who lists the same paths, and shards share them evenly."""

from __future__ import annotations

import gzip
import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.errors import UsageError
from logsleuth.pieces import Shard, Unit, list_units, shard_of, share
from logsleuth.pieces.cores import jobs_for, usable_cores
from logsleuth.pieces.listing import STREAM
from tests.pieces.conftest import TINY, serving


def unit(number: int, size: int) -> Unit:
    """A unit of this size."""
    return Unit(number=number, key=str(number), name=str(number), path=str(number), size=size, source_bytes=size)


def test_what_is_cut_and_what_is_not(tmp_path: Path) -> None:
    """Plain text beyond the size of a piece; nothing compressed, sparse, binary or in UTF-16."""
    data = serving(300)
    (tmp_path / "large.log").write_bytes(data)
    (tmp_path / "small.log").write_bytes(data[:1000])
    (tmp_path / "packed.log").write_bytes(gzip.compress(data, 0))
    (tmp_path / "wide.log").write_bytes(data.decode().encode("utf-16"))
    (tmp_path / "binary.log").write_bytes(bytes(range(256)) * 100)
    with (tmp_path / "sparse.log").open("wb") as file:
        file.truncate(10_000_000)

    units = list_units([str(tmp_path)], limits=TINY).units
    slots: dict[str, list[int]] = {}
    for one in units:
        slots.setdefault(Path(one.name).name, []).append(one.slot)

    assert slots.pop("large.log") == list(range(-(-len(data) // TINY.piece_bytes)))
    assert slots == {name: [STREAM] for name in ("small.log", "packed.log", "wide.log", "binary.log", "sparse.log")}
    assert [one.number for one in units] == list(range(len(units)))
    assert pickle.loads(pickle.dumps(units)) == units  # noqa: S301  our own


def test_pipes_are_not_shared(tmp_path: Path) -> None:
    """Only one process can read them."""
    os.mkfifo(tmp_path / "pipe")

    units = list_units(["-", str(tmp_path / "pipe")], limits=TINY).units

    assert [one.is_shared for one in units] == [False, False]


@given(sizes=st.lists(st.integers(0, 10**9), max_size=40), total=st.integers(1, 12))
def test_shards_have_each_unit_once_and_even_loads(sizes: list[int], total: int) -> None:
    """No shard has more than another one but for one unit."""
    units = [unit(number, size) for number, size in enumerate(sizes)]

    shares = [share(units, Shard(number=number, total=total)) for number in range(1, total + 1)]
    loads = [sum(one.size + 1 for one in each) for each in shares]

    assert sorted((one for each in shares for one in each), key=lambda one: one.number) == units
    assert max(loads) - min(loads) <= max([*sizes, 0]) + 1


@pytest.mark.parametrize("text", ["1/1", "2/8", "8/8"])
def test_shards_are_named(text: str) -> None:
    """From 1 on."""
    assert str(shard_of(text)) == text


@pytest.mark.parametrize("text", ["0/8", "9/8", "1", "a/b", "1/0", "-1/2", "1/2/3", ""])
def test_what_is_no_shard(text: str) -> None:
    """Is refused."""
    with pytest.raises(UsageError, match="no shard"):
        shard_of(text)


@pytest.mark.parametrize(
    ("size", "asked", "cores", "jobs"),
    [
        (10**6, 0, 8, 1),
        (10**9, 0, 8, 8),
        (10**9, 0, 1, 1),
        (60 * 2**20, 0, 8, 2),
        (10**6, 3, 1, 3),
        (10**13, 0, 500, 64),
    ],
)
def test_how_many_processes(size: int, asked: int, cores: int, jobs: int) -> None:
    """As many as are asked for, or as have enough to read."""
    assert jobs_for([unit(0, size)], asked=asked, cores=cores) == jobs


@pytest.mark.parametrize(
    ("files", "most"),
    [
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "nonsense"}, None),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
    ],
)
def test_a_container_s_share(files: dict[str, str], most: int | None, tmp_path: Path) -> None:
    """Of either version of cgroups; no more than the cores that there are."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")
    cores = len(os.sched_getaffinity(0))

    assert usable_cores(tmp_path) == (cores if most is None else min(cores, most))


def test_limits_change_nothing_but_the_cuts(tmp_path: Path) -> None:
    """The names and sizes stay."""
    (tmp_path / "log").write_bytes(serving(300))

    sizes = {
        sum(one.size for one in list_units([str(tmp_path)], limits=replace(TINY, piece_bytes=n)).units)
        for n in (999, 10**9)
    }

    assert sizes == {(tmp_path / "log").stat().st_size}
