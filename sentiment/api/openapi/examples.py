"""Examples of requests and answers: instances of the types themselves, so that they cannot drift.

Identifiers and numbers in them are made up; problems are those that the app raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from sentiment.api import problems, schemas
from sentiment.model.bundle import (
    LABELS,
    NAME,
    SCHEMA_VERSION,
    Decision,
    Encoder,
    FileEntry,
    Manifest,
)
from sentiment.registry import RegistryStatus

Examples = Mapping[str, object]

_TWEET = "I love this phone"
_RECEIPT = "AWkhqTAwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
_MODEL = schemas.ModelReference("20260101T000000Z-bert-0123abcd", "bert")
_ANSWER = schemas.PredictionResponse(
    prediction_id=_RECEIPT,
    label="positive",
    probability=0.9,
    confidence=0.9,
    certain=True,
    truncated=False,
    english=True,
)
_EXPLAINED = msgspec.structs.replace(
    _ANSWER, explanation=[schemas.WordResponse(2, 6, 1.5), schemas.WordResponse(7, 11, 0.1)]
)

PREDICT_REQUESTS: Examples = {
    "one": schemas.PredictRequest(text=_TWEET),
    "many": schemas.PredictRequest(texts=[_TWEET, "worst day ever"]),
    "explained": schemas.PredictRequest(text=_TWEET, explain=True),
}
PREDICT_RESPONSES: Examples = {
    "one": schemas.PredictResponse(_MODEL, [_ANSWER]),
    "explained": schemas.PredictResponse(_MODEL, [_EXPLAINED]),
}
FEEDBACK_REQUESTS: Examples = {
    "wrong": schemas.FeedbackRequest(_RECEIPT, "incorrect"),
    "with the text": schemas.FeedbackRequest(_RECEIPT, "correct", _TWEET, consent=True),
    "an undo": schemas.FeedbackRequest(_RECEIPT, "retracted"),
}
FEEDBACK_CREATED: Examples = {
    "new": schemas.FeedbackResponse(32 * "0", "incorrect", "created", text_stored=False)
}
FEEDBACK_KNOWN: Examples = {
    "the same again": schemas.FeedbackResponse(
        32 * "0", "incorrect", "unchanged", text_stored=False
    ),
    "another": schemas.FeedbackResponse(32 * "0", "correct", "replaced", text_stored=False),
    "an undo": schemas.FeedbackResponse(32 * "0", "retracted", "replaced", text_stored=False),
}
LIVE: Examples = {"live": schemas.HealthResponse("live")}
READY: Examples = {
    "ready": schemas.HealthResponse("ready", _MODEL),
    "behind": schemas.HealthResponse(
        "ready", _MODEL, RegistryStatus("unreachable", "It cannot be read.")
    ),
}
MODEL: Examples = {
    "shortened": Manifest(
        schema_version=SCHEMA_VERSION,
        name=NAME,
        version=_MODEL.version,
        family=_MODEL.family,
        created="2026-01-01T00:00:00Z",
        labels=LABELS,
        encoder=Encoder("tokenizers", "tokenizer.json", 64, "tweet-1"),
        decision=Decision(temperature=1.0, threshold=0.5, uncertain=(0.3, 0.7)),
        files={"model.tflite": FileEntry(64 * "0", 1 << 24)},
    )
}

_PROBLEMS: Mapping[str, problems.ProblemError] = {
    "malformed": problems.malformed(),
    "no body": problems.no_body(),
    "unknown path": problems.no_such_path(),
    "wrong method": problems.wrong_method(["POST"]),
    "too long": problems.too_long(2 * schemas.MAX_BODY_BYTES),
    "not JSON": problems.not_json(),
    "too many explained": problems.too_many_explained(),
    "consent without text": problems.without_text(),
    "consent to keep what is retracted": problems.retracted_with_consent(),
    "too often": problems.too_often(30),
    "unexpected": problems.failed(),
    "no model": problems.no_model("manifest.json cannot be read."),
}


def problem_examples(status: HTTPStatus) -> Examples:
    """Return the problems that a status stands for, by name."""
    return {
        name: error.problem
        for name, error in _PROBLEMS.items()
        if error.problem.status == status.value
    }
