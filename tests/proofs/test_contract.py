"""The contract and the app say the same, whatever schemathesis makes up."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentiment.api.openapi.operations import OPERATIONS
from tests.support.contract import API_KEY, KEYS, fuzz
from tests.support.running import running

pytestmark = pytest.mark.proof

EXAMPLES, SEED = 200, 7
CASES = 2000


def test_thousands_of_requests_are_answered_as_the_contract_says(tmp_path: Path) -> None:
    with running(tmp_path, "--require-key", API_KEY, settings=KEYS) as server:
        document = server.request("GET", "/api/openapi.json").body
        found = fuzz(server, document, EXAMPLES, SEED)
    assert (found.failures, found.complete) == ([], True)
    assert found.operations == len(OPERATIONS)
    assert found.cases >= CASES
    assert {"200", "201", "304", "400", "401", "404", "405", "415", "422"} <= found.statuses
