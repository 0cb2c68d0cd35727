"""The adapter between werkzeug's requests and responses and those of azure-functions."""

from __future__ import annotations

from collections.abc import Mapping

import azure.functions as func
from werkzeug.http import remove_hop_by_hop_headers
from werkzeug.wrappers import Request, Response


def to_azure(request: Request, route_parameters: Mapping[str, str]) -> func.HttpRequest:
    """Return the request as a function takes it."""
    return func.HttpRequest(
        method=request.method,
        url=request.url,
        headers=dict(request.headers.items()),
        params={name: ",".join(values) for name, values in request.args.lists()},
        route_params=dict(route_parameters),
        body=request.get_data(cache=False),
    )


def from_azure(answer: object) -> Response:
    """Return what a function answered as a response.

    The body stays with the response to a HEAD request, for its length; werkzeug leaves it out
    when it sends.

    Raises:
        TypeError: The answer is not an ``HttpResponse``.
    """
    if not isinstance(answer, func.HttpResponse):
        raise TypeError(f"A function answers an HttpResponse, not {type(answer).__name__}.")
    response = Response(answer.get_body(), answer.status_code, list(answer.headers.items()))
    remove_hop_by_hop_headers(response.headers)
    response.headers.remove("Content-Length")
    if "content-type" not in answer.headers:
        mimetype = str(answer.mimetype)
        charset = f"; charset={answer.charset}" if mimetype.startswith("text/") else ""
        response.headers["Content-Type"] = mimetype + charset
    return response


def empty(status: int) -> Response:
    """Return a response without a body."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response
