"""Messages without secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import unquote

_SECRET_VARIABLE = re.compile(r"(PASSWORD|TOKEN|SECRET|ACCESS_KEY|CONNECTION_STRING)$")
_USER_INFORMATION = re.compile(r"://\S*@")
_QUERY = re.compile(r"(://[^\s?#]*)[?#]\S*")
_LONGEST = 200
_SHORTEST_SECRET = 4


def redact(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return a text without the user information and queries of URIs, nor any known secret."""
    for secret in _secrets(environment):
        text = text.replace(secret, "***")
    return _QUERY.sub(r"\1", _USER_INFORMATION.sub("://", text))


def reason(error: BaseException, environment: Mapping[str, str] = os.environ) -> str:
    """Return why something failed: the first line of its deepest cause, short and redacted."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    lines = redact(said, environment).strip().splitlines()
    return (lines[0][:_LONGEST].rstrip(" .") if lines else "") or type(error).__name__


def _secrets(environment: Mapping[str, str]) -> list[str]:
    found = {value for name, value in environment.items() if _SECRET_VARIABLE.search(name)}
    for name, value in environment.items():
        if name.startswith("MLFLOW_"):
            found.update(_passwords(value))
    found |= {unquote(secret) for secret in found}
    return sorted((each for each in found if len(each) >= _SHORTEST_SECRET), key=len, reverse=True)


def _passwords(uri: str) -> set[str]:
    match = re.match(r"\w[\w+.-]*://(.*)@", uri)
    if match is None:
        return set()
    user_information = match.group(1)
    return {user_information, user_information.partition(":")[2]}
