from __future__ import annotations

import json
from typing import cast

import azure.functions as func

from sentiment.api.health import HealthEndpoint, Readiness
from sentiment.api.http import respond
from sentiment.model.bundle import BundleError
from sentiment.model.classifier import Classifier
from sentiment.model.served import ServedModel
from sentiment.telemetry.events import NotReadyEvent
from tests.support.event_list import EventList


class Broken:
    """A classifier that answers no more."""

    def predict(self, _text: str) -> None:
        raise RuntimeError("zebra")


def ask(model: ServedModel, events: EventList, times: int = 1) -> func.HttpResponse:
    endpoint = HealthEndpoint(Readiness(model, None, events))
    request = func.HttpRequest("GET", "/api/health/ready", body=b"")
    return [respond(request, {"GET": endpoint.ready}) for _ in range(times)][-1]


def test_a_model_that_stops_answering_is_not_ready() -> None:
    events = EventList()
    response = ask(ServedModel(cast(Classifier, Broken())), events)
    assert response.status_code == 503
    reason = json.loads(response.get_body())["detail"]
    assert reason == "The model does not answer (RuntimeError)."
    assert events.events == [NotReadyEvent(reason=reason)]


def test_an_instance_without_a_model_reports_so_once_a_minute() -> None:
    events = EventList()
    response = ask(ServedModel(BundleError("manifest.json is gone.")), events, times=5)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert events.events == [NotReadyEvent(reason="There is no model: manifest.json is gone.")]
