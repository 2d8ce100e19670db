"""Values in, pages out: everything is escaped for HTML, and control characters are spelled out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from logsleuth.server.api.problems import ProblemError
from logsleuth.server.api.web import Web, granted, web_of
from logsleuth.server.pages.texts import reason, text
from logsleuth.server.tokens import Right
from logsleuth.wording import Language, printable

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
COOKIE: Final = "logsleuth_lang"
COOKIE_SECONDS: Final = 365 * 24 * 3600
SECOND_NS: Final = 1_000_000_000
KIBI: Final = 1024
NAME: Final = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
CODE: Final = Markup("<code>{}</code>")
VARIABLE: Final = Markup("<var>{}</var>")
MARKED: Final = Markup("<mark>{}</mark>")
TIME: Final = Markup('<time datetime="{}">{}</time>')
WEB_SCHEMES: Final = ("https://", "http://")
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One request for a page: who asks for it, in which language."""

    request: Request
    web: Web
    language: str
    can_manage: bool
    now_ns: int

    @property
    def tenant(self) -> str | None:
        """The tenant that was chosen, or None for all."""
        return self.request.query_params.get("tenant") or None

    def page(self, name: str, values: Mapping[str, object], status: int = 200) -> Response:
        """A page from its template."""
        shown = (
            environment()
            .get_template(name)
            .render(
                {
                    **values,
                    "t": partial(text, language=self.language),
                    "lang": self.language,
                    "can_manage": self.can_manage,
                    "now_ns": self.now_ns,
                    "path": self.request.url.path,
                    "tenant": self.tenant,
                    "link": partial(_link, self.tenant),
                    "switch": self._switch(),
                    "origin": f"{self.request.url.scheme}://{self.request.url.netloc}",
                }
            )
        )
        response = HTMLResponse(shown, status)
        if self.request.query_params.get("lang") in tuple(Language):
            response.set_cookie(
                COOKIE, self.language, max_age=COOKIE_SECONDS, path="/ui", httponly=True, samesite="lax"
            )
        return response

    def _switch(self) -> str:
        """The same page in the other language."""
        other = "en" if self.language == "zh" else "zh"
        fields = [(name, value) for name, value in self.request.query_params.multi_items() if name != "lang"]
        return f"{self.request.url.path}?{urlencode([*fields, ('lang', other)])}"


def screen(request: Request) -> Screen:
    """The screen of somebody who may read; raises ProblemError."""
    granted(request, Right.READ)
    return screen_of(request, can_manage=_can_manage(request))


def screen_of(request: Request, *, can_manage: bool = False) -> Screen:
    """A screen without asking who looks at it."""
    web = web_of(request)
    return Screen(
        request=request,
        web=web,
        language=language_of(request, web.language),
        can_manage=can_manage,
        now_ns=web.clock_ns(),
    )


def language_of(request: Request, usual: str) -> str:
    """The language that was asked for, now or before, or that the browser prefers."""
    for wish in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if wish in tuple(Language):
            return str(wish)
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else usual


@cache
def environment() -> Environment:
    """The templates; a name that is not given is a mistake, and raises."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters.update(
        {
            "time": time_of,
            "hour": hour,
            "ago": ago,
            "size": size,
            "number": number,
            "share": share,
            "web": web_only,
            "prose": prose,
            "asset": asset,
            "plain": plain,
            "marked": marked,
            "reason": reason,
        }
    )
    return made


def _shown(value: object) -> object:
    """Text with its controls spelled out; what is markup stays."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable(value)


def _link(tenant: str | None, path: str, **fields: object) -> str:
    """A path with the fields that are given, and with the tenant that was chosen."""
    given = {name: str(value) for name, value in {"tenant": tenant, **fields}.items() if value not in {None, ""}}
    return f"{path}?{urlencode(given)}" if given else path


def time_of(time_ns: int | None) -> Markup:
    """A moment in UTC, of which the script tells the local time."""
    if time_ns is None:
        return Markup("–")
    moment = datetime.fromtimestamp(time_ns // SECOND_NS, UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"), moment.strftime("%Y-%m-%d %H:%M:%SZ")
    )


def hour(time_ns: int, *, with_day: bool = False) -> str:
    """A moment within a day, in UTC."""
    return datetime.fromtimestamp(time_ns // SECOND_NS, UTC).strftime("%m-%d %H:%M" if with_day else "%H:%M")


def ago(time_ns: int, now_ns: int) -> str:
    """How long ago something was, short: 40s, 12m, 3h, 5d."""
    seconds = max(now_ns - time_ns, 0) // SECOND_NS
    for unit_s, name in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "m")):
        if seconds >= unit_s:
            return f"{seconds // unit_s}{name}"
    return f"{seconds}s"


def size(count: float) -> str:
    """A number of bytes with its unit."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < KIBI:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= KIBI
    return f"{count:.1f} TiB"


def number(count: int) -> str:
    """A number with its thousands apart."""
    return f"{count:,}"


def share(part: float) -> str:
    """A share of one as percent."""
    return f"{part:.0%}"


def web_only(address: str) -> str:
    """An address that a browser may open, or nothing."""
    return address if address.startswith(WEB_SCHEMES) else ""


def plain(said: str) -> str:
    """A text of the catalog with its optional parts."""
    return said.replace("[[", "").replace("]]", "")


def prose(said: str, *, with_names: bool = False) -> Markup:
    """A text of the catalog: what stands in backticks is code; `with_names`, what stands in braces is a variable."""
    pieces = printable(plain(said)).split("`")
    if len(pieces) % 2 == 0:
        return escape("`".join(pieces))
    return Markup().join(
        CODE.format(piece) if index % 2 else (_with_names(piece) if with_names else escape(piece))
        for index, piece in enumerate(pieces)
    )


def _with_names(said: str) -> Markup:
    """The names of facts, for which a signature's texts have places."""
    return Markup().join(
        VARIABLE.format(piece) if index % 2 else escape(piece) for index, piece in enumerate(NAME.split(said))
    )


def marked(said: str, sought: str) -> Markup:
    """A line in which what was sought stands out."""
    pieces = said.split(sought) if sought else [said]
    return MARKED.format(printable(sought)).join(escape(printable(piece)) for piece in pieces)


@cache
def asset(name: str) -> str:
    """The path of a static file; it changes with its content, so that browsers may keep it."""
    digest = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/ui/static/{name}?v={digest}"


def _can_manage(request: Request) -> bool:
    """Whether forms are worth showing."""
    try:
        granted(request, Right.MANAGE)
    except ProblemError:
        return False
    return True
