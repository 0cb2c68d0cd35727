"""The contract holds for requests that schemathesis makes up."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.contract import API_KEY, KEYS, fuzz
from tests.support.running import Server, running

CASES, EXAMPLES, SEED = 100, 5, 5


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with running(home, "--require-key", API_KEY, settings=KEYS) as server:
        yield server


def test_requests_made_up_from_the_contract_are_answered_as_it_says(app: Server) -> None:
    document = app.request("GET", "/api/openapi.json").body
    only = ("--include-operation-id", "predict", "--include-operation-id", "feedback")
    found = fuzz(app, document, EXAMPLES, SEED, "--phases", "examples,coverage", *only)
    assert (found.operations, found.failures, found.complete) == (2, [], True)
    assert found.cases >= CASES
    assert {"200", "201", "401", "404", "405", "415", "422"} <= found.statuses


def test_an_answer_that_is_not_as_described_is_found_out(app: Server) -> None:
    document = app.request("GET", "/api/openapi.json").json()
    document["components"]["schemas"]["HealthResponse"]["required"].append("model")
    only = ("--include-operation-id", "live", "--phases", "coverage")
    found = fuzz(app, json.dumps(document).encode(), 1, SEED, *only)
    assert found.failures == ["Response violates schema"]
