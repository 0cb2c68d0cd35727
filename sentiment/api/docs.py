"""``GET /api/docs``: a page that renders the OpenAPI document.

The page is Swagger UI, whose files an installed package brings; nothing of it is imported.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import azure.functions as func

from sentiment.api.pages import Page, asked_file, page_headers, without_slash

FILES = MappingProxyType(
    {
        "docs.js": "text/javascript",
        "favicon-32x32.png": "image/png",
        "swagger-ui-bundle.js": "text/javascript",
        "swagger-ui.css": "text/css",
    }
)
"""The files that the page loads, and their media types."""

CSP_EXCEPTIONS = ("img-src data:, since Swagger UI's styles hold their icons",)
"""What the page may do besides loading files from its own origin, and why."""

HEADERS = page_headers({"img-src": "'self' data:"})
"""What the page and each of its files carry."""

_OWN_FILES = Path(__file__).parent.parent / "web"
_PACKAGE = "flask_swagger_ui"


def show_page(request: func.HttpRequest) -> func.HttpResponse:
    """Answer ``GET /api/docs``."""
    return without_slash(request) or _page().respond(request)


def show_file(request: func.HttpRequest) -> func.HttpResponse:
    """Answer ``GET /api/docs/{file}``.

    Raises:
        ProblemError: 404, the page has no such file.
    """
    return _file(asked_file(request, FILES)).respond(request)


@cache
def _page() -> Page:
    return Page((_OWN_FILES / "docs.html").read_bytes(), "text/html", HEADERS)


@cache
def _file(name: str) -> Page:
    own = _OWN_FILES / name
    path = own if own.is_file() else _package_files() / name
    return Page(path.read_bytes(), FILES[name], HEADERS)


def _package_files() -> Path:
    # Found, not imported: importing it would bring in a web framework that serves nothing here.
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"The package {_PACKAGE} is not installed.")
    return Path(spec.submodule_search_locations[0]) / "dist"
