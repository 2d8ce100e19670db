"""Objects of a real S3 protocol over HTTP: found, listed page by page, read in ranges, and refused with one line."""

from __future__ import annotations

import functools
import gzip
import http.server
import io
import logging
import pickle
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from logsleuth.api import prepare
from logsleuth.limits import DEFAULT_LIMITS, DEFAULT_OBJECT_LIMITS
from logsleuth.model import Block, Notice, NoticeKind
from logsleuth.pieces import Fold, list_units, read_unit
from logsleuth.pieces.objects import RemoteRanges
from logsleuth.report.document import document, encode
from logsleuth.sources import expand, read
from logsleuth.sources.remote import RemoteObject

pytest.importorskip("obstore", reason="needs the extra `objects`")
pytest.importorskip("moto", reason="needs the extra `clients`")
pytestmark = pytest.mark.clients
ROOT: Final = Path(__file__).parents[2]
SMALL: Final = replace(DEFAULT_OBJECT_LIMITS, range_bytes=1000, ranges_ahead=3)
LINES: Final = b"".join(b"INFO line %d\n" % number for number in range(1000))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3's protocol."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").disabled = True
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of the server, whose environment is that of the test."""
    import boto3

    from logsleuth.sources import objects

    for name, value in (
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "anna"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("AWS_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    objects._store.cache_clear()
    client: Any = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="logs")
    return client


def named(*paths: str, files: int = 1000) -> tuple[list[str], list[str]]:
    """The names of the inputs that these mean, and what is said."""
    inputs, notices = expand(paths, limits=replace(DEFAULT_LIMITS, folder_files=files))
    return [item.name for item in inputs], [f"{notice.where}: {notice.detail}" for notice in notices]


def content(path: str) -> tuple[dict[str, bytes], list[Notice]]:
    """The text of all sources that this means, and what is said."""
    inputs, notices = expand([path], limits=DEFAULT_LIMITS)
    texts: dict[str, bytes] = {}
    said = [*notices]
    for item in inputs:
        for part in read(item, limits=DEFAULT_LIMITS):
            if isinstance(part, Block):
                texts[part.source] = texts.get(part.source, b"") + part.data
            else:
                said.append(part)
    return texts, said


def test_a_prefix_is_a_folder(s3: Any) -> None:
    """In the order of a folder's files, without what no folder would give."""
    for key in (
        "run/rank10.log",
        "run/rank2.log",
        "run/a/x.log",
        "run/model.safetensors",
        "run/.git/x",
        "runner/x.log",
    ):
        s3.put_object(Bucket="logs", Key=key, Body=b"x\n")
    s3.put_object(Bucket="logs", Key="run/empty.log", Body=b"")

    found = [named(f"s3://logs/{path}") for path in ("run", "run/", "run/*.log", "r*/**/x.log", "run/rank2.log")]

    folder = ["s3://logs/run/a/x.log", "s3://logs/run/rank2.log", "s3://logs/run/rank10.log"]
    assert found == [
        (folder, []),
        (folder, []),
        (folder[1:], []),
        ([folder[0], "s3://logs/runner/x.log"], []),
        ([folder[1]], []),
    ]


def test_a_list_has_many_pages_and_an_end(s3: Any) -> None:
    """All pages are read, up to the bound."""
    from moto.s3.models import s3_backends

    store = s3_backends["123456789012"]["aws"]  # at once; over HTTP it would take a minute
    for number in range(2345):
        store.put_object("logs", f"many/{number}.log", b"x")

    inputs, said = named("s3://logs/many", files=5000)
    fewer, bounded = named("s3://logs/many/*", files=1500)

    assert (len(inputs), len(set(inputs)), said) == (2345, 2345, [])
    assert inputs[:3] == [f"s3://logs/many/{number}.log" for number in range(3)]
    assert (len(fewer), bounded) == (1500, ["s3://logs/many/*: has more than 1500 objects; the rest is skipped"])


def test_compressed_objects_and_archives_are_opened(s3: Any) -> None:
    """As local ones are."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("pod/a.log")
        member.size = len(LINES)
        archive.addfile(member, io.BytesIO(LINES))
    s3.put_object(Bucket="logs", Key="packed/a.log.gz", Body=gzip.compress(LINES))
    s3.put_object(Bucket="logs", Key="packed/b.tar.gz", Body=packed.getvalue())

    found = content("s3://logs/packed")

    assert found == ({"s3://logs/packed/a.log.gz": LINES, "s3://logs/packed/b.tar.gz:pod/a.log": LINES}, [])


@pytest.mark.parametrize(("start", "end"), [(0, None), (0, 10), (999, 1001), (2500, 9001), (5000, None), (7, 7)])
def test_any_range_is_read(s3: Any, start: int, end: int | None) -> None:
    """In requests of a few bytes, some of them ahead."""
    s3.put_object(Bucket="logs", Key="range.log", Body=LINES)
    inputs, _ = expand(["s3://logs/range.log"], limits=DEFAULT_LIMITS)
    remote = inputs[0].remote
    assert remote is not None

    with remote.open(start, end, limits=SMALL) as reader:
        parts = list(iter(lambda: reader.read(700), b""))

    assert b"".join(parts) == LINES[start:end]
    assert reader.trouble is None


@pytest.mark.parametrize("until", [0, 1500, 4000, 20_000])
def test_a_piece_is_read_at_any_offset(s3: Any, until: int) -> None:
    """Forwards, back again, and behind its end."""
    s3.put_object(Bucket="logs", Key="piece.log", Body=LINES)
    inputs, _ = expand(["s3://logs/piece.log"], limits=DEFAULT_LIMITS)
    assert inputs[0].remote is not None
    ranges = RemoteRanges(inputs[0].remote, until=until, limits=SMALL)
    places = ((999, 20), (1019, 3000), (0, 10), (4019, 500), (len(LINES) - 5, 100), (len(LINES), 1))

    found = [ranges.read(at, size) for at, size in places]
    ranges.close()

    assert found == [LINES[at : at + size] for at, size in places]
    assert ranges.trouble is None


def test_pieces_of_an_object_make_the_report_of_the_file(s3: Any, cache: str, tmp_path: Path) -> None:
    """Whoever reads which, and through pickles."""
    data = (ROOT / "fixtures" / "oom-four-ranks" / "input.log").read_bytes() + LINES * 20
    s3.put_object(Bucket="logs", Key="cut.log", Body=data)
    (tmp_path / "cut.log").write_bytes(data)
    plan = prepare(cache=Path(cache))
    limits = replace(DEFAULT_LIMITS, piece_bytes=64 * 1024)

    documents = []
    for path in ("s3://logs/cut.log", str(tmp_path / "cut.log")):
        listing = list_units([path], limits=limits)
        fold = Fold(plan, limits=limits, notices=listing.notices)
        for unit in pickle.loads(pickle.dumps(listing.units)):  # noqa: S301  our own
            for part in read_unit(unit, plan, limits=limits):
                fold.absorb(part)
        documents.append((len(listing.units), encode(document(fold.report())).replace(path.encode(), b"cut.log")))

    assert documents[0] == documents[1]
    assert documents[0][0] > 3


def test_an_object_that_is_replaced_is_noticed(s3: Any) -> None:
    """What was read before stands."""
    s3.put_object(Bucket="logs", Key="changing.log", Body=LINES)
    inputs, _ = expand(["s3://logs/changing.log"], limits=DEFAULT_LIMITS)
    s3.put_object(Bucket="logs", Key="changing.log", Body=LINES[::-1])

    parts = list(read(inputs[0], limits=DEFAULT_LIMITS))

    notices = [part for part in parts if isinstance(part, Notice)]
    assert [notice.kind for notice in notices] == [NoticeKind.SOURCE_UNREADABLE]
    assert notices[0].detail.startswith("was changed while it was read")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("s3://logs/none.log", "there is no such object, and no logs below it"),
        ("s3://logs/none/*.log", "matches no logs"),
        ("s3://no-such-bucket/x.log", "cannot be read: there is no such bucket at this endpoint"),
        ("s3:///x.log", "cannot be read: names no bucket"),
    ],
)
def test_what_is_not_there_is_one_line(s3: Any, path: str, said: str) -> None:
    """With what is missing."""
    inputs, notices = named(path)

    assert inputs == []
    assert len(notices) == 1
    assert notices[0].startswith(f"{path}: {said}")


def test_wrong_credentials_are_refused_without_being_shown(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server checks them from now on."""
    import httpx

    from logsleuth.sources import objects

    for name, value in (("ACCESS_KEY_ID", "anna"), ("SECRET_ACCESS_KEY", "hunter2"), ("ENDPOINT_URL", endpoint)):
        monkeypatch.setenv(f"AWS_{name}", value)
    objects._store.cache_clear()
    httpx.post(f"{endpoint}/moto-api/reset-auth", content="0")

    try:
        found = [named(path) for path in ("s3://logs/run/rank2.log", "s3://logs/run/")]
    finally:
        httpx.post(f"{endpoint}/moto-api/reset-auth", content="1000000")

    for inputs, said in found:
        assert inputs == []
        assert len(said) == 1
        assert "the store refuses the credentials" in said[0]
        assert "hunter2" not in said[0]


def test_an_endpoint_that_is_down_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few tries."""
    from logsleuth.sources import objects

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anna")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    objects._store.cache_clear()

    inputs, said = named("s3://logs/x.log")

    assert inputs == []
    assert len(said) == 1
    assert "127.0.0.1:1 refuses connections" in said[0]


def test_a_store_that_goes_down_is_not_waited_for_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few objects, the others are given up at once."""
    from logsleuth.sources import objects

    for name, value in (("ENDPOINT_URL", "http://127.0.0.1:1"), ("ACCESS_KEY_ID", "anna"), ("SECRET_ACCESS_KEY", "x")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(objects, "DEFAULT_OBJECT_LIMITS", replace(DEFAULT_OBJECT_LIMITS, retries=0))
    objects._store.cache_clear()
    said = []
    for number in range(200):
        with RemoteObject(url=f"s3://down/{number}.log", size=10).open() as reader:
            assert reader.read(10) == b""
            said.append(reader.trouble.detail if reader.trouble else "")
    objects._store.cache_clear()

    assert ["refuses connections" in line for line in said[:4]] == [True, True, True, False]
    assert set(said[3:]) == {"reading failed: the store does not answer any more; it was not asked again"}


def test_a_name_that_cannot_be_asked_for_is_one_line(s3: Any) -> None:
    """With what may be wrong with it."""
    found = [named(f"s3://logs/{key}") for key in ("a//b.log", "a/../b.log", "a/\x1b.log")]

    assert [inputs for inputs, _ in found] == [[], [], []]
    assert all("a name that cannot be read" in said[0] for _, said in found), found


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's own server, which knows no ranges."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its own name for it
        """Say nothing."""


def test_a_web_server_without_ranges_is_read_from_the_front(tmp_path: Path) -> None:
    """As a whole, of which the rest is passed over."""
    (tmp_path / "a.log").write_bytes(LINES)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/a.log"
        found = content(url)
        missing = named(f"{url}.1")
        with RemoteObject(url=url, size=len(LINES)).open(100, 250, limits=SMALL) as reader:
            part = reader.read(1000)
        server.shutdown()

    assert found == ({url: LINES}, [])
    assert part == LINES[100:250]
    assert missing == ([], [f"{url}.1: cannot be read: there is no such object"])
