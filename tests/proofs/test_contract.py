"""The contract and the app say the same, whatever schemathesis makes up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from sentiment.api.http import METHODS
from sentiment.api.openapi.operations import OPERATIONS
from tests.support.host import Server, running
from tests.support.pythons import ROOT

pytestmark = pytest.mark.proof

EXAMPLES, SEED = 200, 7
CASES = 2000
API_KEY = "contract"
KEYS = {"RECEIPT_KEYS": "k" * 40}
"""The setting by which the server signs receipts."""

_CONFIGURATION = """
base-url = "{url}/api"
hooks = "tests.support.contract_hooks"
[generation]
database = "none"
allow-extra-parameters = false
[auth.openapi.header]
api_key = "{key}"
[phases.coverage]
unexpected-methods = {methods}
"""


@dataclass(frozen=True)
class Fuzzed:
    """What was found: of failures and errors, their titles."""

    operations: int
    cases: int
    statuses: set[str]
    failures: list[str]
    complete: bool


def fuzz(server: Server, document: bytes, examples: int, seed: int, *arguments: str) -> Fuzzed:
    """Hold the answers of a server, which asks for ``API_KEY``, against a document.

    Args:
        server: Runs with ``KEYS``.
        document: OpenAPI as JSON.
        examples: How many requests are made up for each operation, at most.
        seed: Of the random numbers.
        arguments: Further ones of ``schemathesis run``.
    """
    already = len(server.output().splitlines())
    # Not TRACE: no function can register it, and the platform answers it without the app.
    methods = json.dumps([method.lower() for method in METHODS if method != "HEAD"])
    configuration = _CONFIGURATION.format(url=server.url, key=API_KEY, methods=methods)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        (Path(folder) / "openapi.json").write_bytes(document)
        (Path(folder) / "schemathesis.toml").write_text(configuration)
        command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json"]
        command += ["--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure"]
        command += ["--no-color", "--suppress-health-check", "too_slow"]
        command += ["--report", "json", "--report-json-path", str(report), *arguments]
        environment = {**os.environ, **KEYS, "PYTHONPATH": str(ROOT)}
        subprocess.run(command, cwd=folder, env=environment)
        found = json.loads(report.read_text())
    return Fuzzed(
        operations=found["operations"]["tested"],
        cases=found["test_cases"]["generated"],
        statuses=_statuses(server, already),
        failures=[each["title"] for each in found["failures"]] + list(map(str, found["errors"])),
        complete=found["complete"],
    )


def _statuses(server: Server, already: int) -> set[str]:
    lines = (line.split() for line in server.output().splitlines()[already:])
    return {words[-3] for words in lines if words[-1:] == ["ms"]}


def test_thousands_of_requests_are_answered_as_the_contract_says(tmp_path: Path) -> None:
    with running(tmp_path, "--require-key", API_KEY, settings=KEYS) as server:
        document = server.request("GET", "/api/openapi.json").body
        found = fuzz(server, document, EXAMPLES, SEED)
    assert (found.failures, found.complete) == ([], True)
    assert found.operations == len(OPERATIONS)
    assert found.cases >= CASES
    assert {"200", "201", "304", "400", "401", "404", "405", "415", "422"} <= found.statuses
