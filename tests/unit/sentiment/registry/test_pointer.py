from __future__ import annotations

import json
from typing import Any

import pytest

from sentiment.registry import RegistryError
from sentiment.registry.pointer import Pointer, Promotion, parse_pointer

SHA = "0" * 64


def history(*steps: str) -> Pointer:
    """Each step is a version, or ``undo``."""
    pointer = Pointer()
    for step in steps:
        if step == "undo":
            assert pointer.previous is not None
            version, rollback = pointer.previous.version, True
        else:
            version, rollback = step, False
        pointer = pointer.promoted(Promotion(version, SHA, "2026-01-01T00:00:00Z", rollback))
    return pointer


@pytest.mark.parametrize(
    ("steps", "current", "previous"),
    [
        ([], None, None),
        (["a"], "a", None),
        (["a", "b"], "b", "a"),
        (["a", "b", "c", "undo"], "b", "a"),
        (["a", "b", "c", "undo", "undo"], "a", None),
        (["a", "b", "undo", "c"], "c", "a"),
        (["a", "b", "undo", "c", "undo"], "a", None),
        (["a", "b", "a", "undo"], "b", "a"),
    ],
)
def test_a_rollback_returns_to_what_was_not_undone_yet(
    steps: list[str], current: str | None, previous: str | None
) -> None:
    pointer = history(*steps)
    assert (pointer.current.version if pointer.current else None) == current
    assert (pointer.previous.version if pointer.previous else None) == previous


def test_a_pointer_is_read_as_it_was_written() -> None:
    pointer = history("a", "b", "undo")
    assert parse_pointer(pointer.encode()) == pointer


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b'{"schema_version": 1, "promotions": 3}', "damaged"),
        (b'{"schema_version": 2, "anything": 3}', "newer app"),
    ],
)
def test_what_is_no_pointer_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(RegistryError, match=reason):
        parse_pointer(content)


@pytest.mark.parametrize(
    "change", [{"version": "../../x"}, {"version": ""}, {"manifest_sha256": "x"}]
)
def test_a_promotion_cannot_lead_out_of_its_folder(change: dict[str, Any]) -> None:
    content = json.loads(history("a").encode())
    content["promotions"][0].update(change)
    with pytest.raises(RegistryError, match="damaged"):
        parse_pointer(json.dumps(content).encode())
