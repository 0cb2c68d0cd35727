from __future__ import annotations

import json

import msgspec
import pytest

from sentiment.telemetry.events import (
    ColdStartEvent,
    Event,
    FeedbackEvent,
    ModelEvent,
    NotReadyEvent,
    PredictionEvent,
    RegistryEvent,
)
from tests.support.event_list import FEEDBACK, PREDICTION

WIRE: list[tuple[Event, str]] = [
    (
        PREDICTION,
        '{"name": "prediction", "label": "positive", "probability": 0.9, "confidence": 0.9,'
        ' "certain": true, "length": 12, "unknown_rate": 0.25, "duration_ms": 1.5,'
        ' "model_version": "v1", "text_hash": "00ff"}',
    ),
    (
        FEEDBACK,
        '{"name": "feedback", "feedback_id": "f", "verdict": "incorrect", "outcome": "created",'
        ' "given_at": "2026-01-02T03:04:05+00:00", "predicted_label": "positive",'
        ' "model_version": "v1"}',
    ),
    (
        ModelEvent(previous=None, model_version="v2"),
        '{"name": "model", "from": null, "model_version": "v2"}',
    ),
    (
        RegistryEvent(state="current", detail="", serving="v2"),
        '{"name": "registry", "state": "current", "detail": "", "serving": "v2"}',
    ),
    (NotReadyEvent(reason="no"), '{"name": "not_ready", "reason": "no"}'),
    (
        ColdStartEvent(imports_ms=1.0, model_ms=2.0, first_prediction_ms=3.0, until_answered_ms=6),
        '{"name": "cold_start", "imports_ms": 1.0, "model_ms": 2.0, "first_prediction_ms": 3.0,'
        ' "until_answered_ms": 6.0}',
    ),
]


@pytest.mark.parametrize(("event", "line"), WIRE)
def test_an_event_has_the_names_that_queries_depend_on(event: Event, line: str) -> None:
    assert msgspec.to_builtins(event) == json.loads(line)
    assert msgspec.json.decode(line, type=type(event)) == event


def test_events_of_application_insights_are_read_although_numbers_are_strings() -> None:
    row = {k: str(v).lower() for k, v in msgspec.to_builtins(PREDICTION).items()}
    kinds = PredictionEvent | FeedbackEvent
    assert msgspec.convert({**row, "time": "2026-01-01"}, kinds, strict=False) == PREDICTION


def test_events_of_an_earlier_version_are_read() -> None:
    old = '{"name": "feedback", "feedback_id": "f", "verdict": "correct", "model_version": "v1"}'
    assert msgspec.json.decode(old, type=FeedbackEvent).verdict == "correct"
