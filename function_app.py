"""The HTTP surface: one short function a route."""

from __future__ import annotations

import azure.functions as func

from sentiment.documentation import Documentation
from sentiment.http import METHODS, answer, not_found
from sentiment.service import start
from sentiment.settings import read_settings
from sentiment.site import show_file, show_page

settings = read_settings()
service = start(settings)
documentation = Documentation(settings.public)
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
KEY = func.AuthLevel.ANONYMOUS if settings.public else func.AuthLevel.FUNCTION


@app.route(route="predict", methods=METHODS, auth_level=KEY)
def predict(req: func.HttpRequest) -> func.HttpResponse:
    """Tell the sentiment of one tweet or many."""
    return answer(req, {"POST": service.predict})


@app.route(route="feedback", methods=METHODS, auth_level=KEY)
def feedback(req: func.HttpRequest) -> func.HttpResponse:
    """Record whether a prediction was right."""
    return answer(req, {"POST": service.feedback})


@app.route(route="health/live", methods=METHODS)
def live(req: func.HttpRequest) -> func.HttpResponse:
    """Say that the process is up."""
    return answer(req, {"GET": service.live})


@app.route(route="health/ready", methods=METHODS)
def ready(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether the model is loaded and answers."""
    return answer(req, {"GET": service.ready})


@app.route(route="model", methods=METHODS)
def model(req: func.HttpRequest) -> func.HttpResponse:
    """Describe the model that answers."""
    return answer(req, {"GET": service.model})


@app.route(route="openapi.json", methods=METHODS)
def openapi(req: func.HttpRequest) -> func.HttpResponse:
    """Describe this interface as OpenAPI 3.1."""
    return answer(req, {"GET": documentation.openapi})


@app.route(route="docs", methods=METHODS)
def docs(req: func.HttpRequest) -> func.HttpResponse:
    """Show the description in a browser."""
    return answer(req, {"GET": documentation.page})


@app.route(route="docs/{file}", methods=METHODS)
def docs_file(req: func.HttpRequest) -> func.HttpResponse:
    """Serve a file of the page that shows the description."""
    return answer(req, {"GET": documentation.file})


@app.route(route="ui", methods=METHODS)
def ui(req: func.HttpRequest) -> func.HttpResponse:
    """Show the web page."""
    return answer(req, {"GET": show_page})


@app.route(route="ui/{file}", methods=METHODS)
def ui_file(req: func.HttpRequest) -> func.HttpResponse:
    """Serve a file of the web page."""
    return answer(req, {"GET": show_file})


@app.route(route="{*path}", methods=METHODS)
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    """Answer what no other route does."""
    return not_found(req)
