"""The contract against the running app: ``python -m benchmarks.contract``.

schemathesis makes up requests, good and bad, for every operation that ``/api/openapi.json``
describes, and holds every answer against it with all its checks.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.record import record
from sentiment.api.http import METHODS
from sentiment.api.openapi.operations import OPERATIONS
from tests.support.pythons import ROOT
from tests.support.running import Server, running

CASES = 2_000
EXAMPLES = 450
"""For each operation that takes anything; those that take nothing have fewer."""

API_KEY = "contract"
_CONFIGURATION = """
base-url = "{url}/api"
hooks = "benchmarks.contract_hooks"
[generation]
database = "none"
allow-extra-parameters = false
[auth.openapi.header]
api_key = "{key}"
[phases.coverage]
unexpected-methods = {methods}
"""


def main() -> None:
    """Run as many cases as are due, and record what was found.

    Raises:
        SystemExit: An answer was not as described, or there were too few cases.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="the fewest that will do")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="for each operation")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        keys = {"RECEIPT_KEYS": secrets.token_hex(32)}
        with running(Path(home), "--require-key", API_KEY, settings=keys) as server:
            document = server.request("GET", "/api/openapi.json").body
            figures = run(server, document, keys, options.examples, options.seed)
    record("contract", figures)
    if figures["failures"] or figures["errors"] or not figures["complete"]:
        raise SystemExit("The app and its contract disagree.")
    if figures["cases"] < options.cases or figures["operations"] < len(OPERATIONS):
        raise SystemExit(f"Too few: {options.cases} cases of {len(OPERATIONS)} operations are due.")


def run(
    server: Server,
    document: bytes,
    keys: dict[str, str],
    examples: int,
    seed: int,
    *arguments: str,
) -> dict[str, Any]:
    """Hold the answers of a server against a document.

    Args:
        server: Serves the app and asks for the key.
        document: OpenAPI as JSON.
        keys: The setting by which the server signs receipts.
        examples: How many requests are made up for each operation, at most.
        seed: Of the random numbers.
        arguments: Further ones of ``schemathesis run``.

    Returns:
        Counts of cases, answers by status and failures by title; ``complete`` is false where the
        run ended early.
    """
    already = len(server.output().splitlines())
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        (Path(folder) / "openapi.json").write_bytes(document)
        (Path(folder) / "schemathesis.toml").write_text(
            _CONFIGURATION.format(url=server.url, key=API_KEY, methods=_unexpected_methods())
        )
        command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json"]
        command += ["--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure"]
        command += [
            "--no-color",
            "--suppress-health-check",
            "too_slow",
            "--report",
            "json",
            "--report-json-path",
            str(report),
        ]
        environment = {**os.environ, **keys, "PYTHONPATH": str(ROOT)}
        process = subprocess.run([*command, *arguments], cwd=folder, env=environment)
        if not report.exists():
            raise SystemExit(f"schemathesis ended with {process.returncode} and without a report.")
        found = json.loads(report.read_text())
    return {
        "operations": found["operations"]["tested"],
        "cases": found["test_cases"]["generated"],
        "answers": _statuses(server, already),
        "failures": [each["title"] for each in found["failures"]],
        "errors": len(found["errors"]),
        "complete": found["complete"],
        "seed": seed,
    }


def _unexpected_methods() -> str:
    # Not TRACE: no function can register it, and the platform answers it without the app.
    return json.dumps([method.lower() for method in METHODS if method != "HEAD"])


def _statuses(server: Server, already: int) -> dict[str, int]:
    lines = (line.split() for line in server.output().splitlines()[already:])
    counts = Counter(words[-3] for words in lines if words[-1:] == ["ms"])
    return dict(sorted(counts.items()))


if __name__ == "__main__":
    main()
