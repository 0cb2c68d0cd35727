"""``POST /api/predict``: the sentiment of one tweet or many."""

from __future__ import annotations

import time
from collections.abc import Sequence

import azure.functions as func
import msgspec
from msgspec import UNSET, UnsetType

from sentiment.api import schemas
from sentiment.api.health import Readiness
from sentiment.api.http import json_response, read_json
from sentiment.api.problems import invalid, too_many_explained
from sentiment.api.rate_limit import EXPLAINED_COST, RateLimiter, charge
from sentiment.api.receipts import Receipt, ReceiptSigner
from sentiment.model.classifier import Classifier, Prediction
from sentiment.model.explanation import explain
from sentiment.model.language import is_probably_english
from sentiment.telemetry.cold_start import ColdStartTimer
from sentiment.telemetry.events import EventSink, PredictionEvent
from sentiment.text import is_blank

_decoder = msgspec.json.Decoder(schemas.PredictRequest)


class PredictEndpoint(msgspec.Struct, frozen=True):
    """Answers with predictions, and emits an event for each.

    Attributes:
        readiness: Hands out the model.
        signer: None where no key is configured: predictions then carry no id.
        limiter: Bounds what one address may ask; None where callers have keys.
        events: Where events go.
        cold_start: Reports the first prediction.
    """

    readiness: Readiness
    signer: ReceiptSigner | None
    limiter: RateLimiter | None
    events: EventSink
    cold_start: ColdStartTimer

    def post(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``POST /api/predict``."""
        began = time.perf_counter()
        body = read_json(request, _decoder)
        texts = _texts(body)
        charge(self.limiter, request, len(texts) * (EXPLAINED_COST if body.explain else 1))
        classifier = self.readiness.classifier()
        manifest = classifier.manifest
        predictions = classifier.predict_batch(texts)
        receipts = [
            self._receipt(text, prediction, manifest.version)
            for text, prediction in zip(texts, predictions, strict=True)
        ]
        explained = [_explanation(classifier, text) if body.explain else UNSET for text in texts]
        responses = [
            self._response(*each)
            for each in zip(texts, predictions, receipts, explained, strict=True)
        ]
        milliseconds = (time.perf_counter() - began) * 1000 / len(texts)
        for text, prediction, receipt in zip(texts, predictions, receipts, strict=True):
            self.events.emit(_event(text, prediction, receipt, manifest.version, milliseconds))
        self.cold_start.first_prediction(began, self.events)
        reference = schemas.ModelReference(manifest.version, manifest.family)
        return json_response(schemas.PredictResponse(reference, responses))

    def _receipt(self, text: str, prediction: Prediction, version: str) -> Receipt | None:
        if self.signer is None:
            return None
        return self.signer.issue(
            text,
            positive=prediction.label == "positive",
            probability=prediction.probability,
            model_version=version,
        )

    def _response(
        self,
        text: str,
        prediction: Prediction,
        receipt: Receipt | None,
        explanation: list[schemas.WordResponse] | UnsetType,
    ) -> schemas.PredictionResponse:
        token = None if self.signer is None or receipt is None else self.signer.sign(receipt)
        return schemas.PredictionResponse(
            prediction_id=token,
            label=prediction.label,
            probability=round(prediction.probability, 6),
            confidence=round(prediction.confidence, 6),
            certain=prediction.certain,
            truncated=prediction.truncated,
            english=is_probably_english(text),
            explanation=explanation,
        )


def _texts(body: schemas.PredictRequest) -> Sequence[str]:
    if (body.text is UNSET) == (body.texts is UNSET):
        raise invalid("Send either text or texts.", "$")
    if isinstance(body.text, str):
        return [_readable(body.text, "$.text")]
    texts = body.texts if isinstance(body.texts, list) else []
    if body.explain and len(texts) > schemas.MAX_EXPLAINED_TEXTS:
        raise too_many_explained()
    return [_readable(text, f"$.texts[{at}]") for at, text in enumerate(texts)]


def _readable(text: str, field: str) -> str:
    if is_blank(text):
        raise invalid("The text is blank: send at least one readable character.", field)
    return text


def _explanation(classifier: Classifier, text: str) -> list[schemas.WordResponse]:
    return [
        schemas.WordResponse(word.start, word.end, round(contribution, 4))
        for word, contribution in explain(classifier, text)
    ]


def _event(
    text: str, prediction: Prediction, receipt: Receipt | None, version: str, milliseconds: float
) -> PredictionEvent:
    return PredictionEvent(
        label=prediction.label,
        probability=round(prediction.probability, 6),
        confidence=round(prediction.confidence, 6),
        certain=prediction.certain,
        length=len(text),
        unknown_rate=round(prediction.unknown, 6),
        duration_ms=round(milliseconds, 3),
        model_version=version,
        text_hash=None if receipt is None else receipt.text_hash.hex(),
    )
