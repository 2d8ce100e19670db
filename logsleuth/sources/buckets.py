"""A URL that a person names in, the objects that it means out: one, those below a prefix, or those of a pattern."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import takewhile

from logsleuth.errors import SourceError
from logsleuth.limits import Limits
from logsleuth.model import Notice, NoticeKind, Where
from logsleuth.sources.folders import is_pattern, may_be_log, natural_key
from logsleuth.sources.locations import Location, locate, shown
from logsleuth.sources.remote import RemoteObject

Parts = tuple[str, ...]
Named = tuple[Parts, RemoteObject]


def objects(url: str, *, limits: Limits) -> Iterator[RemoteObject | Notice]:
    """The objects that `url` means, in natural order; what cannot be found or listed becomes a notice."""
    try:
        place = locate(url)
        if is_pattern(place.key) and place.is_listable:
            yield from _several(place, limits=limits)
        else:
            yield from _one(place, limits=limits)
    except SourceError as error:
        yield _notice(NoticeKind.SOURCE_UNREADABLE, shown(url), f"cannot be read: {error}")


def _one(place: Location, *, limits: Limits) -> Iterator[RemoteObject | Notice]:
    """The object of this key, or what lies below it."""
    from logsleuth.sources.objects import RefusedError, find

    is_folder = not place.key or place.key.endswith("/")
    refusal: SourceError | None = None
    try:
        found = None if is_folder and place.is_listable else find(place)
    except RefusedError as error:
        found, refusal = None, error
    if found is not None:
        yield found
        return
    below = tuple(_several(place, limits=limits)) if place.is_listable else ()
    if refusal and not any(isinstance(item, RemoteObject) for item in below):
        raise refusal
    if not place.is_listable:
        raise SourceError("there is no such object")
    yield from below


def _several(place: Location, *, limits: Limits) -> Iterator[RemoteObject | Notice]:
    name = shown(place.url(place.key))
    found, trouble = _listed(place, limits=limits)
    if trouble and not found:
        raise trouble
    yield from (item for _, item in sorted(found[: limits.folder_files], key=_order))
    if trouble:
        yield _notice(NoticeKind.SOURCE_UNREADABLE, name, f"cannot be listed to its end: {trouble}")
    elif len(found) > limits.folder_files:
        yield _notice(NoticeKind.LIMIT, name, f"has more than {limits.folder_files} objects; the rest is skipped")
    elif not found:
        detail = "matches no logs" if is_pattern(place.key) else "there is no such object, and no logs below it"
        yield _notice(NoticeKind.SOURCE_UNREADABLE, name, detail)


def _listed(place: Location, *, limits: Limits) -> tuple[list[Named], SourceError | None]:
    """What a prefix or a pattern means, one more than may be read at most, and what ended the list early."""
    from logsleuth.sources.objects import listed

    pattern = _parts(place.key)
    prefix = tuple(takewhile(lambda part: not is_pattern(part), pattern))
    found: list[Named] = []
    try:
        for key, item in listed(Location(root=place.root, key="/".join(prefix))):
            parts = _parts(key)
            if item.size and _means(pattern[len(prefix) :], parts[len(prefix) :]):
                found.append((parts, item))
            if len(found) > limits.folder_files:
                break
    except SourceError as error:
        return found, error
    return found, None


def _order(item: Named) -> list[tuple[list[tuple[str, int]], str]]:
    """As the same files are read from a folder."""
    return [natural_key(part) for part in item[0]]


def _parts(key: str) -> Parts:
    parts = [part for part in key.split("/") if part]
    # `**/**` means no more than `**`
    return tuple(part for part, before in zip(parts, ["", *parts], strict=False) if (part, before) != ("**", "**"))


def _means(pattern: Parts, key: Parts) -> bool:
    """Whether a pattern means this key, or a folder above it."""
    if not pattern:
        return all(map(may_be_log, key))
    if not key:
        return False
    if pattern[0] == "**":
        return _means(pattern[1:], key) or (may_be_log(key[0]) and _means(pattern, key[1:]))
    return _may_stand(key[0], pattern[0]) and _means(pattern[1:], key[1:])


def _may_stand(name: str, part: str) -> bool:
    if not is_pattern(part):
        return name == part
    return fnmatchcase(name, part) and (not may_be_log(part) or may_be_log(name))


def _notice(kind: NoticeKind, source: str, detail: str) -> Notice:
    return Notice(kind=kind, where=Where(source=source), detail=detail)
