"""Every operation of the app: what it takes, what it answers and which problems it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sentiment.api import schemas
from sentiment.api.docs import CSP_EXCEPTIONS, DOCS
from sentiment.api.openapi import examples
from sentiment.api.openapi.examples import Examples
from sentiment.api.ui import UI
from sentiment.model.bundle import Manifest

JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True)
class Answer:
    """What a success looks like.

    Attributes:
        description: One sentence.
        schema: The type of its JSON, a schema as it is, or None where there is no body.
        media_types: What the body may be.
        examples: By name.
        headers: Names of headers that are always there, as the document's components name them.
    """

    description: str
    schema: type | Mapping[str, Any] | None = None
    media_types: tuple[str, ...] = (JSON,)
    examples: Examples = field(default_factory=dict)
    headers: tuple[str, ...] = ("Cache-Control", "X-Content-Type-Options")


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    Attributes:
        function: The name of the function in ``function_app``, which is also the operation's id.
        path: Without the prefix.
        method: In capitals.
        tag: The heading that it stands under.
        summary: A few words.
        description: What a caller should know.
        answers: The successes by their status.
        problems: The problems that are its own; those of every operation, of every body and of
            every protected function are not listed.
        request: The type of the body, or None where it takes none.
        requests: Examples of bodies by name.
        parameters: As OpenAPI writes them.
        protected: Whether a key is needed, unless the deployment is public.
        links: What can be done next, as OpenAPI writes it.
    """

    function: str
    path: str
    method: str
    tag: str
    summary: str
    description: str
    answers: Mapping[HTTPStatus, Answer]
    problems: tuple[HTTPStatus, ...] = ()
    request: type | None = None
    requests: Examples = field(default_factory=dict)
    parameters: tuple[Mapping[str, Any], ...] = ()
    protected: bool = False
    links: Mapping[str, Any] = field(default_factory=dict)


_CACHED = ("ETag", "Vary", "Cache-Control", "X-Content-Type-Options")
_NOT_MODIFIED = Answer("The copy that If-None-Match names is still right.", headers=_CACHED)
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of the copy that the client holds.",
    "schema": {"type": "string"},
}
_HTML_HEADERS = (*_CACHED, "Content-Security-Policy")
_FEEDBACK_LINK = {
    "feedback": {
        "operationId": "feedback",
        "description": "Say whether the first prediction was right.",
        "requestBody": {
            "prediction_id": "$response.body#/predictions/0/prediction_id",
            "verdict": "incorrect",
        },
    }
}


def _files(function: str, path: str, tag: str, summary: str, files: Mapping[str, str]) -> Operation:
    """Return the operation that serves the files of a page, given with their media types."""
    name = {"name": "file", "in": "path", "required": True, "schema": {"enum": sorted(files)}}
    media_types = tuple(sorted(set(files.values())))
    return Operation(
        function=function,
        path=path,
        method="GET",
        tag=tag,
        summary=summary,
        description="Styles, scripts and icon.",
        parameters=(name, _IF_NONE_MATCH),
        answers={
            HTTPStatus.OK: Answer("The file.", {}, media_types, headers=_CACHED),
            HTTPStatus.NOT_MODIFIED: _NOT_MODIFIED,
        },
        problems=(HTTPStatus.NOT_FOUND,),
    )


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        function="predict",
        path="/predict",
        method="POST",
        tag="sentiment",
        summary="Predict the sentiment of one tweet or many",
        description=(
            "Send `text` or `texts`; the answer is always a list, in the order of the texts. A body"
            f" has at most {schemas.MAX_BODY_BYTES:,} bytes. `prediction_id` is null where the"
            " deployment has no key to sign it with."
        ),
        request=schemas.PredictRequest,
        requests=examples.PREDICT_REQUESTS,
        answers={
            HTTPStatus.OK: Answer(
                "The predictions.",
                schemas.PredictResponse,
                examples=examples.PREDICT_RESPONSES,
            )
        },
        problems=(HTTPStatus.SERVICE_UNAVAILABLE,),
        protected=True,
        links=_FEEDBACK_LINK,
    ),
    Operation(
        function="feedback",
        path="/feedback",
        method="POST",
        tag="sentiment",
        summary="Say whether a prediction was right",
        description=(
            "A prediction has one verdict: the same again changes nothing, another one replaces"
            " it. The text is kept only with `consent`, with mentions, addresses, links and long"
            " numbers masked; it must be the one that was predicted. A `prediction_id` that this"
            " service did not issue, or issued more than seven days ago, is answered 422."
        ),
        request=schemas.FeedbackRequest,
        requests=examples.FEEDBACK_REQUESTS,
        answers={
            HTTPStatus.CREATED: Answer(
                "The first verdict on this prediction.",
                schemas.FeedbackResponse,
                examples=examples.FEEDBACK_CREATED,
            ),
            HTTPStatus.OK: Answer(
                "The prediction had a verdict already.",
                schemas.FeedbackResponse,
                examples=examples.FEEDBACK_KNOWN,
            ),
        },
        problems=(HTTPStatus.SERVICE_UNAVAILABLE,),
        protected=True,
    ),
    Operation(
        function="live",
        path="/health/live",
        method="GET",
        tag="health",
        summary="Say that the process is up",
        description="Asks nothing of the model.",
        answers={
            HTTPStatus.OK: Answer("It is.", schemas.HealthResponse, examples=examples.LIVE),
        },
    ),
    Operation(
        function="ready",
        path="/health/ready",
        method="GET",
        tag="health",
        summary="Say whether the model is loaded and answers",
        description=(
            "`registry` is there where the app follows a registry, and says whether the served"
            " model is its current one."
        ),
        answers={
            HTTPStatus.OK: Answer("It does.", schemas.HealthResponse, examples=examples.READY),
        },
        problems=(HTTPStatus.SERVICE_UNAVAILABLE,),
    ),
    Operation(
        function="model",
        path="/model",
        method="GET",
        tag="sentiment",
        summary="Describe the model that answers",
        description="The manifest of the served bundle, less what is private.",
        answers={
            HTTPStatus.OK: Answer("The manifest.", Manifest, examples=examples.MODEL),
        },
        problems=(HTTPStatus.SERVICE_UNAVAILABLE,),
    ),
    Operation(
        function="openapi",
        path="/openapi.json",
        method="GET",
        tag="documentation",
        summary="Describe this interface",
        description="This document.",
        parameters=(_IF_NONE_MATCH,),
        answers={
            HTTPStatus.OK: Answer(
                "The document.",
                {"type": "object", "required": ["openapi", "info", "paths"]},
                headers=_CACHED,
            ),
            HTTPStatus.NOT_MODIFIED: _NOT_MODIFIED,
        },
    ),
    Operation(
        function="docs",
        path="/docs",
        method="GET",
        tag="documentation",
        summary="Show this document in a browser",
        description=(
            "Everything comes from this origin. Its Content-Security-Policy has these exceptions"
            f" to nothing but own files: {'; '.join(CSP_EXCEPTIONS)}."
        ),
        parameters=(_IF_NONE_MATCH,),
        answers={
            HTTPStatus.OK: Answer(
                "The page.",
                {"type": "string"},
                (HTML,),
                headers=_HTML_HEADERS,
            ),
            HTTPStatus.NOT_MODIFIED: _NOT_MODIFIED,
        },
    ),
    _files(
        "docs_file",
        "/docs/{file}",
        "documentation",
        "Serve a file of the documentation page",
        DOCS.files,
    ),
    Operation(
        function="ui",
        path="/ui",
        method="GET",
        tag="page",
        summary="Show the page to try a tweet on",
        description="In English and French; everything comes from this origin.",
        parameters=(_IF_NONE_MATCH,),
        answers={
            HTTPStatus.OK: Answer("The page.", {"type": "string"}, (HTML,), headers=_HTML_HEADERS),
            HTTPStatus.NOT_MODIFIED: _NOT_MODIFIED,
        },
    ),
    _files("ui_file", "/ui/{file}", "page", "Serve a file of the page", UI.files),
)
