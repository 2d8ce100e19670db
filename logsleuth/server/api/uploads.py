"""Bodies of uploads -> files in the data folder, piece by piece: a multipart form, or one file as it is."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from logsleuth.limits import AnalysisLimits
from logsleuth.server.api.problems import ProblemError
from logsleuth.wording import printable

FORM: Final = b"multipart/form-data"
NAME_CHARS: Final = 200
FIELD_BYTES: Final = 1000  # of a field that is no file
UNPACKED: Final = frozenset({"", "identity", "gzip", "x-gzip", "zstd"})  # told by their first bytes when they are read


class Received:
    """What came with an upload: files by the names that people know them by, and the small fields of the form."""

    def __init__(self, folder: Path, limits: AnalysisLimits) -> None:
        self._folder, self._limits = folder, limits
        self.files: list[tuple[str, str]] = []
        self.fields: dict[str, str] = {}

    def open(self, name: str) -> BinaryIO:
        """A new file under a number; its name is only shown."""
        if len(self.files) >= self._limits.files:
            raise ProblemError(413, f"more than {self._limits.files} files: send fewer, or an archive of them")
        path = self._folder / str(len(self.files))
        self.files.append((_shown(name, self.files), str(path)))
        return path.open("wb")

    def has_content(self) -> bool:
        """Whether there is anything to read."""
        return any(Path(path).stat().st_size for _, path in self.files)


class Form:
    """Takes a multipart body apart as it comes."""

    def __init__(self, boundary: bytes, received: Received) -> None:
        self._received = received
        self._name = self._text = self._value = self._disposition = b""
        self._field = ""
        self._file: BinaryIO | None = None
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_name,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_headers_finished": self._on_headers,
                "on_part_data": self._on_data,
                "on_part_end": self.close,
            },
        )

    def feed(self, data: bytes) -> None:
        """Take some of the body; raises ProblemError."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise ProblemError(400, f"the form cannot be read: {error}") from None

    def close(self) -> None:
        """Nothing more comes of the part."""
        if self._file is not None:
            self._file.close()
        elif self._field:
            self._received.fields[self._field] = self._value.decode("utf-8", "replace")
        self._file, self._field = None, ""

    def _begin(self) -> None:
        self._name = self._text = self._value = b""
        self._field, self._disposition = "", b""
        self._file = None

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._text += data[start:end]

    def _on_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._text
        self._name = self._text = b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            self._file = self._received.open(options[b"filename"].decode("utf-8", "replace"))

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
        elif len(self._value) < FIELD_BYTES:
            self._value += data[start:end][:FIELD_BYTES]


@asynccontextmanager
async def received(request: Request, folder: Path, limits: AnalysisLimits) -> AsyncIterator[Received]:
    """The files of a request, until the end; raises ProblemError."""
    _check(request, limits)
    place = await asyncio.to_thread(_place, folder)
    try:
        found = Received(place, limits)
        try:
            await _receive(request, found, limits)
        except OSError as error:
            raise ProblemError(503, f"the upload cannot be kept: {error.strerror}") from None
        yield found
    finally:
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)


def clear(folder: Path) -> None:
    """Remove what an earlier run left behind."""
    with suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)


def _place(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(tempfile.mkdtemp(dir=folder))


def _check(request: Request, limits: AnalysisLimits) -> None:
    """Refuse what need not be read."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in UNPACKED:
        raise ProblemError(415, f"'{printable(encoding[:40])}' is not taken here: send the file as it is, gzip or zstd")
    size = request.headers.get("content-length", "0")
    if size.isascii() and size.isdigit() and len(size) < 20 and int(size) > limits.upload_bytes:
        raise _too_large(limits)


async def _receive(request: Request, found: Received, limits: AnalysisLimits) -> None:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == FORM:
        if not options.get(b"boundary"):
            raise ProblemError(400, "the form names no boundary")
        form = Form(options[b"boundary"], found)
        try:
            async for data in _pieces(request, limits):
                await asyncio.to_thread(form.feed, data)
        finally:
            form.close()
    else:
        with found.open(request.query_params.get("name", "log")) as file:
            async for data in _pieces(request, limits):
                await asyncio.to_thread(file.write, data)
    if not await asyncio.to_thread(found.has_content):
        raise ProblemError(400, "the upload holds no file: send the log as the body, or as the field 'file' of a form")


async def _pieces(request: Request, limits: AnalysisLimits) -> AsyncIterator[bytes]:
    size = 0
    try:
        async for data in request.stream():
            size += len(data)
            if size > limits.upload_bytes:
                raise _too_large(limits)
            yield data
    except ClientDisconnect:
        raise ProblemError(400, "the upload ended before it was whole") from None


def _too_large(limits: AnalysisLimits) -> ProblemError:
    return ProblemError(
        413, f"more than {limits.upload_bytes} bytes: pack it with gzip or zstd, or use 'logsleuth analyze'"
    )


def _shown(name: str, taken: list[tuple[str, str]]) -> str:
    """The last part of a name, told apart from those before it."""
    shown = printable(name.replace("\\", "/").rsplit("/", 1)[-1].replace("\n", " "))[:NAME_CHARS] or "log"
    names = {each for each, _ in taken}
    return f"{shown}#{len(taken) + 1}" if shown in names else shown
