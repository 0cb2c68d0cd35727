"""The contract and the app say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from sentiment.api.http import METHODS
from sentiment.api.openapi.operations import OPERATIONS
from sentiment.api.schemas import MAX_BODY_BYTES
from tests.support.app_client import Client, running_app
from tests.support.bad_bodies import BAD_BODIES

CATCH_ALL = "nothing"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = tmp_path_factory.mktemp("home")
    with running_app(SENTIMENT_HOME=str(home), RECEIPT_KEYS="k" * 40) as client:
        yield client


@pytest.fixture(scope="module")
def document(client: Client) -> dict[str, Any]:
    return client.get("openapi").json


def test_every_route_is_described_as_it_is_registered(client: Client) -> None:
    registered = {}
    for function in client.module.app.get_functions():
        (trigger,) = (each for each in function.get_bindings() if each.type == "httpTrigger")
        protected = trigger.auth_level.name == "FUNCTION"
        registered[function.get_function_name()] = (f"/{trigger.route}", protected)
    del registered[CATCH_ALL]
    assert registered == {each.function: (each.path, each.protected) for each in OPERATIONS}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.function)
def test_every_method_is_described(client: Client, operation: Any) -> None:
    wrong = next(each for each in METHODS if each not in {operation.method, "GET", "HEAD", "POST"})
    described = [each.method for each in OPERATIONS if each.path == operation.path]
    allowed = client.call(operation.function, wrong).headers["Allow"].split(", ")
    assert [each for each in allowed if each != "HEAD"] == described


@pytest.mark.parametrize("row", BAD_BODIES, ids=[row[0] for row in BAD_BODIES])
def test_what_the_app_refuses_does_not_fit_the_schema(
    document: dict[str, Any], row: tuple[str, Any, int, str | None]
) -> None:
    _, body, status, _ = row
    if status == 422 and not isinstance(body, bytes):
        assert not fits(document, "PredictRequest", body)


FITTING = [
    {"text": "a"},
    {"texts": ["a"] * 128},
    {"texts": ["a"] * 8, "explain": True},
    {"text": "\U0001f600" * 4000},
    {"text": " \x00a"},
]


@pytest.mark.parametrize("body", FITTING, ids=range(len(FITTING)))
def test_what_fits_the_schema_is_answered(
    client: Client, document: dict[str, Any], body: dict[str, Any]
) -> None:
    assert fits(document, "PredictRequest", body)
    assert client.post("predict", body).status == 200


def fits(document: dict[str, Any], name: str, body: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(schema).is_valid(body)


def test_the_examples_of_problems_are_what_the_app_answers(
    client: Client, document: dict[str, Any]
) -> None:
    answers = [
        client.post("predict", b"{"),
        client.post("predict", b""),
        client.post("predict", b" " * 2 * MAX_BODY_BYTES),
        client.post("predict", {"texts": ["a"] * 9, "explain": True}),
        client.post("feedback", {"prediction_id": "a", "verdict": "correct", "consent": True}),
        client.post(
            "feedback",
            {"prediction_id": "a", "verdict": "retracted", "text": "a", "consent": True},
        ),
        client.call("predict", body=b"a=1"),
        client.call("predict", "GET"),
        client.get(CATCH_ALL),
    ]
    described = [
        example["value"]
        for response in document["components"]["responses"].values()
        for content in response.get("content", {}).values()
        for example in content.get("examples", {}).values()
    ]
    for answer in answers:
        assert answer.json in described
    unseen = [each["status"] for each in described if each not in [a.json for a in answers]]
    assert sorted(unseen) == [500, 503]
