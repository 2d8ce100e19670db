"""The only module that knows obstore: looks for objects, lists them and fetches ranges of them, with bounded patience.

Credentials, endpoint and region come from the environment, which the library reads by the usual names. Whatever it
raises becomes a SourceError of one line.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TypeVar

from logsleuth.errors import SourceError
from logsleuth.limits import DEFAULT_OBJECT_LIMITS, ObjectLimits
from logsleuth.sources.locations import WEB, Location, locate
from logsleuth.sources.object_errors import CHANGED, STATUS, explained, is_outage
from logsleuth.sources.remote import NoRangesError, RemoteObject

try:
    import obstore
    from obstore import store as stores
    from obstore.exceptions import BaseError, NotSupportedError
except ImportError:
    raise SourceError("needs the library for object stores: pip install 'logsleuth[objects]'") from None

Answer = TypeVar("Answer")
ERRORS: Final = (BaseError, OSError, ValueError, TypeError)
_failures: Final[dict[str, int]] = {}  # of a store: how many requests in a row had no answer, tried again and again


class RefusedError(SourceError):
    """The store has answered, and without a word: so it does where it is asked about a single object."""


class SilentError(SourceError):
    """The store did not answer, or said that it cannot."""


def find(place: Location) -> RemoteObject | None:
    """The object that has exactly this key, if there is one; raises SourceError."""
    try:
        found = _waited_for(lambda: obstore.head(_store(place.root), place.key))
        _failures.pop(place.root, None)
        return _described(place, found)
    except FileNotFoundError:
        return None
    except ERRORS as error:
        is_refused = STATUS.search(str(error)) and not is_outage(error)
        raise (RefusedError if is_refused else SourceError)(explained(error, place.root)) from None


def listed(place: Location, *, limits: ObjectLimits = DEFAULT_OBJECT_LIMITS) -> Iterator[tuple[str, RemoteObject]]:
    """Keys and objects below a place, page by page in the order of their keys; raises SourceError."""
    _failures.pop(place.root, None)  # whoever asks anew has a reason to
    with _explained(place.root):
        pages = iter(obstore.list(_store(place.root), place.key.rstrip("/") or None, chunk_size=limits.page_keys))
        items = (item for page in iter(lambda: _waited_for(lambda: next(pages, None)), None) for item in page)
        for item in islice(items, limits.listed_keys):
            yield item["path"], _described(place, item)
    if next(items, None):
        raise SourceError(f"holds more than {limits.listed_keys} objects; the rest is skipped: name a longer prefix")


def fetch(item: RemoteObject, start: int, end: int) -> bytes:
    """These bytes of the object, which must be the one that was found; raises SourceError."""
    return _waited_for(lambda: _fetched(item, start, end))


def _fetched(item: RemoteObject, start: int, end: int) -> bytes:
    place = locate(item.url)
    with _counted(place.root), _explained(place.root):
        options: dict[str, Any] = {"range": (start, end), **_as_found(item)}
        try:
            result = obstore.get(_store(place.root), place.key, options=options)
        except NotSupportedError:
            raise NoRangesError(f"{place.scheme} server without ranges") from None
        data = bytes(result.bytes())
    if not _is_same(item, result.meta) or len(data) != end - start:
        raise SourceError(CHANGED)
    return data


def stream(item: RemoteObject, *, limits: ObjectLimits = DEFAULT_OBJECT_LIMITS) -> Iterator[bytes]:
    """All bytes of an object, from a server that gives nothing less; raises SourceError."""
    place = locate(item.url)
    with _counted(place.root), _explained(place.root):
        result = obstore.get(_store(place.root), place.key, options=_as_found(item))
        if not _is_same(item, result.meta):
            raise SourceError(CHANGED)
        yield from map(bytes, result.stream(min_chunk_size=limits.range_bytes))


def _waited_for(ask: Callable[[], Answer]) -> Answer:
    """What the library answers, waited for so that Ctrl-C is heard: the library itself waits deaf to signals."""
    if threading.current_thread() is not threading.main_thread():
        return ask()
    return _asking().submit(ask).result()


@lru_cache(maxsize=1)
def _asking() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1)


def _as_found(item: RemoteObject) -> dict[str, str]:
    return {"if_match": item.etag} if item.etag else {}


def _is_same(item: RemoteObject, meta: dict[str, Any]) -> bool:
    """Whether an answer is about the object that was found; not every store heeds `If-Match`."""
    return bool(meta["size"] == item.size and (item.etag is None or meta["e_tag"] == item.etag))


def _described(place: Location, meta: dict[str, Any]) -> RemoteObject:
    return RemoteObject(url=place.url(meta["path"]), size=meta["size"], etag=meta["e_tag"])


@lru_cache(maxsize=DEFAULT_OBJECT_LIMITS.stores)
def _store(root: str) -> Any:  # noqa: ANN401  each kind of store is a class of its own
    """The store of this root; its connections are kept."""
    limits = DEFAULT_OBJECT_LIMITS
    options = {
        "allow_http": True,  # only where whoever runs this names an endpoint or a URL that is no HTTPS
        "timeout": timedelta(seconds=limits.request_seconds),
        "read_timeout": timedelta(seconds=limits.stalled_seconds),
        "connect_timeout": timedelta(seconds=limits.connect_seconds),
    }
    retry = {"max_retries": limits.retries, "retry_timeout": timedelta(seconds=limits.retry_seconds)}
    is_web = root.partition(":")[0] in WEB
    make = stores.HTTPStore.from_url if is_web else stores.from_url
    return make(root, client_options=options, retry_config=retry)


@contextmanager
def _explained(root: str) -> Iterator[None]:
    try:
        yield
    except ERRORS as error:
        kind = SilentError if is_outage(error) else SourceError
        raise kind(explained(error, root)) from None


@contextmanager
def _counted(root: str) -> Iterator[None]:
    """Ask no more of a store that went away: hundreds of objects would each wait as long as the first."""
    if _failures.get(root, 0) >= DEFAULT_OBJECT_LIMITS.silent_requests:
        raise SourceError("the store does not answer any more; it was not asked again")
    try:
        yield
    except SilentError:
        _failures[root] = _failures.get(root, 0) + 1
        raise
    _failures.pop(root, None)
