from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from operations.events import observe, read_lines
from operations.period import Period

PERIOD = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
PREDICTION = {
    "time": "2026-03-01T10:00:00+00:00",
    "name": "prediction",
    "label": "positive",
    "probability": 0.9,
    "confidence": 0.9,
    "length": 40,
    "unknown_rate": 0.25,
    "model_version": "v1",
}
FEEDBACK = {
    "time": "2026-03-01T10:00:00+00:00",
    "name": "feedback",
    "feedback_id": "a",
    "verdict": "incorrect",
    "model_version": "v1",
}


def test_numbers_may_be_strings_as_application_insights_makes_them() -> None:
    strings = {name: str(value) for name, value in PREDICTION.items()}
    found = observe([strings], PERIOD, "v1")
    assert found == observe([PREDICTION], PERIOD, "v1")
    assert (found.predictions[0].length, found.predictions[0].unknown_rate) == (40, 0.25)


def test_a_feedback_counts_once_with_its_latest_verdict() -> None:
    later = {**FEEDBACK, "time": "2026-03-01T11:00:00Z", "verdict": "correct"}
    other = {**FEEDBACK, "feedback_id": "b"}
    retracted = {**later, "feedback_id": "c", "verdict": "retracted"}
    for rows in ([FEEDBACK, later, other, other, retracted], [retracted, other, later, FEEDBACK]):
        found = observe(rows, PERIOD, "v1")
        assert (found.feedbacks, found.negative_feedbacks) == (2, 1)


def test_only_the_period_and_the_version_count() -> None:
    rows = [
        {**PREDICTION, "time": "2026-02-28T23:59:59Z"},
        {**PREDICTION, "time": "2026-03-02T00:00:00Z"},
        {**PREDICTION, "model_version": "v2"},
        {**FEEDBACK, "model_version": "v2"},
        {"time": "2026-03-01T10:00:00Z", "name": "model_swapped", "reason": 3},
    ]
    found = observe(rows, PERIOD, "v1")
    assert (found.predictions, found.feedbacks, found.malformed) == ([], 0, 0)
    assert found.others == {"v2": 2}


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "yesterday"},
        {"time": "2026-03-01T10:00:00"},
        {"label": "neutral"},
        {"probability": float("nan")},
        {"confidence": "inf"},
        {"unknown_rate": -0.1},
        {"length": 10**400},
        {"model_version": "\x1b[31mred"},
    ],
)
def test_a_malformed_event_is_counted_and_passed_over(changes: dict[str, Any]) -> None:
    found = observe([{**PREDICTION, **changes}, PREDICTION], PERIOD, "v1")
    assert (len(found.predictions), found.malformed) == (1, 1)


@pytest.mark.parametrize("row", [None, [], "prediction", 3, {}, {"name": "prediction"}])
def test_what_is_no_event_is_counted(row: object) -> None:
    assert observe([row], PERIOD, "v1").malformed == 1


def test_lines_are_read_but_those_of_earlier_files_and_what_is_no_json_is_no_event(
    tmp_path: Path,
) -> None:
    for name in ("2026-02-28", "2026-03-01", "exported"):
        (tmp_path / f"{name}.jsonl").write_text(f'"{name}"\n\n')
    (tmp_path / "2026-03-01.txt").write_text('"notes"\n')
    lines = [b'{"half', b"NaN", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000]
    (tmp_path / "2026-03-02.jsonl").write_bytes(b"\n".join(lines))
    read = list(read_lines(tmp_path, PERIOD))
    assert read == ["2026-03-01", *[None] * len(lines), "exported"]


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="There is no folder none with events"):
        list(read_lines(Path("none"), PERIOD))
