"""Problems: what is wrong with a request, in sentences that never quote its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from sentiment.api.schemas import ENUMERATIONS, MAX_BODY_BYTES, MAX_EXPLAINED_TEXTS, Problem

_RETRY_SECONDS = "5"
_LOCATED = re.compile(r"^(?P<what>.*) - at `(?P<path>[^`]*)`$", re.DOTALL)
_UNKNOWN = "Object contains unknown field"
_NAMEABLE = re.compile(_UNKNOWN + r" `(?P<name>[A-Za-z_][A-Za-z0-9_]{0,31})`")
_MISSING = re.compile(r"Object missing required field `(?P<name>\w+)`")
_LENGTH = re.compile(r"Expected `(?P<kind>str|array)` of length (?P<bound>[<>]=) (?P<limit>\d+)")
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]")


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(status.phrase, status.value, detail, field=field)
        self.headers = dict(headers or {})


def unavailable(detail: str) -> ProblemError:
    """Return the 503 that asks the client to come back."""
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": _RETRY_SECONDS}
    )


def too_often(seconds: int) -> ProblemError:
    """Return the 429 for an address that has asked too much; it may ask again after this time."""
    return ProblemError(
        HTTPStatus.TOO_MANY_REQUESTS,
        "This address has asked more than a minute allows; come back later.",
        headers={"Retry-After": str(seconds)},
    )


def invalid(detail: str, field: str) -> ProblemError:
    """Return the 422 for a field, given by its path such as ``$.texts[3]``."""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field)


def not_json() -> ProblemError:
    """Return the 415 for a body that is not declared as JSON."""
    return ProblemError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Send JSON, with the header Content-Type: application/json.",
    )


def no_body() -> ProblemError:
    """Return the 400 for a request without a body."""
    return ProblemError(HTTPStatus.BAD_REQUEST, "The body is empty; send JSON.")


def malformed() -> ProblemError:
    """Return the 400 for a body that cannot be parsed."""
    return ProblemError(
        HTTPStatus.BAD_REQUEST,
        "The body is not well-formed JSON in UTF-8 (a lone surrogate is not well-formed).",
    )


def too_long(size: int) -> ProblemError:
    """Return the 413 for a body of so many bytes."""
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body has {size} bytes; at most {MAX_BODY_BYTES} are read. Send fewer texts at once.",
    )


def wrong_method(methods: Iterable[str]) -> ProblemError:
    """Return the 405 that names the methods that there are."""
    allowed = ", ".join(methods)
    return ProblemError(
        HTTPStatus.METHOD_NOT_ALLOWED, f"Use {allowed}.", headers={"Allow": allowed}
    )


def no_such_path() -> ProblemError:
    """Return the 404 for a path that does not exist."""
    return ProblemError(
        HTTPStatus.NOT_FOUND, "There is nothing at this path; the page docs describes the routes."
    )


def failed() -> ProblemError:
    """Return the 500 for what nobody expected; it says no more, which might quote the request."""
    return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "The app failed on this request.")


def no_model(reason: str) -> ProblemError:
    """Return the 503 for an app that has no model to answer with."""
    return unavailable(f"There is no model: {reason}")


def too_many_explained() -> ProblemError:
    """Return the 422 for more texts than are explained at once."""
    return invalid(
        f"At most {MAX_EXPLAINED_TEXTS} texts are explained at once; send fewer, or"
        " leave explain out.",
        "$.texts",
    )


def without_text() -> ProblemError:
    """Return the 422 for consent to keep a text that was not sent."""
    return invalid("Consent is given, but there is no text to keep: send it.", "$.text")


def retracted_with_consent() -> ProblemError:
    """Return the 422 for consent to keep the text of a verdict that is taken back."""
    return invalid("What is retracted keeps no text: leave consent out.", "$.consent")


def describe(error: msgspec.ValidationError, fields: Sequence[str], body: bytes) -> tuple[str, str]:
    """Return what is wrong with a body, and the path of the field, such as ``$.texts[3]``.

    The sentence is ours: msgspec's names types and quotes the client's text.

    Nothing of the request is repeated but the name of an unknown field, and that only where it is
    a short identifier.

    Args:
        error: What msgspec says of the body.
        fields: The names that the object may have.
        body: The JSON that does not fit.
    """
    message = str(error)
    if message.startswith(_UNKNOWN):
        named, allowed = _NAMEABLE.fullmatch(message), f"it may have {', '.join(fields)}"
        if named is None:
            return f"The object has an unknown field; {allowed}.", "$"
        return f"The object has a field {named['name']}; {allowed}.", f"$.{named['name']}"
    missing = _MISSING.fullmatch(message)
    if missing:
        return f"The object lacks the field {missing['name']}.", f"$.{missing['name']}"
    located = _LOCATED.match(message)
    what, path = (located["what"], located["path"]) if located else (message, "$")
    length = _LENGTH.fullmatch(what)
    if length:
        return _length(length, path, body), path
    if what.startswith("Invalid enum value"):
        return f"Expected one of {', '.join(ENUMERATIONS.get(path, ()))}.", path
    return f"{what}.", path


def _length(found: re.Match[str], path: str, body: bytes) -> str:
    name = path.rpartition(".")[2]
    subject, units = ("text" if name.startswith("texts[") else name), "characters"
    if found["kind"] == "array":
        subject, units = f"list {name}", name
    if found["bound"] == ">=":
        return f"The {subject} is empty: send at least one {units.removesuffix('s')}."
    limit = int(found["limit"])
    size = _size(path, body)
    # Where a field is there twice, the one that was refused need not be the one that is found.
    has = f"{size:,}" if size > limit else "too many"
    return f"The {subject} has {has} {units}; at most {limit:,} are read."


def _size(path: str, body: bytes) -> int:
    try:
        value: Any = msgspec.json.decode(body)
        for step in _STEP.finditer(path):
            value = value[step["name"] or int(step["index"])]
        return len(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return 0  # what follows the first mistake may be anything
