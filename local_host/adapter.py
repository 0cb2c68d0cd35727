"""The adapter between werkzeug's requests and responses and those of azure-functions."""

from __future__ import annotations

from collections.abc import Mapping

import azure.functions as func
from werkzeug.wrappers import Request, Response

_OURS = frozenset({"connection", "content-length", "transfer-encoding"})


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

    A string is text, and None an empty 204, as in Azure. The body stays with the response to a
    HEAD request, for its length; werkzeug leaves it out when it sends.

    Raises:
        TypeError: The answer is something else.
    """
    if answer is None:
        return empty(204)
    if isinstance(answer, str):
        return Response(answer, mimetype="text/plain")
    if not isinstance(answer, func.HttpResponse):
        raise TypeError(f"A function answers an HttpResponse, not {type(answer).__name__}.")
    headers = [(name, value) for name, value in answer.headers if name.lower() not in _OURS]
    response = Response(answer.get_body(), answer.status_code, headers)
    if "content-type" not in answer.headers:
        response.headers["Content-Type"] = _content_type(answer)
    return response


def empty(status: int) -> Response:
    """Return a response without a body."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


def _content_type(answer: func.HttpResponse) -> str:
    mimetype = str(answer.mimetype)
    return f"{mimetype}; charset={answer.charset}" if mimetype.startswith("text/") else mimetype
