"""``GET /api/ui``: the web page, whose files are a fixed table, none with inline code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType

import azure.functions as func

from sentiment.api.pages import Page, asked_file, page_headers, without_slash

_SCRIPTS = (
    "api.js",
    "app.js",
    "card.js",
    "csv.js",
    "dom.js",
    "i18n.js",
    "key.js",
    "translations.js",
    "words.js",
)
FILES = MappingProxyType(
    {
        **dict.fromkeys(_SCRIPTS, "text/javascript"),
        "icon.svg": "image/svg+xml",
        "style.css": "text/css",
    }
)
"""The files that the page loads, and their media types."""

HEADERS = page_headers({"require-trusted-types-for": "'script'", "trusted-types": "'none'"})
"""What the page and each of its files carry."""

_FOLDER = Path(__file__).parent.parent / "web"
_INDEX = "index.html"


def show_page(request: func.HttpRequest) -> func.HttpResponse:
    """Answer ``GET /api/ui``."""
    return without_slash(request) or _page(_INDEX, "text/html").respond(request)


def show_file(request: func.HttpRequest) -> func.HttpResponse:
    """Answer ``GET /api/ui/{file}``.

    Raises:
        ProblemError: 404, the page has no such file.
    """
    name = asked_file(request, FILES)
    return _page(name, FILES[name]).respond(request)


@cache
def _page(name: str, media_type: str) -> Page:
    return Page((_FOLDER / name).read_bytes(), media_type, HEADERS)
