"""URLs of objects in, the store and the key that they mean out; no secret of a URL gets any further."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from logsleuth.errors import SourceError
from logsleuth.lazy import lazy

URL: Final = lazy(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,15})://(?P<rest>.*)", re.DOTALL)
LISTABLE: Final = frozenset({"s3", "s3a", "gs", "az", "azure", "abfs", "abfss"})
WEB: Final = frozenset({"http", "https"})
STREAMS: Final = frozenset({"kafka"})
WITH_CONTAINER: Final = frozenset({"abfs", "abfss"})  # abfss://container@account.dfs.core.windows.net/key
LOCAL_HOSTS: Final = frozenset({"", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in an object store: `root` names the store (`s3://bucket`), `key` what is in it."""

    root: str
    key: str

    @property
    def scheme(self) -> str:
        """How the store is spoken to."""
        return self.root.partition(":")[0]

    @property
    def is_listable(self) -> bool:
        """Whether the store can tell what it holds."""
        return self.scheme in LISTABLE

    def url(self, key: str) -> str:
        """The name of another object of the same store."""
        return f"{self.root}/{key}"


def is_remote(path: str) -> bool:
    """Whether `path` is a URL that is not read from the disk."""
    match = URL.match(path)
    return match is not None and match["scheme"].lower() in LISTABLE | WEB | STREAMS


def local_path(path: str) -> str:
    """The path that a URL of a local file means; any other path as it is."""
    match = URL.match(path)
    if match is None or match["scheme"].lower() != "file":
        return path
    host, slash, rest = match["rest"].partition("/")
    return str(Path(slash + unquote(rest))) if host in LOCAL_HOSTS and slash else path


def locate(url: str) -> Location:
    """The place that `url` means; raises SourceError, which never holds what the URL gives away."""
    match = URL.match(url)
    if match is None:
        raise SourceError("is no URL of an object")
    scheme = match["scheme"].lower()
    if scheme in STREAMS:
        raise SourceError("is a stream and no log with an end: read it with `logsleuth consume`")
    authority, _, key = match["rest"].partition("/")
    if _has_secret(scheme, authority):
        raise SourceError("holds credentials: leave them out of the URL and put them into the environment")
    if scheme in WEB and "?" in key:
        raise SourceError("has a query, which may be a secret: fetch it and pipe it in (curl -fsS URL | logsleuth ...)")
    if not authority:
        raise SourceError("names no bucket: write s3://BUCKET/KEY")
    return Location(root=f"{scheme}://{authority}", key=unquote(key) if scheme in WEB else key)


def shown(url: str) -> str:
    """The URL without what it may give away."""
    match = URL.match(url)
    if match is None:
        return url
    scheme = match["scheme"].lower()
    authority, slash, key = match["rest"].partition("/")
    if _has_secret(scheme, authority):
        authority = f"***@{authority.rpartition('@')[2]}"
    key, mark, _ = key.partition("?") if scheme in WEB | STREAMS else (key, "", "")
    return f"{scheme}://{authority}{slash}{key}{'?***' if mark else ''}"


def _has_secret(scheme: str, authority: str) -> bool:
    user, at, _ = authority.rpartition("@")
    return bool(at) and (scheme not in WITH_CONTAINER or ":" in user)
