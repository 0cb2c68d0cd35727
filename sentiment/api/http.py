"""What every route shares: methods, bodies, responses and problems."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeVar

import azure.functions as func
import msgspec

from sentiment.api.problems import (
    ProblemError,
    describe,
    failed,
    invalid,
    malformed,
    no_body,
    no_such_path,
    not_json,
    too_long,
    wrong_method,
)
from sentiment.api.schemas import MAX_BODY_BYTES

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HEADERS = MappingProxyType({"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
"""What every answer of JSON and every problem carries."""

_logger = logging.getLogger(__name__)

Handler = Callable[[func.HttpRequest], func.HttpResponse]
T = TypeVar("T")


def respond(request: func.HttpRequest, handlers: Mapping[str, Handler]) -> func.HttpResponse:
    """Answer a request with the handler of its method, or with a problem; never raise."""
    try:
        return _dispatch(request, handlers)
    except ProblemError as error:
        return _problem_response(error)
    except Exception as error:
        # Neither the message nor a traceback: either may quote the request.
        _logger.error("An unexpected %s ended a request.", type(error).__name__)
        return _problem_response(failed())


def not_found(_request: func.HttpRequest) -> func.HttpResponse:
    """Answer any request to a path that does not exist."""
    return _problem_response(no_such_path())


def json_response(
    content: object,
    status: int = HTTPStatus.OK,
    mimetype: str = "application/json",
    headers: Mapping[str, str] = HEADERS,
) -> func.HttpResponse:
    """Return a response of JSON that no cache keeps."""
    encoded = msgspec.json.encode(content)
    return func.HttpResponse(encoded, status_code=int(status), mimetype=mimetype, headers=headers)


def read_json(request: func.HttpRequest, decoder: msgspec.json.Decoder[T]) -> T:
    """Return the validated body of a request.

    Raises:
        ProblemError: 415 not JSON, 413 too long, 400 malformed, 422 not as the type says.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise not_json()
    body = request.get_body()
    if not body:
        raise no_body()
    if len(body) > MAX_BODY_BYTES:
        raise too_long(len(body))
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        fields = getattr(decoder.type, "__struct_fields__", ())
        raise invalid(*describe(error, fields, body)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise malformed() from None


def client_network(request: func.HttpRequest) -> str | None:
    """Return where a request came from, or None where that is not known.

    The last entry of X-Forwarded-For is the platform's own; those before it are the client's word.
    An IPv4 address is returned as it is, an IPv6 address as its network of 64 bits: a single
    client has that many addresses to itself.
    """
    last = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(_without_port(last))
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def _without_port(entry: str) -> str:
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def _dispatch(request: func.HttpRequest, handlers: Mapping[str, Handler]) -> func.HttpResponse:
    method = request.method.upper()
    handler = handlers.get("GET" if method == "HEAD" else method)
    if handler is None:
        raise wrong_method([*handlers, *(["HEAD"] if "GET" in handlers else [])])
    return handler(request)


def _problem_response(error: ProblemError) -> func.HttpResponse:
    headers = {**HEADERS, **error.headers}
    return json_response(error.problem, error.problem.status, "application/problem+json", headers)
