"""The app itself: what each route does, apart from HTTP's conventions."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import azure.functions as func
import msgspec
from msgspec import UNSET

from sentiment.api import schemas
from sentiment.api.http import (
    Handler,
    ProblemError,
    answer,
    client_network,
    invalid,
    json_response,
    read_json,
    too_often,
    unavailable,
)
from sentiment.api.rate_limit import EXPLAINED_COST, Limiter
from sentiment.api.receipts import Receipt, ReceiptBook, ReceiptError, local_key
from sentiment.feedback import (
    RETRACTED,
    Feedback,
    FeedbackStore,
    Outcome,
    Recorded,
    StoreUnavailableError,
)
from sentiment.feedback.stores import chosen_store
from sentiment.folders import standing
from sentiment.model.bundle import BundleError, Manifest, read_bundle
from sentiment.model.classifier import Classifier, Prediction
from sentiment.model.explanation import explain
from sentiment.model.language import is_probably_english
from sentiment.registry.follower import Follower
from sentiment.settings import Settings
from sentiment.telemetry.cold_start import ColdStart
from sentiment.telemetry.events import EventSink, EventValue, JsonLinesSink, NullSink
from sentiment.telemetry.tracing import NoTracer, Tracer
from sentiment.text import is_blank, mask

if TYPE_CHECKING:
    from sentiment.registry.registry import Registry
    from sentiment.telemetry.pipeline import Pipeline

CACHE_FOLDER = "fetched_model"
UNDELIVERED_FOLDER = "undelivered_telemetry"
NOT_READY_SECONDS = 60.0
"""Between two events of an instance without a model: an alert needs one, not one a request."""

_logger = logging.getLogger("sentiment")
_predict_request = msgspec.json.Decoder(schemas.PredictRequest)
_feedback_request = msgspec.json.Decoder(schemas.FeedbackRequest)


class Service:
    """Answers requests with one model, one set of receipt keys, one store and one event sink.

    Args:
        classifier: The loaded model, or the reason why there is none.
        receipts: None where no key is configured: predictions then carry no id.
        store: None where no durable store is configured: feedback then answers 503.
        events: Where events go.
        clock: Returns the time in seconds since 1970.
        tracer: Traces each request.
        cold_start: Told when the first prediction is made; None where nobody asks.

    Attributes:
        follower: Keeps the model that of a registry; None where none is configured.
        limiter: Bounds what one address may ask; None where callers have keys.
    """

    follower: Follower | None = None
    limiter: Limiter | None = None

    def __init__(
        self,
        classifier: Classifier | BundleError,
        receipts: ReceiptBook | None,
        store: FeedbackStore | None,
        events: EventSink,
        clock: Callable[[], float] = time.time,
        tracer: Tracer | None = None,
        cold_start: ColdStart | None = None,
    ) -> None:
        self._classifier = classifier
        self._tracer = tracer or NoTracer()
        self._cold_start = cold_start
        self._not_ready_due = 0.0
        self._receipts = receipts
        self._store = store
        self._events = events
        self._clock = clock

    def answer(
        self, request: func.HttpRequest, context: func.Context, handlers: Mapping[str, Handler]
    ) -> func.HttpResponse:
        """Answer a request with the handler of its method, traced; never raise."""
        with self._tracer.request(context) as answered:
            response = answer(request, handlers)
            answered.status = response.status_code
        return response

    def predict(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``POST /api/predict``."""
        started = time.perf_counter()
        self._nudge()
        body = read_json(request, _predict_request)
        texts = _texts(body)
        self._admit(request, len(texts) * (EXPLAINED_COST if body.explain else 1))
        classifier = self._ready()
        predictions = classifier.predict_batch(texts)
        manifest = classifier.manifest
        answers = [
            self._answer(text, prediction, manifest.version)
            for text, prediction in zip(texts, predictions, strict=True)
        ]
        if body.explain:
            answers = [
                msgspec.structs.replace(answer, explanation=_explanation(classifier, text))
                for text, answer in zip(texts, answers, strict=True)
            ]
        milliseconds = (time.perf_counter() - started) * 1000 / len(texts)
        for text, prediction in zip(texts, predictions, strict=True):
            self._tell_prediction(text, prediction, manifest, milliseconds)
        if self._cold_start is not None:
            self._cold_start.answered(started, self._events)
        return json_response(schemas.PredictResponse(_reference(manifest), answers))

    def feedback(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``POST /api/feedback``."""
        body = read_json(request, _feedback_request)
        self._admit(request, 1)
        text = None if body.text is UNSET else str(body.text)
        if body.consent is True and text is None:
            raise without_text()
        if body.consent is True and body.verdict == RETRACTED:
            raise retracted_with_consent()
        if self._receipts is None:
            raise unavailable("Feedback is not configured: the setting RECEIPT_KEYS is missing.")
        if self._store is None:
            raise unavailable("Feedback cannot be kept: this deployment has no durable store.")
        receipt = _verified(self._receipts, body.prediction_id, text)
        network = client_network(request)
        source = None if network is None else self._receipts.hash_source(network)
        feedback = _feedback(receipt, body, self._clock(), source)
        try:
            recorded = _record(self._store, feedback)
        except StoreUnavailableError as error:
            _logger.warning("%s", error)
            raise unavailable("The feedback could not be stored; send it again later.") from None
        # What is unchanged may be what was stored behind a lost answer, and not told then: alerts
        # count it as of when it was stored.
        self._tell_feedback(feedback, recorded)
        status = HTTPStatus.CREATED if recorded.outcome is Outcome.CREATED else HTTPStatus.OK
        answer = schemas.FeedbackResponse(
            feedback.feedback_id, body.verdict, recorded.outcome.value, recorded.text_stored
        )
        return json_response(answer, status)

    def serve(self, classifier: Classifier) -> None:
        """Let another model answer from now on; requests under way end on theirs."""
        self._classifier = classifier

    def serving(self) -> str | None:
        """Return the version that answers now, or None where there is no model."""
        classifier = self._classifier
        return None if isinstance(classifier, BundleError) else classifier.manifest.version

    def live(self, _request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``GET /api/health/live``: the process is up."""
        return json_response(schemas.HealthResponse("live"))

    def ready(self, _request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``GET /api/health/ready``: the model is loaded and answers."""
        self._nudge()
        classifier = self._ready()
        try:
            classifier.predict("ready?")
        except Exception as error:
            reason = f"The model does not answer ({type(error).__name__})."
            raise self._not_ready(unavailable(reason)) from None
        registry = self.follower.status if self.follower is not None else None
        reference = _reference(classifier.manifest)
        return json_response(schemas.HealthResponse("ready", reference, registry))

    def model(self, _request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``GET /api/model``: the manifest, less what is private."""
        return json_response(self._ready().manifest.public())

    def _nudge(self) -> None:
        if self.follower is not None:
            self.follower.nudge()

    def _admit(self, request: func.HttpRequest, cost: int) -> None:
        network = client_network(request)
        if self.limiter is not None and network is not None:
            seconds = self.limiter.admit(network, cost)
            if seconds:
                raise too_often(seconds)

    def _ready(self) -> Classifier:
        classifier = self._classifier
        if isinstance(classifier, BundleError):
            raise self._not_ready(no_model(str(classifier)))
        return classifier

    def _not_ready(self, problem: ProblemError) -> ProblemError:
        now = time.monotonic()
        if now >= self._not_ready_due:
            self._not_ready_due = now + NOT_READY_SECONDS
            self._tell("not_ready", {"reason": problem.problem.detail})
        return problem

    def _answer(
        self, text: str, prediction: Prediction, version: str
    ) -> schemas.PredictionResponse:
        token = None
        if self._receipts is not None:
            token = self._receipts.issue(
                text,
                positive=prediction.label == "positive",
                probability=prediction.probability,
                model_version=version,
            )
        return schemas.PredictionResponse(
            prediction_id=token,
            label=prediction.label,
            probability=round(prediction.probability, 6),
            confidence=round(prediction.confidence, 6),
            certain=prediction.certain,
            truncated=prediction.truncated,
            english=is_probably_english(text),
        )

    def _tell(self, name: str, values: Mapping[str, EventValue]) -> None:
        try:
            self._events.emit(name, values)
        except Exception as error:  # what was answered or stored must not fail for its telling
            _logger.warning("An event is lost: %s.", type(error).__name__)

    def _tell_prediction(
        self, text: str, prediction: Prediction, manifest: Manifest, milliseconds: float
    ) -> None:
        self._tell(
            "prediction",
            {
                "label": prediction.label,
                "probability": round(prediction.probability, 6),
                "confidence": round(prediction.confidence, 6),
                "certain": prediction.certain,
                "length": len(text),
                "unknown_rate": round(prediction.unknown, 6),
                "duration_ms": round(milliseconds, 3),
                "model_version": manifest.version,
                "text_hash": self._receipts.hash_text(text) if self._receipts else None,
            },
        )

    def _tell_feedback(self, feedback: Feedback, recorded: Recorded) -> None:
        self._tell(
            "feedback",
            {
                "feedback_id": feedback.feedback_id,
                "verdict": feedback.verdict,
                "outcome": recorded.outcome.value,
                "given_at": _moment(recorded.given_at),
                "predicted_label": feedback.label,
                "model_version": feedback.model_version,
            },
        )


def _moment(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):  # what a row holds need not be a time
        return None


def no_model(reason: str) -> ProblemError:
    """Return the 503 for an app that has no model to answer with."""
    return unavailable(f"There is no model: {reason}")


def too_many_explained() -> ProblemError:
    """Return the 422 for more texts than are explained at once."""
    return invalid(
        f"At most {schemas.MAX_EXPLAINED_TEXTS} texts are explained at once; send fewer, or"
        " leave explain out.",
        "$.texts",
    )


def without_text() -> ProblemError:
    """Return the 422 for consent to keep a text that was not sent."""
    return invalid("Consent is given, but there is no text to keep: send it.", "$.text")


def retracted_with_consent() -> ProblemError:
    """Return the 422 for consent to keep the text of a verdict that is taken back."""
    return invalid("What is retracted keeps no text: leave consent out.", "$.consent")


def start(settings: Settings, cold_start: ColdStart | None = None) -> Service:
    """Make the service that the settings describe; what fails leaves it live but not ready."""
    cold_start = cold_start or ColdStart()
    for problem in settings.problems:
        _logger.warning("%s", problem)
    events, tracer = _telemetry(settings)
    with cold_start.part("store"):
        store = chosen_store(settings)
    cache = settings.home / CACHE_FOLDER
    with cold_start.part("model"):
        model = _load_first(settings, cache)
    service = Service(
        model, _receipt_book(settings), store, events, tracer=tracer, cold_start=cold_start
    )
    if settings.public:
        service.limiter = Limiter(settings.public_per_minute)
    if settings.storage is not None:
        storage = settings.storage

        def connect() -> Registry:
            from sentiment.registry.registry import CONTAINER, Registry

            return Registry(storage.container(CONTAINER))

        service.follower = Follower(
            connect, service.serving, service.serve, cache, events, settings.refresh_seconds
        )
    return service


def _telemetry(settings: Settings) -> tuple[EventSink, Tracer | None]:
    connection = settings.telemetry
    if connection is None:
        local = JsonLinesSink(settings.home / "events")
        return (NullSink() if settings.in_azure else local), None
    from sentiment.telemetry.sink import TelemetrySink

    def connect() -> Pipeline:
        from sentiment.telemetry.pipeline import Pipeline

        return Pipeline(connection, settings.home / UNDELIVERED_FOLDER)

    sink = TelemetrySink(connect)
    return sink, sink


def _load_first(settings: Settings, cache: Path) -> Classifier | BundleError:
    """Return the model last fetched where a registry is followed, or else the packaged one."""
    if settings.storage is not None and standing(cache).exists():
        cached = _load(cache)
        if isinstance(cached, Classifier):
            return cached
    return _load(settings.bundle)


def _load(folder: Path) -> Classifier | BundleError:
    try:
        return Classifier(read_bundle(folder))
    except BundleError as error:
        _logger.error("There is no model in %s: %s", folder.absolute(), error)
        return error
    except Exception as error:
        # Whatever a damaged model does, the app must stay indexed and say so.
        _logger.error("There is no model in %s: %s", folder.absolute(), type(error).__name__)
        return BundleError(f"The bundle cannot be loaded ({type(error).__name__}).")


def _receipt_book(settings: Settings) -> ReceiptBook | None:
    keys = settings.receipt_keys
    if not keys and not settings.in_azure:
        try:
            keys = (local_key(settings.home),)
        except OSError as error:
            _logger.warning("No receipt key can be kept: %s.", error.strerror or error)
    return ReceiptBook(keys) if keys else None


def _texts(body: schemas.PredictRequest) -> Sequence[str]:
    if (body.text is UNSET) == (body.texts is UNSET):
        raise invalid("Send either text or texts.", "$")
    if isinstance(body.text, str):
        return [_readable(body.text, "$.text")]
    texts = body.texts if isinstance(body.texts, list) else []
    if body.explain and len(texts) > schemas.MAX_EXPLAINED_TEXTS:
        raise too_many_explained()
    return [_readable(text, f"$.texts[{at}]") for at, text in enumerate(texts)]


def _explanation(classifier: Classifier, text: str) -> list[schemas.WordResponse]:
    return [
        schemas.WordResponse(word.start, word.end, round(word.value, 4))
        for word in explain(classifier, text)
    ]


def _readable(text: str, field: str) -> str:
    if is_blank(text):
        raise invalid("The text is blank: send at least one readable character.", field)
    return text


def _verified(receipts: ReceiptBook, token: str, text: str | None) -> Receipt:
    try:
        receipt = receipts.verify(token)
    except ReceiptError as error:
        raise invalid(str(error), "$.prediction_id") from None
    if text is not None and not receipts.covers(receipt, text):
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


def _reference(manifest: Manifest) -> schemas.ModelReference:
    return schemas.ModelReference(manifest.version, manifest.family)
