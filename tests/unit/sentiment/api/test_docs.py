from __future__ import annotations

import json
import subprocess
import sys

import azure.functions as func
import pytest

from sentiment.api.docs import FILES, Documentation
from sentiment.api.http import ProblemError
from sentiment.api.ui import show_page
from tests.support.pythons import ROOT


def request(**route: str) -> func.HttpRequest:
    return func.HttpRequest("GET", "/", route_params=route, body=b"")


@pytest.mark.parametrize("public", [True, False])
def test_the_document_says_whether_a_key_is_needed(public: bool) -> None:
    answer = Documentation(public).openapi(request())
    assert answer.mimetype == "application/json"
    contract = json.loads(answer.get_body())
    assert ("securitySchemes" in contract["components"]) is not public


def test_every_file_that_the_page_names_is_served() -> None:
    documentation = Documentation(public=False)
    page = documentation.page(request()).get_body().decode()
    for name, media_type in FILES.items():
        assert f"/api/docs/{name}" in page
        answer = documentation.file(request(file=name))
        assert answer.mimetype == media_type
        assert answer.get_body()


@pytest.mark.parametrize("name", [None, *FILES])
def test_the_page_and_its_files_are_shut_off_from_other_origins_as_the_web_page_is(
    name: str | None,
) -> None:
    documentation = Documentation(public=False)
    asked = (
        documentation.page(request()) if name is None else documentation.file(request(file=name))
    )
    assert asked.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert asked.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert asked.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in asked.headers["Content-Security-Policy"]
    of_web_page = show_page(func.HttpRequest("GET", "/api/ui", body=b"")).headers
    assert {name for name, _ in asked.headers} == {name for name, _ in of_web_page}


@pytest.mark.parametrize("name", ["", "docs.html", "__init__.py", "../http.py", "index.html"])
def test_no_other_file_is_served(name: str) -> None:
    with pytest.raises(ProblemError, match="nothing at this path"):
        Documentation(public=False).file(request(file=name))


def test_a_start_reads_nothing_of_it() -> None:
    code = "import function_app, sys; print(*sys.modules)"
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = child.stdout.split()
    assert "sentiment.api.docs" in loaded
    assert [name for name in loaded if name.startswith(("sentiment.api.openapi", "flask"))] == []
