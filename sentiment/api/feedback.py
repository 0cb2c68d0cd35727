"""``POST /api/feedback``: whether a prediction was right."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

import azure.functions as func
import msgspec
from msgspec import UNSET

from sentiment.api import schemas
from sentiment.api.http import client_network, json_response, read_json
from sentiment.api.problems import invalid, retracted_with_consent, unavailable, without_text
from sentiment.api.rate_limit import RateLimiter, charge
from sentiment.api.receipts import Receipt, ReceiptError, ReceiptSigner
from sentiment.feedback import (
    RETRACTED,
    Feedback,
    FeedbackStore,
    Outcome,
    Recorded,
    StoreUnavailableError,
)
from sentiment.telemetry.events import EventSink, FeedbackEvent, Verdict
from sentiment.text import mask

_logger = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(schemas.FeedbackRequest)


class FeedbackEndpoint(msgspec.Struct, frozen=True):
    """Records feedback, and emits an event for each.

    Attributes:
        signer: None where no key is configured: the answer is then 503.
        store: None where no durable store is configured: the answer is then 503.
        limiter: Bounds what one address may send; None where callers have keys.
        events: Where events go.
        clock: Returns the time in seconds since 1970.
    """

    signer: ReceiptSigner | None
    store: FeedbackStore | None
    limiter: RateLimiter | None
    events: EventSink
    clock: Callable[[], float] = time.time

    def post(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``POST /api/feedback``."""
        body = read_json(request, _decoder)
        charge(self.limiter, request, 1)
        text = None if body.text is UNSET else str(body.text)
        if body.consent is True and text is None:
            raise without_text()
        if body.consent is True and body.verdict == RETRACTED:
            raise retracted_with_consent()
        if self.signer is None:
            raise unavailable("Feedback is not configured: the setting RECEIPT_KEYS is missing.")
        if self.store is None:
            raise unavailable("Feedback cannot be kept: this deployment has no durable store.")
        receipt = _verified(self.signer, body.prediction_id, text)
        network = client_network(request)
        source = None if network is None else self.signer.hash_source(network)
        feedback = _feedback(receipt, body, self.clock(), source)
        try:
            recorded = _record(self.store, feedback)
        except StoreUnavailableError as error:
            _logger.warning("%s", error)
            raise unavailable("The feedback could not be stored; send it again later.") from None
        # Also where nothing changed: the row may have been stored by a request whose response was
        # lost, before its event. Alerts count it as of when it was stored.
        self.events.emit(_event(feedback, body.verdict, recorded))
        status = HTTPStatus.CREATED if recorded.outcome is Outcome.CREATED else HTTPStatus.OK
        response = schemas.FeedbackResponse(
            feedback.feedback_id, body.verdict, recorded.outcome.value, recorded.text_stored
        )
        return json_response(response, status)


def _verified(signer: ReceiptSigner, token: str, text: str | None) -> Receipt:
    try:
        receipt = signer.verify(token)
    except ReceiptError as error:
        raise invalid(str(error), "$.prediction_id") from None
    if text is not None and not signer.covers(receipt, text):
        raise invalid("The text is not the one that this prediction_id was given for.", "$.text")
    return receipt


def _feedback(
    receipt: Receipt, body: schemas.FeedbackRequest, now: float, source: str | None
) -> Feedback:
    return Feedback(
        feedback_id=receipt.feedback_id,
        predicted_at=receipt.issued,
        received_at=now,
        model_version=receipt.model_version,
        label="positive" if receipt.positive else "negative",
        probability=receipt.probability,
        verdict=body.verdict,
        text_hash=receipt.text_hash.hex(),
        text=mask(body.text) if isinstance(body.text, str) and body.consent is True else None,
        withdraw=body.consent is False,
        source=source,
    )


def _record(store: FeedbackStore, feedback: Feedback) -> Recorded:
    if feedback.verdict != RETRACTED:
        return store.record(feedback)
    was_there = store.retract(feedback)
    outcome = Outcome.REPLACED if was_there else Outcome.UNCHANGED
    return Recorded(outcome, text_stored=False, given_at=feedback.received_at)


def _event(feedback: Feedback, verdict: Verdict, recorded: Recorded) -> FeedbackEvent:
    return FeedbackEvent(
        feedback_id=feedback.feedback_id,
        verdict=verdict,
        outcome=recorded.outcome.value,
        given_at=_moment(recorded.given_at),
        predicted_label=feedback.label,
        model_version=feedback.model_version,
    )


def _moment(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):  # what a row holds need not be a time
        return None
