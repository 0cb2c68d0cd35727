"""Where telemetry goes, as the settings say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTION = "APPLICATIONINSIGHTS_CONNECTION_STRING"
AUTHENTICATION = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EXPECTED = (
    "InstrumentationKey=GUID;IngestionEndpoint=https://…, as the overview of the Application"
    " Insights resource shows it"
)


@dataclass(frozen=True)
class Connection:
    """An Application Insights resource.

    Attributes:
        string: The connection string; it can hold a key, and no representation shows it.
        signs_in: Whether a managed identity signs in; without, the key in the string is enough.
        client_id: Which user-assigned identity; "" for the system-assigned one.
    """

    string: str = field(repr=False)
    signs_in: bool = False
    client_id: str = ""


def read_connection(environment: Mapping[str, str], problems: list[str]) -> Connection | None:
    """Return the resource that the settings name, or None where they name none.

    Args:
        environment: The app settings.
        problems: Takes a sentence for each setting that cannot be used; no value is repeated.
    """
    string = environment.get(CONNECTION, "").strip()
    if not string:
        return None
    parts = _parts(string)
    identified = is_guid(parts.get("instrumentationkey", ""))
    if not identified or not _is_address(parts.get("ingestionendpoint", "")):
        problems.append(f"{CONNECTION} is malformed; no telemetry is sent. Expected: {_EXPECTED}.")
        return None
    return _signing_in(string, environment.get(AUTHENTICATION, "").strip(), problems)


def is_guid(text: str) -> bool:
    """Return whether a text is an id as Azure writes it."""
    return bool(_GUID.fullmatch(text.lower()))


def _signing_in(string: str, authentication: str, problems: list[str]) -> Connection:
    if not authentication:
        return Connection(string)
    parts = _parts(authentication)
    client_id = parts.get("clientid", "")
    known = parts.get("authorization", "").upper() == "AAD"
    if known and (not client_id or is_guid(client_id)):
        return Connection(string, signs_in=True, client_id=client_id)
    problems.append(
        f"{AUTHENTICATION} is malformed; telemetry is sent without signing in."
        " Expected: Authorization=AAD, and ;ClientId=GUID for a user-assigned identity."
    )
    return Connection(string)


def _parts(string: str) -> dict[str, str]:
    """Return the pairs, names in lower case; none where the exporter could not split them."""
    pairs = [part.split("=") for part in string.split(";")]
    if any(len(pair) != 2 for pair in pairs):
        return {}
    return {name.lower(): value for name, value in pairs}


def _is_address(endpoint: str) -> bool:
    try:
        url = urlsplit(endpoint)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        return False
