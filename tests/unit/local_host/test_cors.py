from __future__ import annotations

import azure.functions as func
import pytest
from werkzeug.test import Client, TestResponse

from local_host.cors import Cors
from local_host.functions import HttpFunction
from local_host.server import Host

PAGE = "http://localhost:3000"
ASKS = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,x-functions-key",
}
ALLOWS = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type,x-functions-key",
}


def ask(cors: Cors | None, method: str = "POST", **headers: str) -> TestResponse:
    def hello(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse("hello")

    host = Host([HttpFunction("a", "api/a", (), True, "req", hello)], "a key", cors)
    key = {} if method == "OPTIONS" else {"x-functions-key": "a key"}
    return Client(host).open("/api/a", method=method, headers={**key, **headers})


def permissions(response: TestResponse) -> dict[str, str]:
    return {
        name: value
        for name, value in response.headers.items()
        if name.startswith("Access-Control") or name == "Vary"
    }


@pytest.mark.parametrize(
    ("cors", "expected"),
    [
        (Cors(frozenset({"*"})), {"Access-Control-Allow-Origin": "*"}),
        (Cors(frozenset({PAGE})), {"Access-Control-Allow-Origin": PAGE, "Vary": "Origin"}),
        (
            Cors(frozenset({PAGE, "https://other"}), credentials=True),
            {
                "Access-Control-Allow-Origin": PAGE,
                "Access-Control-Allow-Credentials": "true",
                "Vary": "Origin",
            },
        ),
        (Cors(frozenset({"https://other"})), {}),
        (None, {}),
    ],
)
def test_a_page_of_an_allowed_origin_may_read_the_response(
    cors: Cors | None, expected: dict[str, str]
) -> None:
    response = ask(cors, Origin=PAGE)
    assert (response.status_code, response.text) == (200, "hello")
    assert permissions(response) == expected


def test_a_preflight_is_answered_by_the_host_without_a_key() -> None:
    response = ask(Cors(frozenset({PAGE})), "OPTIONS", Origin=PAGE, **ASKS)
    assert (response.status_code, response.data) == (204, b"")
    expected = {"Access-Control-Allow-Origin": PAGE, "Vary": "Origin", **ALLOWS}
    assert permissions(response) == expected


def test_a_preflight_of_another_origin_gets_no_permission() -> None:
    response = ask(Cors(frozenset({PAGE})), "OPTIONS", Origin="https://other", **ASKS)
    assert (response.status_code, permissions(response)) == (204, {})


def test_where_nothing_is_configured_the_preflight_goes_to_the_function() -> None:
    assert ask(None, "OPTIONS", Origin=PAGE, **ASKS).status_code == 401
