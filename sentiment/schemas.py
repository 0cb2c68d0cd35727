"""Request and response types: what is validated is what is documented."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

MAX_TEXTS = 128
MAX_EXPLAINED_TEXTS = 8
MAX_CHARACTERS = 4000
MAX_BODY_BYTES = 1 << 20

Text = Annotated[str, Meta(min_length=1, max_length=MAX_CHARACTERS)]
Label = Literal["negative", "positive"]
Verdict = Literal["correct", "incorrect", "retracted"]
ENUMERATIONS: dict[str, tuple[str, ...]] = {"$.verdict": get_args(Verdict)}
"""The values that a field of a request may have, by the field's path."""


class PredictRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tweet in ``text``, or up to 128 in ``texts``; up to 8 with ``explain``."""

    text: Text | UnsetType = UNSET
    texts: Annotated[list[Text], Meta(min_length=1, max_length=MAX_TEXTS)] | UnsetType = UNSET
    explain: bool = False


class ModelReference(msgspec.Struct, frozen=True):
    """Which model answered."""

    version: str
    family: str


class WordResponse(msgspec.Struct, frozen=True):
    """A word, by its place in the text in code points, and what it did to the answer.

    ``contribution`` is by how much the word raised the log-odds of "positive".
    """

    start: int
    end: int
    contribution: float


class PredictionResponse(msgspec.Struct, frozen=True):
    """The answer for one tweet; ``prediction_id`` is null where no receipt key is configured.

    ``english`` is false where the text is probably in a language that the model did not learn;
    ``explanation`` is there where it was asked for.
    """

    prediction_id: str | None
    label: Label
    probability: float
    confidence: float
    certain: bool
    truncated: bool
    english: bool
    explanation: list[WordResponse] | UnsetType = UNSET


class PredictResponse(msgspec.Struct, frozen=True):
    """The answers, in the order of the texts."""

    model: ModelReference
    predictions: list[PredictionResponse]


class FeedbackRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict on one prediction; ``retracted`` takes an earlier one back, with its text.

    The text is kept, masked, where ``consent`` is true; ``consent`` false withdraws it; without
    either, what was kept before stays.
    """

    prediction_id: Annotated[str, Meta(min_length=1, max_length=512)]
    verdict: Verdict
    text: Text | UnsetType = UNSET
    consent: bool | UnsetType = UNSET


class FeedbackResponse(msgspec.Struct, frozen=True):
    """What is recorded now, and whether it is new, was known, or replaced something.

    ``text_stored`` says whether the store holds the tweet's text.
    """

    feedback_id: str
    verdict: Verdict
    outcome: Literal["created", "unchanged", "replaced"]
    text_stored: bool


class RegistryStatus(msgspec.Struct, frozen=True):
    """How the model that answers stands to the registry; ``detail`` says what is wrong."""

    state: Literal["unchecked", "current", "empty", "unreachable", "refused"]
    detail: str


class HealthResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the app can answer."""

    status: Literal["live", "ready"]
    model: ModelReference | None = None
    registry: RegistryStatus | None = None


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as RFC 9457 describes it; ``field`` is the path of what is wrong in the request."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    field: str | None = None
