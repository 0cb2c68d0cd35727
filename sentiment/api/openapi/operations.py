"""Every operation of the app: what it takes, what it answers and which problems it has.

Examples are instances of the types themselves, so that they cannot drift; identifiers and numbers
in them are made up, and problems are those that the app raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec

from sentiment.api import problems, schemas
from sentiment.api.docs import CSP_EXCEPTIONS, DOCS
from sentiment.api.pages import Site
from sentiment.api.ui import UI
from sentiment.model.bundle import (
    LABELS,
    NAME,
    SCHEMA_VERSION,
    Decision,
    Encoder,
    FileEntry,
    Manifest,
)
from sentiment.registry import RegistryStatus
from sentiment.telemetry.events import Verdict

JSON = "application/json"
Examples = Mapping[str, object]


@dataclass(frozen=True)
class Answer:
    """What a success looks like.

    Attributes:
        description: One sentence.
        schema: The type of its JSON, a schema as it is, or None where there is no body.
        examples: By name.
        media_types: What the body may be.
        headers: Names of headers that are always there, as the document's components name them.
    """

    description: str
    schema: type | Mapping[str, Any] | None = None
    examples: Examples = field(default_factory=dict)
    media_types: tuple[str, ...] = (JSON,)
    headers: tuple[str, ...] = ("Cache-Control", "X-Content-Type-Options")


@dataclass(frozen=True)
class Operation:
    """One method of one path: POST where it takes a body, else GET.

    Attributes:
        function: The name of the function in ``function_app``, which is also the operation's id.
        path: Without the prefix.
        tag: The heading that it stands under.
        summary: A few words.
        description: What a caller should know.
        answers: The successes by their status.
        problems: The problems that are its own; those of every operation and of every body are not
            listed.
        request: The type of the body, or None where it takes none.
        requests: Examples of bodies by name.
        parameters: As OpenAPI writes them.
        links: What can be done next, as OpenAPI writes it.
    """

    function: str
    path: str
    tag: str
    summary: str
    description: str
    answers: Mapping[HTTPStatus, Answer]
    problems: tuple[HTTPStatus, ...] = ()
    request: type | None = None
    requests: Examples = field(default_factory=dict)
    parameters: tuple[Mapping[str, Any], ...] = ()
    links: Mapping[str, Any] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The method, in capitals."""
        return "GET" if self.request is None else "POST"

    @property
    def protected(self) -> bool:
        """Whether a key is needed, unless the deployment is public."""
        return self.request is not None


CACHED = ("ETag", "Vary", "Cache-Control", "X-Content-Type-Options")
_PAGE = Answer(
    "The page.",
    {"type": "string"},
    media_types=("text/html",),
    headers=(*CACHED, "Content-Security-Policy"),
)
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of the copy that the client holds.",
    "schema": {"type": "string"},
}
"""The parameter of operations that also answer 304."""

_UNAVAILABLE = (HTTPStatus.SERVICE_UNAVAILABLE,)

_TWEET = "I love this phone"
_RECEIPT = "AWkhqTAwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
_MODEL = schemas.ModelReference("20260101T000000Z-bert-0123abcd", "bert")
_ANSWER = schemas.PredictionResponse(
    prediction_id=_RECEIPT,
    label="positive",
    probability=0.9,
    confidence=0.9,
    certain=True,
    truncated=False,
    english=True,
)
_EXPLAINED = msgspec.structs.replace(
    _ANSWER, explanation=[schemas.WordResponse(2, 6, 1.5), schemas.WordResponse(7, 11, 0.1)]
)
_MANIFEST = Manifest(
    schema_version=SCHEMA_VERSION,
    name=NAME,
    version=_MODEL.version,
    family=_MODEL.family,
    created="2026-01-01T00:00:00Z",
    labels=LABELS,
    encoder=Encoder("tokenizers", "tokenizer.json", 64, "tweet-1"),
    decision=Decision(temperature=1.0, threshold=0.5, uncertain=(0.3, 0.7)),
    files={"model.tflite": FileEntry(64 * "0", 1 << 24)},
)
_BEHIND = RegistryStatus("unreachable", "It cannot be read.")
_PROBLEMS: Mapping[str, problems.ProblemError] = {
    "malformed": problems.malformed(),
    "no body": problems.no_body(),
    "unknown path": problems.no_such_path(),
    "wrong method": problems.wrong_method(["POST"]),
    "too long": problems.too_long(2 * schemas.MAX_BODY_BYTES),
    "not JSON": problems.not_json(),
    "too many explained": problems.too_many_explained(),
    "consent without text": problems.without_text(),
    "consent to keep what is retracted": problems.retracted_with_consent(),
    "too often": problems.too_often(30),
    "unexpected": problems.failed(),
    "no model": problems.no_model("manifest.json cannot be read."),
}


def problem_examples(status: HTTPStatus) -> Examples:
    """Return the problems that a status stands for, by name."""
    found = {name: error.problem for name, error in _PROBLEMS.items()}
    return {name: problem for name, problem in found.items() if problem.status == status.value}


def _recorded(verdict: Verdict, outcome: Any) -> schemas.FeedbackResponse:
    return schemas.FeedbackResponse(32 * "0", verdict, outcome, text_stored=False)


def _files(function: str, tag: str, summary: str, site: Site) -> Operation:
    """Return the operation that serves the files of a page."""
    kinds = tuple(sorted(set(site.files.values())))
    name = {"name": "file", "in": "path", "required": True, "schema": {"enum": sorted(site.files)}}
    return Operation(
        function=function,
        path=f"/{function.removesuffix('_file')}/{{file}}",
        tag=tag,
        summary=summary,
        description="Styles, scripts and icon.",
        answers={HTTPStatus.OK: Answer("The file.", {}, media_types=kinds, headers=CACHED)},
        problems=(HTTPStatus.NOT_FOUND,),
        parameters=(name, IF_NONE_MATCH),
    )


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        function="predict",
        path="/predict",
        tag="sentiment",
        summary="Predict the sentiment of one tweet or many",
        description=(
            "Send `text` or `texts`; the answer is always a list, in the order of the texts. A body"
            f" has at most {schemas.MAX_BODY_BYTES:,} bytes. `prediction_id` is null where the"
            " deployment has no key to sign it with."
        ),
        request=schemas.PredictRequest,
        requests={
            "one": schemas.PredictRequest(text=_TWEET),
            "many": schemas.PredictRequest(texts=[_TWEET, "worst day ever"]),
            "explained": schemas.PredictRequest(text=_TWEET, explain=True),
        },
        answers={
            HTTPStatus.OK: Answer(
                "The predictions.",
                schemas.PredictResponse,
                {
                    "one": schemas.PredictResponse(_MODEL, [_ANSWER]),
                    "explained": schemas.PredictResponse(_MODEL, [_EXPLAINED]),
                },
            )
        },
        problems=_UNAVAILABLE,
        links={
            "feedback": {
                "operationId": "feedback",
                "description": "Say whether the first prediction was right.",
                "requestBody": {
                    "prediction_id": "$response.body#/predictions/0/prediction_id",
                    "verdict": "incorrect",
                },
            }
        },
    ),
    Operation(
        function="feedback",
        path="/feedback",
        tag="sentiment",
        summary="Say whether a prediction was right",
        description=(
            "A prediction has one verdict: the same again changes nothing, another one replaces"
            " it. The text is kept only with `consent`, with mentions, addresses, links and long"
            " numbers masked; it must be the one that was predicted. A `prediction_id` that this"
            " service did not issue, or issued more than seven days ago, is answered 422."
        ),
        request=schemas.FeedbackRequest,
        requests={
            "wrong": schemas.FeedbackRequest(_RECEIPT, "incorrect"),
            "with the text": schemas.FeedbackRequest(_RECEIPT, "correct", _TWEET, consent=True),
            "an undo": schemas.FeedbackRequest(_RECEIPT, "retracted"),
        },
        answers={
            HTTPStatus.CREATED: Answer(
                "The first verdict on this prediction.",
                schemas.FeedbackResponse,
                {"new": _recorded("incorrect", "created")},
            ),
            HTTPStatus.OK: Answer(
                "The prediction had a verdict already.",
                schemas.FeedbackResponse,
                {
                    "the same again": _recorded("incorrect", "unchanged"),
                    "another": _recorded("correct", "replaced"),
                    "an undo": _recorded("retracted", "replaced"),
                },
            ),
        },
        problems=_UNAVAILABLE,
    ),
    Operation(
        function="live",
        path="/health/live",
        tag="health",
        summary="Say that the process is up",
        description="Asks nothing of the model.",
        answers={
            HTTPStatus.OK: Answer(
                "It is.", schemas.HealthResponse, {"live": schemas.HealthResponse("live")}
            )
        },
    ),
    Operation(
        function="ready",
        path="/health/ready",
        tag="health",
        summary="Say whether the model is loaded and answers",
        description=(
            "`registry` is there where the app follows a registry, and says whether the served"
            " model is its current one."
        ),
        answers={
            HTTPStatus.OK: Answer(
                "It does.",
                schemas.HealthResponse,
                {
                    "ready": schemas.HealthResponse("ready", _MODEL),
                    "behind": schemas.HealthResponse("ready", _MODEL, _BEHIND),
                },
            )
        },
        problems=_UNAVAILABLE,
    ),
    Operation(
        function="model",
        path="/model",
        tag="sentiment",
        summary="Describe the model that answers",
        description="The manifest of the served bundle, less what is private.",
        answers={HTTPStatus.OK: Answer("The manifest.", Manifest, {"shortened": _MANIFEST})},
        problems=_UNAVAILABLE,
    ),
    Operation(
        function="openapi",
        path="/openapi.json",
        tag="documentation",
        summary="Describe this interface",
        description="This document.",
        answers={
            HTTPStatus.OK: Answer(
                "The document.",
                {"type": "object", "required": ["openapi", "info", "paths"]},
                headers=CACHED,
            )
        },
        parameters=(IF_NONE_MATCH,),
    ),
    Operation(
        function="docs",
        path="/docs",
        tag="documentation",
        summary="Show this document in a browser",
        description=(
            "Everything comes from this origin. Its Content-Security-Policy has these exceptions"
            f" to nothing but own files: {'; '.join(CSP_EXCEPTIONS)}."
        ),
        answers={HTTPStatus.OK: _PAGE},
        parameters=(IF_NONE_MATCH,),
    ),
    _files("docs_file", "documentation", "Serve a file of the documentation page", DOCS),
    Operation(
        function="ui",
        path="/ui",
        tag="page",
        summary="Show the page to try a tweet on",
        description="In English and French; everything comes from this origin.",
        answers={HTTPStatus.OK: _PAGE},
        parameters=(IF_NONE_MATCH,),
    ),
    _files("ui_file", "page", "Serve a file of the page", UI),
)
