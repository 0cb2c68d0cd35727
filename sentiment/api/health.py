"""``GET /api/health/live`` and ``/api/health/ready``: whether the app can answer."""

from __future__ import annotations

import time

import azure.functions as func
import msgspec

from sentiment.api import schemas
from sentiment.api.http import json_response
from sentiment.api.problems import ProblemError, no_model, unavailable
from sentiment.model.bundle import BundleError
from sentiment.model.classifier import Classifier
from sentiment.model.served import ServedModel
from sentiment.registry import RegistryStatus
from sentiment.registry.follower import Follower
from sentiment.telemetry.events import EventSink, NotReadyEvent

NOT_READY_SECONDS = 60.0
"""Between two events of an instance without a model: an alert needs one, not one a request."""


class Readiness:
    """Hands out the model that answers, or the problem where there is none.

    Args:
        model: The model that is served.
        follower: Keeps it the one of the registry; None where none is configured.
        events: Where events go.
    """

    def __init__(self, model: ServedModel, follower: Follower | None, events: EventSink) -> None:
        self._model, self._follower, self._events = model, follower, events
        self._event_due = 0.0

    @property
    def registry(self) -> RegistryStatus | None:
        """Whether the model is the registry's current one; None where none is configured."""
        return self._follower.status if self._follower is not None else None

    def classifier(self) -> Classifier:
        """Return the model that answers, and let the registry be checked soon.

        Raises:
            ProblemError: 503, there is none.
        """
        if self._follower is not None:
            self._follower.check_soon()
        try:
            return self._model.classifier()
        except BundleError as error:
            raise self.not_ready(no_model(str(error))) from None

    def not_ready(self, problem: ProblemError) -> ProblemError:
        """Return the problem; emit an event about it unless one was emitted within the minute."""
        now = time.monotonic()
        if now >= self._event_due:
            self._event_due = now + NOT_READY_SECONDS
            self._events.emit(NotReadyEvent(reason=problem.problem.detail))
        return problem


class HealthEndpoint(msgspec.Struct, frozen=True):
    """Answers probes."""

    readiness: Readiness

    def live(self, _request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``GET /api/health/live``: the process is up."""
        return json_response(schemas.HealthResponse("live"))

    def ready(self, _request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``GET /api/health/ready``: the model is loaded and answers."""
        classifier = self.readiness.classifier()
        try:
            classifier.predict("ready?")
        except Exception as error:
            reason = f"The model does not answer ({type(error).__name__})."
            raise self.readiness.not_ready(unavailable(reason)) from None
        manifest = classifier.manifest
        reference = schemas.ModelReference(manifest.version, manifest.family)
        return json_response(schemas.HealthResponse("ready", reference, self.readiness.registry))
