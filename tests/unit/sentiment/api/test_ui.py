from __future__ import annotations

import re

import azure.functions as func
import pytest

from sentiment.api.http import respond
from sentiment.api.ui import FILES, show_file, show_page

URL = "http://localhost/api/ui"


def get(name: str | None = None, url: str = URL, **headers: str) -> func.HttpResponse:
    """Ask for the page, or for one of its files."""
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    params = {} if name is None else {"file": name}
    request = func.HttpRequest("GET", url, headers=given, route_params=params, body=b"")
    return respond(request, {"GET": show_page if name is None else show_file})


@pytest.mark.parametrize("name", [None, *FILES])
def test_each_file_is_sent_with_its_type_and_a_strict_policy(name: str | None) -> None:
    response = get(name)
    assert response.status_code == 200
    assert response.mimetype == ("text/html" if name is None else FILES[name])
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.get_body()


@pytest.mark.parametrize(
    "name", ["", "index.html", "no.js", "../settings.py", "..", "/etc/passwd", "APP.JS", "app.js\0"]
)
def test_no_other_file_is_sent(name: str) -> None:
    response = get(name)
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")


def test_a_slash_at_the_end_is_sent_away() -> None:
    response = get(url=f"{URL}/")
    assert (response.status_code, response.headers["Location"]) == (308, "../ui")


def test_the_page_holds_no_code_and_names_no_other_origin() -> None:
    html = get().get_body().decode()
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", html)
    for name in (None, *FILES):
        content = get(name).get_body().decode().replace("http://www.w3.org/2000/svg", "")
        assert "://" not in content


def test_the_page_loads_exactly_the_files_that_are_served() -> None:
    html = get().get_body().decode()
    assert set(re.findall(r'(?:src|href)="ui/([^"]+)"', html)) == set(FILES)
