from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import azure.functions as func
import pytest

from sentiment.api.docs import FILES, show_file, show_page
from sentiment.api.problems import ProblemError
from sentiment.api.ui import show_page as show_web_page


def get(url: str, **route: str) -> func.HttpRequest:
    return func.HttpRequest("GET", url, route_params=route, body=b"")


@pytest.mark.parametrize("prefix", ["/api", "/shop/v1/api", "/another", ""])
def test_the_page_finds_its_files_and_the_document_below_any_path(prefix: str) -> None:
    url = f"https://example.org{prefix}/docs"
    page = show_page(get(url)).get_body().decode()
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    script = show_file(get(f"{url}/docs.js", file="docs.js")).get_body().decode()
    named += re.findall(r'url: "([^"]+)"', script)
    expected = {f"{prefix}/docs/{name}" for name in FILES} | {f"{prefix}/openapi.json"}
    assert {urlsplit(urljoin(url, each)).path for each in named} == expected


def test_a_slash_at_the_end_is_redirected() -> None:
    response = show_page(get("https://example.org/shop/api/docs/"))
    assert (response.status_code, response.headers["Location"]) == (308, "../docs")


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_page_is_served(name: str) -> None:
    response = show_file(get("/api/docs/x", file=name))
    assert response.mimetype == FILES[name]
    assert response.get_body()


@pytest.mark.parametrize("name", [None, "docs.js"])
def test_the_page_and_its_files_are_shut_off_from_other_origins_as_the_web_page_is(
    name: str | None,
) -> None:
    asked = (
        show_page(get("/api/docs")) if name is None else show_file(get("/api/docs/x", file=name))
    )
    assert asked.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "default-src 'none'" in asked.headers["Content-Security-Policy"]
    of_web_page = show_web_page(get("/api/ui")).headers
    assert {name for name, _ in asked.headers} == {name for name, _ in of_web_page}


@pytest.mark.parametrize("name", ["", "docs.html", "__init__.py", "../http.py", "index.html"])
def test_no_other_file_is_served(name: str) -> None:
    with pytest.raises(ProblemError, match="nothing at this path"):
        show_file(get("/api/docs/x", file=name))
