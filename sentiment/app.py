"""The app: every part made from the settings, once; nothing is set from outside afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import azure.functions as func
import msgspec

from sentiment.api.feedback import FeedbackEndpoint
from sentiment.api.health import HealthEndpoint, Readiness
from sentiment.api.http import Handler, respond
from sentiment.api.model import ModelEndpoint
from sentiment.api.openapi.endpoint import OpenApiEndpoint
from sentiment.api.predict import PredictEndpoint
from sentiment.api.rate_limit import RateLimiter
from sentiment.api.receipts import ReceiptSigner, local_key
from sentiment.feedback.stores import chosen_store
from sentiment.files import current_folder
from sentiment.model.bundle import BundleError
from sentiment.model.classifier import Classifier
from sentiment.model.served import ServedModel, load_classifier
from sentiment.registry.follower import Follower
from sentiment.settings import Settings
from sentiment.storage import Storage
from sentiment.telemetry.cold_start import ColdStartTimer
from sentiment.telemetry.connection import Connection
from sentiment.telemetry.events import EventSink
from sentiment.telemetry.sink import JsonLinesSink, NullSink, TelemetrySink
from sentiment.telemetry.tracing import Tracer

if TYPE_CHECKING:
    from sentiment.registry.registry import Registry
    from sentiment.telemetry.pipeline import Pipeline

CACHE_FOLDER = "fetched_model"
UNDELIVERED_FOLDER = "undelivered_telemetry"

_logger = logging.getLogger(__name__)


class App(msgspec.Struct, frozen=True):
    """The endpoints, named after their paths, and the tracer of every request."""

    predict: PredictEndpoint
    feedback: FeedbackEndpoint
    health: HealthEndpoint
    model: ModelEndpoint
    openapi: OpenApiEndpoint
    tracer: Tracer

    def answer(
        self, request: func.HttpRequest, context: func.Context, handlers: Mapping[str, Handler]
    ) -> func.HttpResponse:
        """Answer a request with the handler of its method, traced; never raise."""
        with self.tracer.request(context) as span:
            response = respond(request, handlers)
            span.status = response.status_code
        return response


def build_app(settings: Settings, cold_start: ColdStartTimer) -> App:
    """Make the app that the settings describe; what fails leaves it live but not ready."""
    for problem in settings.problems:
        _logger.warning("%s", problem)
    events, tracer = _telemetry(settings)
    with cold_start.part("store"):
        store = chosen_store(settings)
    cache = settings.home / CACHE_FOLDER
    with cold_start.part("model"):
        model = ServedModel(_first_classifier(settings, cache))
    follower = _follower(settings, model, cache, events)
    signer = _signer(settings)
    limiter = RateLimiter(settings.public_per_minute) if settings.public else None
    readiness = Readiness(model, follower, events)
    return App(
        predict=PredictEndpoint(readiness, signer, limiter, events, cold_start),
        feedback=FeedbackEndpoint(signer, store, limiter, events),
        health=HealthEndpoint(readiness),
        model=ModelEndpoint(readiness),
        openapi=OpenApiEndpoint(settings.public),
        tracer=tracer,
    )


def _telemetry(settings: Settings) -> tuple[EventSink, Tracer]:
    if settings.telemetry is not None:
        sink = TelemetrySink(_pipeline(settings.telemetry, settings.home / UNDELIVERED_FOLDER))
        return sink, sink
    if settings.in_azure:
        return NullSink(), NullSink()
    return JsonLinesSink(settings.home / "events"), NullSink()


def _pipeline(connection: Connection, undelivered: Path) -> Callable[[], Pipeline]:
    def connect() -> Pipeline:
        from sentiment.telemetry.pipeline import Pipeline

        return Pipeline(connection, undelivered)

    return connect


def _first_classifier(settings: Settings, cache: Path) -> Classifier | BundleError:
    """Return the model last fetched where a registry is followed, or else the packaged one."""
    if settings.storage is not None and current_folder(cache).exists():
        cached = load_classifier(cache)
        if isinstance(cached, Classifier):
            return cached
    return load_classifier(settings.bundle)


def _follower(
    settings: Settings, model: ServedModel, cache: Path, events: EventSink
) -> Follower | None:
    if settings.storage is None:
        return None
    return Follower(_connector(settings.storage), model, cache, events, settings.refresh_seconds)


def _connector(storage: Storage) -> Callable[[], Registry]:
    def connect() -> Registry:
        from sentiment.registry.registry import CONTAINER, Registry

        return Registry(storage.container(CONTAINER))

    return connect


def _signer(settings: Settings) -> ReceiptSigner | None:
    keys = settings.receipt_keys
    if not keys and not settings.in_azure:
        try:
            keys = (local_key(settings.home),)
        except OSError as error:
            _logger.warning("No receipt key can be kept: %s.", error.strerror or error)
    return ReceiptSigner(keys) if keys else None
