"""A sink that keeps its events, and two of them."""

from __future__ import annotations

import msgspec

from sentiment.telemetry.events import Event, FeedbackEvent, PredictionEvent

PREDICTION = PredictionEvent(
    label="positive",
    probability=0.9,
    confidence=0.9,
    certain=True,
    length=12,
    unknown_rate=0.25,
    duration_ms=1.5,
    model_version="v1",
    text_hash="00ff",
)
FEEDBACK = FeedbackEvent(
    feedback_id="f",
    verdict="incorrect",
    outcome="created",
    given_at="2026-01-02T03:04:05+00:00",
    predicted_label="positive",
    model_version="v1",
)


class EventList:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    @property
    def names(self) -> list[str]:
        return [msgspec.to_builtins(event)["name"] for event in self.events]
