"""The app's events, one type each: the app emits, drift and alerts read them. None holds a text.

An event on the wire is a JSON object: its ``name``, its fields, and the ``time`` at which it was
written. The KQL of alerts and workbook depends on these names. What events of earlier versions
lack, and no reader needs, has a default here.
"""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sentiment.model.bundle import Label

Share = Annotated[float, Meta(ge=0, le=1)]
Version = Annotated[str, Meta(pattern=r"^[\w.-]{1,64}\Z")]
Length = Annotated[int, Meta(ge=0, le=1_000_000)]
Verdict = Literal["correct", "incorrect", "retracted"]


class Event(msgspec.Struct, frozen=True, tag_field="name"):
    """What happened. Its type's tag is its name; no field holds a text, a user or an address."""


class PredictionEvent(Event, frozen=True, kw_only=True, tag="prediction"):
    """A text was answered.

    Attributes:
        label: What it was given.
        probability: Of "positive".
        confidence: Of the label.
        certain: False for "not sure".
        length: Of the text, in code points.
        unknown_rate: The share of its tokens that the model does not know.
        duration_ms: Of the request, divided by its texts.
        model_version: Which model answered.
        text_hash: A keyed hash; None where no receipt key is configured.
    """

    label: Label
    probability: Share
    confidence: Share
    certain: bool | UnsetType = UNSET
    length: Length
    unknown_rate: Share
    duration_ms: float | UnsetType = UNSET
    model_version: Version
    text_hash: str | None = None


class FeedbackEvent(Event, frozen=True, kw_only=True, tag="feedback"):
    """A feedback was recorded, the same again included.

    Attributes:
        feedback_id: One a prediction.
        verdict: The latest.
        outcome: What recording did to the verdict.
        given_at: When the verdict was first given, in ISO 8601; None where that is not known.
        predicted_label: What the prediction said.
        model_version: Which model had answered.
    """

    feedback_id: str
    verdict: Verdict
    outcome: str | UnsetType = UNSET
    given_at: str | UnsetType | None = UNSET
    predicted_label: str | UnsetType = UNSET
    model_version: Version


class ModelEvent(Event, frozen=True, kw_only=True, tag="model"):
    """Another model was swapped in; ``previous`` is the version before, None for none."""

    previous: str | None = msgspec.field(name="from")
    model_version: Version


class RegistryEvent(Event, frozen=True, kw_only=True, tag="registry"):
    """The state of the registry changed; ``serving`` is the version that answers, None for none."""

    state: str
    detail: str
    serving: str | None


class NotReadyEvent(Event, frozen=True, kw_only=True, tag="not_ready"):
    """A request found no model that answers; at most one a minute."""

    reason: str


class ColdStartEvent(Event, frozen=True, kw_only=True, tag="cold_start"):
    """What a new process spent its first moments on, in milliseconds; UNSET is not known."""

    imports_ms: float
    process_ms: float | UnsetType = UNSET
    store_ms: float | UnsetType = UNSET
    model_ms: float | UnsetType = UNSET
    first_prediction_ms: float
    until_answered_ms: float


AnyEvent = (
    ColdStartEvent | FeedbackEvent | ModelEvent | NotReadyEvent | PredictionEvent | RegistryEvent
)


class EventSink(Protocol):
    """Takes events. Emitting never raises and never waits for a network."""

    def emit(self, event: Event) -> None:
        """Take one event."""
