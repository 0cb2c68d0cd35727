"""The API as bytes to send and bytes to read, without a network: both clients share it."""

from __future__ import annotations

import http
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from msgspec import UNSET

from sentiment.api.schemas import (
    MAX_BODY_BYTES,
    MAX_EXPLAINED_TEXTS,
    MAX_TEXTS,
    FeedbackRequest,
    FeedbackResponse,
    ModelReference,
    PredictionResponse,
    PredictRequest,
    PredictResponse,
    Problem,
    Verdict,
    WordResponse,
)
from sentiment.client.errors import (
    InvalidRequestError,
    NoAnswerError,
    RefusedKeyError,
    RequestError,
    UnavailableError,
    UnexpectedAnswerError,
)
from sentiment.client.retries import RETRIED, read_retry_after
from sentiment.model.bundle import Label

PREDICT, FEEDBACK = "api/predict", "api/feedback"

_KEY_HEADER = "x-functions-key"
_FRAME_BYTES = 64
_TEXT_INDEX = re.compile(r"^\$\.texts\[(\d+)\]")
_INVALID = frozenset({400, 404, 405, 413, 415, 422})

T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True):
    """What the app says about one tweet; see ``sentiment.api.schemas.PredictionResponse``.

    ``english`` is false where the tweet is probably in a language that the model did not learn;
    ``explanation`` is empty where none was asked for; ``model`` is what answered.
    """

    label: Label
    probability: float
    confidence: float
    certain: bool
    truncated: bool
    english: bool
    prediction_id: str | None
    explanation: tuple[WordResponse, ...]
    model: ModelReference


@dataclass(frozen=True)
class Call:
    """A request to send.

    Attributes:
        path: Below the app's address.
        body: JSON.
        first: Which of all texts is the first of this request, from 0.
        count: How many texts it asks for.
    """

    path: str
    body: bytes
    first: int = 0
    count: int = 0


def headers(key: str | None) -> dict[str, str]:
    """Return the headers of every request; the key travels in one, never in an address."""
    shown = {_KEY_HEADER: key} if key else {}
    return {"Content-Type": "application/json", "Accept": "application/json", **shown}


def predict_calls(texts: Iterable[str], explain: bool) -> Iterator[Call]:
    """Yield requests that together ask for all texts, in order, each within the API's limits.

    Texts are taken as they are needed: they may be more than fit in memory.
    """
    most = MAX_EXPLAINED_TEXTS if explain else MAX_TEXTS
    batch: list[str] = []
    size, first = _FRAME_BYTES, 0
    for number, text in enumerate(texts):
        length = len(msgspec.json.encode(text)) + 1
        if batch and (len(batch) == most or size + length > MAX_BODY_BYTES):
            yield _predict_call(batch, explain, first)
            batch, size, first = [], _FRAME_BYTES, number
        batch.append(text)
        size += length
    if batch:
        yield _predict_call(batch, explain, first)


def feedback_call(
    prediction_id: str, verdict: Verdict, text: str | None, consent: bool | None
) -> Call:
    """Return the request that gives feedback."""
    body = FeedbackRequest(
        prediction_id,
        verdict,
        UNSET if text is None else text,
        UNSET if consent is None else consent,
    )
    return Call(FEEDBACK, msgspec.json.encode(body))


def read_predictions(body: bytes, call: Call) -> list[Answer]:
    """Return the answers that a body of ``/api/predict`` holds, one for each text of the request.

    Raises:
        UnexpectedAnswerError: It is none, or answers for another number of texts.
    """
    answer = _decode(body, PredictResponse)
    if len(answer.predictions) != call.count:
        raise UnexpectedAnswerError("The app answered for another number of texts than were sent.")
    return [_answer(each, answer.model) for each in answer.predictions]


def read_feedback(body: bytes) -> FeedbackResponse:
    """Return the answer that a body of ``/api/feedback`` holds.

    Raises:
        UnexpectedAnswerError: It is none.
    """
    return _decode(body, FeedbackResponse)


def outcome_of(
    status: int, response_headers: Mapping[str, str], body: bytes, call: Call
) -> bytes | UnavailableError:
    """Return the body of a success, or the error after which another attempt makes sense.

    Raises:
        RequestError: The request would fail again.
    """
    if 200 <= status < 300:
        return body
    problem = _problem(status, body)
    if status in RETRIED:
        return UnavailableError(problem, read_retry_after(response_headers.get("retry-after")))
    if status in {401, 403}:
        raise RefusedKeyError(problem if body else _refused(problem))
    if status in _INVALID:
        raise InvalidRequestError(_among_all(problem, call.first))
    raise RequestError(problem)


def no_answer(error: Exception, place: str) -> NoAnswerError:
    """Return the error for a request that was not answered, whatever it broke off with.

    Args:
        error: Of the transport; its dozens of frames tell no more than its type.
        place: The host that was asked, with its port.
    """
    return NoAnswerError(f"The app at {place} did not answer ({type(error).__name__}).")


def _predict_call(texts: list[str], explain: bool, first: int) -> Call:
    body = msgspec.json.encode(PredictRequest(texts=texts, explain=explain))
    return Call(PREDICT, body, first, len(texts))


def _answer(prediction: PredictionResponse, model: ModelReference) -> Answer:
    words = prediction.explanation
    return Answer(
        prediction.label,
        prediction.probability,
        prediction.confidence,
        prediction.certain,
        prediction.truncated,
        prediction.english,
        prediction.prediction_id,
        tuple(words) if isinstance(words, list) else (),
        model,
    )


def _problem(status: int, body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:  # the platform's own answers have no body, or a page
        known = {each.value: each.phrase for each in http.HTTPStatus}
        return Problem(known.get(status, "Error"), status, "The app gave no reason.")


def _refused(problem: Problem) -> Problem:
    return msgspec.structs.replace(problem, detail="The key is missing, or none of the app's.")


def _among_all(problem: Problem, first: int) -> Problem:
    """Count the text that a problem names among all texts, not among those of its request."""
    found = _TEXT_INDEX.match(problem.field or "")
    if found is None:
        return problem
    return msgspec.structs.replace(problem, field=f"$.texts[{first + int(found[1])}]")


def _decode(body: bytes, type_: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.DecodeError as error:
        raise UnexpectedAnswerError(
            "What answered is not this API; check the address of the app."
        ) from error
