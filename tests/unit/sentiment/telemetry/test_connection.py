from __future__ import annotations

import pytest

from sentiment.telemetry.connection import AUTHENTICATION, CONNECTION, Connection, read_connection

GUID = "00000000-0000-0000-0000-00000000000a"
STRING = f"InstrumentationKey={GUID};IngestionEndpoint=https://westeurope-5.in.example.net/"


def read(string: str, authentication: str = "") -> tuple[Connection | None, list[str]]:
    problems: list[str] = []
    settings = {CONNECTION: string, AUTHENTICATION: authentication}
    return read_connection(settings, problems), problems


def test_without_a_connection_string_there_is_no_telemetry_and_no_problem() -> None:
    assert read_connection({}, problems := []) is None
    assert read("  ") == (None, [])
    assert problems == []


def test_a_connection_string_is_taken_as_the_portal_shows_it() -> None:
    for string in (STRING, f"{STRING};LiveEndpoint=https://live.example.net/;ApplicationId={GUID}"):
        assert read(string) == (Connection(string), [])


@pytest.mark.parametrize(
    ("authentication", "client_id"),
    [("Authorization=AAD", ""), (f"Authorization=AAD;ClientId={GUID}", GUID)],
)
def test_an_identity_signs_in_where_the_setting_says_so(
    authentication: str, client_id: str
) -> None:
    found, problems = read(STRING, authentication)
    assert found == Connection(STRING, signs_in=True, client_id=client_id)
    assert problems == []


@pytest.mark.parametrize(
    "authentication", ["AAD", "Authorization=Basic", "Authorization=AAD;ClientId=me", ";;", "="]
)
def test_a_malformed_authentication_is_named_with_what_is_expected(authentication: str) -> None:
    found, (problem,) = read(STRING, authentication)
    assert found == Connection(STRING)
    assert AUTHENTICATION in problem
    assert "Authorization=AAD" in problem


@pytest.mark.parametrize(
    "string",
    [
        "garbage",
        f"InstrumentationKey={GUID}",
        f"InstrumentationKey={GUID};IngestionEndpoint=ftp://example.net",
        f"InstrumentationKey={GUID};IngestionEndpoint=https://[half",
        f"{STRING};",
        STRING.replace(GUID, "1234"),
    ],
)
def test_a_malformed_connection_string_is_named_with_what_is_expected(string: str) -> None:
    found, (problem,) = read(string)
    assert found is None
    assert CONNECTION in problem
    assert "InstrumentationKey=GUID;IngestionEndpoint=https://" in problem
    assert string not in problem


def test_the_string_is_in_no_representation() -> None:
    assert GUID not in repr(Connection(STRING))
