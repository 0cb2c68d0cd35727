"""How long a new process takes to its first prediction: ``python -m benchmarks.cold_start``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from types import MappingProxyType

from benchmarks.record import check_budget, record, spread

BUDGET_SECONDS = 0.6
_CACHED = {"PYTHONDONTWRITEBYTECODE": ""}  # as in the package, which holds its bytecode
_CHILD = """
import time; started = time.perf_counter()
import azure.functions as func; library = time.perf_counter()
import function_app; imported = time.perf_counter()
from local_host.context import invocation
context = invocation("predict"); asked = time.perf_counter()
request = func.HttpRequest(method="POST", url="/api/predict",
    headers={"content-type": "application/json"}, body=b'{"text": "what a lovely day"}')
assert function_app.predict(request, context).status_code == 200
answered = time.perf_counter()
import json
print(json.dumps({"azure.functions": library - started, "function_app": imported - library,
    "first prediction": answered - asked, "total": imported - started + answered - asked}))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="processes to time")
    parser.add_argument(
        "--python", default=sys.executable, help="interpreter that has the app's packages"
    )
    options = parser.parse_args()
    results = [run_once(options.python) for _ in range(options.runs + 1)][1:]
    parts = {part: spread([result[part] for result in results], 3) for part in results[0]}
    version = run_version(options.python)
    figures = {"python": version, "processes": options.runs, "seconds": parts}
    record(f"cold_start_{version}", {**figures, "budget_seconds": BUDGET_SECONDS})
    check_budget("p50 of the cold start", parts["total"]["p50"], BUDGET_SECONDS)


def run_version(python: str) -> str:
    """Return the version of an interpreter, such as 3.13."""
    code = "import sys; print('{}.{}'.format(*sys.version_info))"
    child = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return child.stdout.strip()


def run_once(python: str, settings: Mapping[str, str] = MappingProxyType({})) -> dict[str, float]:
    """Return the seconds that each part took in a new process, with further settings."""
    with tempfile.TemporaryDirectory() as home:
        child = subprocess.run(
            [python, "-c", _CHILD],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **_CACHED, "SENTIMENT_HOME": home, **settings},
        )
    seconds: dict[str, float] = json.loads(child.stdout.splitlines()[-1])
    return seconds


if __name__ == "__main__":
    main()
