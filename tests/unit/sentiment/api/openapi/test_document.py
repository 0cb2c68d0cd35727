from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from sentiment.api.openapi.document import document
from sentiment.api.openapi.operations import OPERATIONS


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return json.loads(document(public=False))


@pytest.mark.parametrize("public", [True, False])
def test_the_document_is_openapi(public: bool) -> None:
    OpenAPIV31SpecValidator(json.loads(document(public))).validate()


def test_addresses_are_relative_to_the_document(contract: dict[str, Any]) -> None:
    (server,) = contract["servers"]
    document = "https://example.org/shop/v1/api/openapi.json"
    assert urljoin(document, server["url"]) == "https://example.org/shop/v1/api/"


def test_every_operation_says_what_it_does_and_how_it_fails(contract: dict[str, Any]) -> None:
    operations = [each for path in contract["paths"].values() for each in path.values()]
    assert len(operations) == len(OPERATIONS)
    tags = {tag["name"] for tag in contract["tags"]}
    for each in operations:
        assert each["summary"]
        assert each["description"]
        assert set(each["tags"]) <= tags
        assert {"405", "429", "500"} < set(each["responses"])
        assert ("401" in each["responses"]) is ("security" in each)


def test_a_key_is_taken_from_the_header_or_the_query(contract: dict[str, Any]) -> None:
    schemes = contract["components"]["securitySchemes"]
    places = {(each["type"], each["in"], each["name"]) for each in schemes.values()}
    assert places == {("apiKey", "header", "x-functions-key"), ("apiKey", "query", "code")}
    assert contract["paths"]["/predict"]["post"]["security"] == [{name: []} for name in schemes]
    assert "security" not in contract["paths"]["/model"]["get"]


def test_a_public_deployment_needs_no_key() -> None:
    described = document(public=True)
    assert b'"security' not in described
    assert b'"401"' not in described


def test_every_example_fits_its_schema(contract: dict[str, Any]) -> None:
    found = list(media_types(contract))
    assert sum(len(each["examples"]) for each in found) >= 20
    for each in found:
        schema = {**each["schema"], "components": contract["components"]}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        for name, example in each["examples"].items():
            assert validator.is_valid(example["value"]), name


def media_types(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if "examples" in part and "schema" in part:
            yield part
        for inner in part.values():
            yield from media_types(inner)
