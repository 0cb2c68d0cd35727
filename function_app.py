"""The HTTP surface: one short function a route."""

from __future__ import annotations

import azure.functions as func

from sentiment.cold_start import ColdStart
from sentiment.http import METHODS, not_found
from sentiment.service import start
from sentiment.settings import read_settings

settings = read_settings()
service = start(settings, ColdStart())
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
KEY = func.AuthLevel.ANONYMOUS if settings.public else func.AuthLevel.FUNCTION


@app.route(route="predict", methods=METHODS, auth_level=KEY)
def predict(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Tell the sentiment of one tweet or many."""
    return service.answer(req, context, {"POST": service.predict})


@app.route(route="feedback", methods=METHODS, auth_level=KEY)
def feedback(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Record whether a prediction was right."""
    return service.answer(req, context, {"POST": service.feedback})


@app.route(route="health/live", methods=METHODS)
def live(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Say that the process is up."""
    return service.answer(req, context, {"GET": service.live})


@app.route(route="health/ready", methods=METHODS)
def ready(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Say whether the model is loaded and answers."""
    return service.answer(req, context, {"GET": service.ready})


@app.route(route="model", methods=METHODS)
def model(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Describe the model that answers."""
    return service.answer(req, context, {"GET": service.model})


@app.route(route="{*path}", methods=METHODS)
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    """Answer what no other route does."""
    return not_found(req)
