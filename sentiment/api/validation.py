"""What is wrong with a body, in sentences: msgspec's own name types and quote the client's text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from sentiment.api.schemas import ENUMERATIONS

_LOCATED = re.compile(r"^(?P<what>.*) - at `(?P<path>[^`]*)`$", re.DOTALL)
_UNKNOWN = "Object contains unknown field"
_NAMEABLE = re.compile(_UNKNOWN + r" `(?P<name>[A-Za-z_][A-Za-z0-9_]{0,31})`")
_MISSING = re.compile(r"Object missing required field `(?P<name>\w+)`")
_LENGTH = re.compile(r"Expected `(?P<kind>str|array)` of length (?P<bound>[<>]=) (?P<limit>\d+)")
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]")


def describe(error: msgspec.ValidationError, fields: Sequence[str], body: bytes) -> tuple[str, str]:
    """Return what is wrong as a sentence, and the path of the field, such as ``$.texts[3]``.

    Nothing of the request is repeated but the name of an unknown field, and that only where it is
    a short identifier.

    Args:
        error: What msgspec says of the body.
        fields: The names that the object may have.
        body: The JSON that does not fit.
    """
    message = str(error)
    if message.startswith(_UNKNOWN):
        return _unknown(message, fields)
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


def _unknown(message: str, fields: Sequence[str]) -> tuple[str, str]:
    allowed = f"it may have {', '.join(fields)}"
    named = _NAMEABLE.fullmatch(message)
    if named is None:
        return f"The object has an unknown field; {allowed}.", "$"
    return f"The object has a field {named['name']}; {allowed}.", f"$.{named['name']}"


def _length(found: re.Match[str], path: str, body: bytes) -> str:
    subject, units = _subject(found["kind"], path)
    if found["bound"] == ">=":
        return f"The {subject} is empty: send at least one {units.removesuffix('s')}."
    limit = int(found["limit"])
    size = _size(path, body)
    # Where a field is there twice, the one that was refused need not be the one that is found.
    has = f"{size:,}" if size > limit else "too many"
    return f"The {subject} has {has} {units}; at most {limit:,} are read."


def _subject(kind: str, path: str) -> tuple[str, str]:
    """Return what a path leads to, and what its length counts."""
    name = path.rpartition(".")[2]
    if kind == "array":
        return f"list {name}", name
    return ("text" if name.startswith("texts[") else name), "characters"


def _size(path: str, body: bytes) -> int:
    try:
        value: Any = msgspec.json.decode(body)
        for step in _STEP.finditer(path):
            value = value[step["name"] or int(step["index"])]
        return len(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return 0  # what follows the first mistake may be anything
