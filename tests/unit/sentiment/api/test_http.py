from __future__ import annotations

import azure.functions as func
import pytest

from sentiment.api.http import client_network, respond


@pytest.mark.parametrize(
    ("header", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:50123", "192.0.2.1"),
        ("1.1.1.1, 10.0.0.1,192.0.2.1:50123 ", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3:4:5:6]:50123", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:1", "192.0.2.1"),
        ("192.0.2.1,", None),
        ("192.0.2.1, unknown", None),
        ("[", None),
        ("192.0.2.1:1:2", None),
        ("192.0.2.256", None),
        ("é", None),
        ("", None),
    ],
)
def test_a_client_is_known_by_the_last_address(header: str, network: str | None) -> None:
    request = func.HttpRequest("POST", "/", headers={"X-Forwarded-For": header}, body=b"")
    assert client_network(request) == network


def test_without_the_header_a_client_is_unknown() -> None:
    assert client_network(func.HttpRequest("POST", "/", body=b"")) is None


def test_an_unexpected_error_is_a_problem_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_request: func.HttpRequest) -> func.HttpResponse:
        raise RuntimeError("zebra")

    response = respond(func.HttpRequest("POST", "/", body=b"zebra"), {"POST": fail})
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert "RuntimeError" in caplog.text
    assert "zebra" not in response.get_body().decode() + caplog.text
