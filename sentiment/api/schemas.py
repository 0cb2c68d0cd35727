"""Request and response types: what is validated is what is documented."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sentiment.model.bundle import Label
from sentiment.registry import RegistryStatus
from sentiment.telemetry.events import Share, Verdict
from sentiment.text import BLANK

MAX_TEXTS = 128
MAX_EXPLAINED_TEXTS = 8
MAX_CHARACTERS = 4000
MAX_BODY_BYTES = 1 << 20

Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_CHARACTERS,
        description="A tweet as it was written; its length counts in code points.",
        extra_json_schema={"pattern": f"[^{BLANK}]"},
    ),
]
Position = Annotated[int, Meta(ge=0)]
PredictionId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=512,
        description="A signed receipt of the prediction, valid for seven days.",
        extra_json_schema={"pattern": "^[A-Za-z0-9_-]+$"},
    ),
]
ENUMERATIONS: dict[str, tuple[str, ...]] = {"$.verdict": get_args(Verdict)}
"""The values that a field of a request may have, by the field's path."""


class PredictRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tweet in ``text``, or up to 128 in ``texts``; up to 8 with ``explain``."""

    text: Text | UnsetType = UNSET
    texts: Annotated[list[Text], Meta(min_length=1, max_length=MAX_TEXTS)] | UnsetType = UNSET
    explain: Annotated[bool, Meta(description=f"With at most {MAX_EXPLAINED_TEXTS} texts.")] = False


class ModelReference(msgspec.Struct, frozen=True):
    """Which model answered."""

    version: str
    family: str


class WordResponse(msgspec.Struct, frozen=True):
    """A word, by its place in the text in code points, and what it did to the answer.

    ``contribution`` is by how much the word raised the log-odds of "positive".
    """

    start: Position
    end: Position
    contribution: float


class PredictionResponse(msgspec.Struct, frozen=True):
    """The answer for one tweet; ``prediction_id`` is null where no receipt key is configured.

    ``english`` is false where the text is probably in a language that the model did not learn;
    ``explanation`` is there where it was asked for.
    """

    prediction_id: PredictionId | None
    label: Label
    probability: Annotated[Share, Meta(description='That the tweet is "positive".')]
    confidence: Annotated[Share, Meta(description="That the label given is right.")]
    certain: Annotated[bool, Meta(description='False means "not sure".')]
    truncated: Annotated[
        bool, Meta(description="Whether the tweet has more tokens than the model reads.")
    ]
    english: Annotated[bool, Meta(description="Whether the tweet is probably in English.")]
    explanation: list[WordResponse] | UnsetType = UNSET


class PredictResponse(msgspec.Struct, frozen=True):
    """The answers, in the order of the texts."""

    model: ModelReference
    predictions: Annotated[list[PredictionResponse], Meta(min_length=1, max_length=MAX_TEXTS)]


class FeedbackRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict on one prediction; ``retracted`` takes an earlier one back, with its text.

    The text is kept, masked, where ``consent`` is true; ``consent`` false withdraws it; without
    either, what was kept before stays.
    """

    prediction_id: PredictionId
    verdict: Verdict
    text: Text | UnsetType = UNSET
    consent: bool | UnsetType = UNSET


class FeedbackResponse(msgspec.Struct, frozen=True):
    """What is recorded now, and whether it is new, was known, or replaced something.

    ``text_stored`` says whether the store holds the tweet's text.
    """

    feedback_id: Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9a-f]{32}$"})]
    verdict: Verdict
    outcome: Literal["created", "unchanged", "replaced"]
    text_stored: bool


class HealthResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the app can answer."""

    status: Literal["live", "ready"]
    model: ModelReference | None = None
    registry: RegistryStatus | None = None


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as RFC 9457 describes it; ``field`` is the path of what is wrong in the request."""

    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    type: Annotated[str, Meta(extra_json_schema={"format": "uri-reference"})] = "about:blank"
    field: str | None = None


def _when(flag: str, then: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {flag: {"const": True}}, "required": [flag]}, "then": then}


RULES: dict[type, dict[str, Any]] = {
    PredictRequest: {  # not as oneOf, of which generators make a request without fields
        "if": {"required": ["texts"]},
        "then": {
            "not": {"required": ["text"]},
            **_when("explain", {"properties": {"texts": {"maxItems": MAX_EXPLAINED_TEXTS}}}),
        },
        "else": {"required": ["text"]},
    },
    FeedbackRequest: _when(
        "consent",
        {
            "required": ["text"],
            "properties": {"verdict": {"not": {"const": "retracted"}}},
        },
    ),
}
"""What the service checks over and above the types, in the words of JSON Schema."""
