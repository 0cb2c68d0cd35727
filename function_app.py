"""The HTTP surface: one short function a route."""

from __future__ import annotations

from sentiment.telemetry.cold_start import ColdStartTimer  # first, as it times the imports below

# isort: split
import azure.functions as func

from sentiment.api.docs import DOCS
from sentiment.api.http import METHODS, not_found
from sentiment.api.ui import UI
from sentiment.app import build_app
from sentiment.settings import read_settings

settings = read_settings()
service = build_app(settings, ColdStartTimer())
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
KEY = func.AuthLevel.ANONYMOUS if settings.public else func.AuthLevel.FUNCTION


@app.route(route="predict", methods=METHODS, auth_level=KEY)
def predict(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Predict the sentiment of one tweet or many."""
    return service.answer(req, context, {"POST": service.predict.post})


@app.route(route="feedback", methods=METHODS, auth_level=KEY)
def feedback(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Record whether a prediction was right."""
    return service.answer(req, context, {"POST": service.feedback.post})


@app.route(route="health/live", methods=METHODS)
def live(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Report that the process is up."""
    return service.answer(req, context, {"GET": service.health.live})


@app.route(route="health/ready", methods=METHODS)
def ready(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Report whether the model is loaded and answers."""
    return service.answer(req, context, {"GET": service.health.ready})


@app.route(route="model", methods=METHODS)
def model(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Describe the model that answers."""
    return service.answer(req, context, {"GET": service.model.get})


@app.route(route="openapi.json", methods=METHODS)
def openapi(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Describe this interface as OpenAPI 3.1."""
    return service.answer(req, context, {"GET": service.openapi.get})


@app.route(route="docs", methods=METHODS)
def docs(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Show the description in a browser."""
    return service.answer(req, context, {"GET": DOCS.show_page})


@app.route(route="docs/{file}", methods=METHODS)
def docs_file(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Serve a file of the page that shows the description."""
    return service.answer(req, context, {"GET": DOCS.show_file})


@app.route(route="ui", methods=METHODS)
def ui(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Show the web page."""
    return service.answer(req, context, {"GET": UI.show_page})


@app.route(route="ui/{file}", methods=METHODS)
def ui_file(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Serve a file of the web page."""
    return service.answer(req, context, {"GET": UI.show_file})


@app.route(route="{*path}", methods=METHODS)
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    """Answer what no other route does."""
    return not_found(req)
