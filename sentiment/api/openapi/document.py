"""The OpenAPI document, put together from the operations and the types."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from sentiment.api import http, pages
from sentiment.api.openapi.operations import (
    CACHED,
    IF_NONE_MATCH,
    JSON,
    OPERATIONS,
    Answer,
    Examples,
    Operation,
    problem_examples,
)
from sentiment.api.schemas import MAX_BODY_BYTES, RULES, Problem

OPENAPI = "3.1.1"
VERSION = "1.0.0"
"""Of the contract: the first number changes where a client would have to."""

PROBLEM_JSON = "application/problem+json"
_SCHEMAS = "#/components/schemas/{name}"

_INFO = {
    "title": "Tweet sentiment",
    "version": VERSION,
    "license": {"name": "MIT", "identifier": "MIT"},
    "description": (
        "Predicts whether a tweet is positive or negative, and takes feedback on its answers.\n\n"
        "Every GET also answers HEAD. A path that is not described here is answered 404, another"
        " method 405, both as a problem of RFC 9457 (`application/problem+json`). What the"
        " platform refuses before the app is asked (401, 429) has an empty body."
    ),
}
_TAGS = {
    "sentiment": "Predictions, feedback and the model.",
    "health": "For probes.",
    "page": "To try a tweet on.",
    "documentation": "This description.",
}
_KEYS = {
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "A host key or the function's own key of the Azure Functions app.",
    },
    "query": {
        "type": "apiKey",
        "in": "query",
        "name": "code",
        "description": "The same key, for where no header can be set; addresses are often logged.",
    },
}
_HEADERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Allow": ("The methods that there are.", {"type": "string"}),
    "Cache-Control": ("Whether it may be kept.", {"enum": ["no-store", pages.CACHE_CONTROL]}),
    "Content-Security-Policy": ("What the page may load.", {"type": "string"}),
    "ETag": ("Names this state of the content.", {"type": "string", "pattern": '^W/"[0-9a-f]+"$'}),
    "Retry-After": ("Seconds to wait.", {"type": "integer", "minimum": 1}),
    "Vary": ("What the answer depends on.", {"const": "Accept-Encoding"}),
    "X-Content-Type-Options": ("The type is the one given.", {"const": "nosniff"}),
}
_REFUSALS = {
    HTTPStatus.UNAUTHORIZED: "The key is missing or wrong; the platform's answer, without a body.",
    HTTPStatus.TOO_MANY_REQUESTS: (
        "More requests at once than the platform takes; its answer, without a body."
    ),
}
_LIMITED = (
    "One address asks more than a minute allows, or all ask more at once than the platform takes,"
    " whose answer has no body."
)
_PROBLEMS = {
    HTTPStatus.BAD_REQUEST: "The body is not JSON in UTF-8.",
    HTTPStatus.NOT_FOUND: "There is nothing at this path.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The path has other methods.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The body has more than {MAX_BODY_BYTES:,} bytes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not declared as JSON.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A field is wrong; `field` is its path.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The app failed.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The app cannot answer now; `detail` says why.",
}
_PROBLEM_HEADERS = {
    HTTPStatus.METHOD_NOT_ALLOWED: ("Allow",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}
_NOT_MODIFIED = Answer("The copy that If-None-Match names is still right.", headers=CACHED)
_OF_EVERY_OPERATION = (
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
)
_OF_EVERY_BODY = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


def document(public: bool) -> bytes:
    """Return the contract in OpenAPI 3.1 as JSON.

    Args:
        public: Whether predict and feedback need no key.
    """
    components: dict[str, Any] = {
        "schemas": _schemas(),
        "responses": dict(_shared_responses(public)),
        "headers": {
            name: {"description": description, "required": True, "schema": schema}
            for name, (description, schema) in _HEADERS.items()
        },
    }
    if not public:
        components["securitySchemes"] = _KEYS
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, public)
    return msgspec.json.encode(
        {
            "openapi": OPENAPI,
            "info": _INFO,
            "servers": [{"url": "."}],
            "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
            "paths": paths,
            "components": components,
        }
    )


def _schemas() -> dict[str, Any]:
    answers = [answer.schema for each in OPERATIONS for answer in each.answers.values()]
    types = [each for each in answers if isinstance(each, type)]
    types += [each.request for each in OPERATIONS if each.request is not None]
    _, schemas = msgspec.json.schema_components([*types, Problem], ref_template=_SCHEMAS)
    for schema in schemas.values():
        schema["description"] = inspect.cleandoc(schema.get("description", ""))
        for field in schema["properties"].values():
            if "prefixItems" in field:  # maxItems says it, too; generators trip over `items: false`
                del field["items"]
    for ruled, rules in RULES.items():
        schemas[ruled.__name__].update(rules)
    return schemas


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _shared_responses(public: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    refusals, problems = dict(_REFUSALS), dict(_PROBLEMS)
    if public:
        refusals.clear()
        problems[HTTPStatus.TOO_MANY_REQUESTS] = _LIMITED
    for status, description in refusals.items():
        yield status.name, {"description": description}
    for status, description in problems.items():
        content = {PROBLEM_JSON: _content(_reference(Problem), problem_examples(status))}
        headers = _headers(*http.HEADERS, *_PROBLEM_HEADERS.get(status, ()))
        yield status.name, {"description": description, "headers": headers, "content": content}


def _operation(operation: Operation, public: bool) -> dict[str, Any]:
    content: dict[str, Any] = {
        "operationId": operation.function,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "responses": _responses(operation, public),
    }
    if operation.parameters:
        content["parameters"] = operation.parameters
    if operation.request is not None:
        body = {JSON: _content(_reference(operation.request), operation.requests)}
        content["requestBody"] = {"required": True, "content": body, "x-max-bytes": MAX_BODY_BYTES}
    if operation.protected and not public:
        content["security"] = [{name: []} for name in _KEYS]
    return content


def _responses(operation: Operation, public: bool) -> dict[str, Any]:
    statuses = {*operation.problems, *_OF_EVERY_OPERATION}
    if operation.request is not None:
        statuses |= set(_OF_EVERY_BODY)
    if operation.protected and not public:
        statuses.add(HTTPStatus.UNAUTHORIZED)
    answers = {
        str(status.value): _response(answer, operation.links)
        for status, answer in operation.answers.items()
    }
    if IF_NONE_MATCH in operation.parameters:
        answers[str(HTTPStatus.NOT_MODIFIED.value)] = _response(_NOT_MODIFIED, {})
    problems = {
        str(status.value): {"$ref": f"#/components/responses/{status.name}"}
        for status in sorted(statuses)
    }
    return answers | problems


def _response(answer: Answer, links: Mapping[str, Any]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": answer.description,
        "headers": _headers(*answer.headers),
    }
    if answer.schema is not None:
        schema = _reference(answer.schema) if isinstance(answer.schema, type) else answer.schema
        response["content"] = {
            kind: _content(schema, answer.examples) for kind in answer.media_types
        }
    if links:
        response["links"] = links
    return response


def _content(schema: Mapping[str, Any], examples: Examples) -> dict[str, Any]:
    shown = {name: {"value": value} for name, value in examples.items()}
    return {"schema": schema, **({"examples": shown} if shown else {})}


def _reference(described: type) -> dict[str, str]:
    return {"$ref": _SCHEMAS.format(name=described.__name__)}
