"""Pages and files for a browser: compressed where it can be, and sent once as long as they last."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import urlsplit

import azure.functions as func

from sentiment.api.problems import no_such_path

CACHE_CONTROL = "no-cache"
"""A browser may keep a page, but asks each time whether it is still right."""

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


def page_headers(changes: Mapping[str, str]) -> Mapping[str, str]:
    """Return what a page and each of its files carry, so that other origins cannot use them.

    Its Content-Security-Policy lets the page load scripts, styles, images and data of its own
    origin.

    Args:
        changes: To that policy, by directive: other sources, or those of a further directive.
    """
    policy = "; ".join(f"{name} {sources}" for name, sources in {**_OWN_ORIGIN, **changes}.items())
    return MappingProxyType({"Content-Security-Policy": policy, **_SHUT_OFF})


def asked_file(request: func.HttpRequest, files: Mapping[str, str]) -> str:
    """Return which of a page's files a route ending in ``{file}`` asks for.

    Raises:
        ProblemError: 404, the page has no such file.
    """
    name: str = request.route_params.get("file", "")
    if name not in files:
        raise no_such_path()
    return name


def without_slash(request: func.HttpRequest) -> func.HttpResponse | None:
    """Return the redirection of a page's address that ends in a slash; None for any other.

    Addresses in a page are relative, so that a gateway may serve it below a path of its own.
    """
    path = urlsplit(request.url).path
    if not path.endswith("/"):
        return None
    name = path.rstrip("/").rpartition("/")[2]
    return func.HttpResponse(status_code=308, headers={"Location": f"../{name}"})


@dataclass(frozen=True)
class Page:
    """What a browser is sent.

    Attributes:
        content: The bytes; what is sent twice is compressed once.
        media_type: Such as ``text/html``.
        headers: Further headers, such as a Content-Security-Policy.
    """

    content: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)

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


def _holds(if_none_match: str, etag: str) -> bool:
    held = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in held or etag.removeprefix("W/") in held


def _takes_gzip(accept_encoding: str) -> bool:
    for each in accept_encoding.lower().split(","):
        coding, _, weight = each.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" if weight else True
    return False
