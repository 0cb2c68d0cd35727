"""Pages and files for a browser: compressed where it can be, and sent once as long as they last."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import azure.functions as func
import msgspec

from sentiment.api.problems import no_such_path

CACHE_CONTROL = "no-cache"
"""A browser may keep a page, but asks each time whether it is still right."""

_WEB = Path(__file__).parent.parent / "web"
_OWN_ORIGIN = MappingProxyType(
    {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
)
_SHUT_OFF = MappingProxyType(
    {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
    }
)


class Page(msgspec.Struct, frozen=True, dict=True):
    """What a browser is sent.

    Attributes:
        content: The bytes; what is sent twice is compressed once.
        media_type: Such as ``text/html``.
        headers: Further headers, such as a Content-Security-Policy.
    """

    content: bytes
    media_type: str
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)

    @cached_property
    def etag(self) -> str:
        """The weak ETag of the content: it is the same for every encoding."""
        return f'W/"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    @cached_property
    def packed(self) -> bytes:
        """The content under gzip."""
        return gzip.compress(self.content, mtime=0)

    def respond(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answer a GET: 304 where the client holds the page already."""
        headers = {
            "Cache-Control": CACHE_CONTROL,
            "ETag": self.etag,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            **self.headers,
        }
        if _holds(request.headers.get("if-none-match", ""), self.etag):
            return func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
        body = self.content
        if _takes_gzip(request.headers.get("accept-encoding", "")):
            body = self.packed
            headers["Content-Encoding"] = "gzip"
        return func.HttpResponse(body, headers=headers, mimetype=self.media_type, charset="utf-8")


class Site(msgspec.Struct, frozen=True, dict=True):
    """A page and the files that it loads, which other origins cannot use.

    Attributes:
        page: The page's file in ``sentiment/web``.
        files: The media types of the files that it loads, by their names.
        policy: What its Content-Security-Policy has beyond scripts, styles, images and data of its
            own origin, by directive.
        package: An installed package with those of the files that are not in ``sentiment/web``.
    """

    page: str
    files: Mapping[str, str]
    policy: Mapping[str, str]
    package: str = ""
    _pages: dict[str, Page] = msgspec.field(default_factory=dict)

    def show_page(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answer a GET of the page.

        An address that ends in a slash is redirected: those in a page are relative, so that a
        gateway may serve it below a path of its own.
        """
        path = urlsplit(request.url).path
        if path.endswith("/"):
            name = path.rstrip("/").rpartition("/")[2]
            return func.HttpResponse(status_code=308, headers={"Location": f"../{name}"})
        return self._page(self.page, "text/html").respond(request)

    def show_file(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answer a GET of the file that a route ending in ``{file}`` asks for.

        Raises:
            ProblemError: 404, the page has no such file.
        """
        name = request.route_params.get("file", "")
        if name not in self.files:
            raise no_such_path()
        return self._page(name, self.files[name]).respond(request)

    def _page(self, name: str, media_type: str) -> Page:
        if name not in self._pages:
            rules = {**_OWN_ORIGIN, **self.policy}.items()
            policy = "; ".join(f"{directive} {sources}" for directive, sources in rules)
            headers = {"Content-Security-Policy": policy, **_SHUT_OFF}
            self._pages[name] = Page(self._find(name).read_bytes(), media_type, headers)
        return self._pages[name]

    def _find(self, name: str) -> Path:
        # Found, not imported: importing it would bring in a web framework that serves nothing here.
        spec = find_spec(self.package) if self.package else None
        own = _WEB / name
        if own.is_file() or spec is None or not spec.submodule_search_locations:
            return own
        return Path(spec.submodule_search_locations[0]) / "dist" / name


def _holds(if_none_match: str, etag: str) -> bool:
    held = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in held or etag.removeprefix("W/") in held


def _takes_gzip(accept_encoding: str) -> bool:
    for each in accept_encoding.lower().split(","):
        coding, _, weight = each.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" if weight else True
    return False
