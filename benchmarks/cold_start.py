"""How long a new process takes to its first prediction: ``python -m benchmarks.cold_start``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cyclopts

from benchmarks.record import MEASURED, check_budget, record, spread

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
import json, sys
print(json.dumps(["{}.{}".format(*sys.version_info), {"azure.functions": library - started,
    "function_app": imported - library, "first prediction": answered - asked,
    "total": imported - started + answered - asked}]))
"""


def main(*, runs: int = 10, python: Path = Path(sys.executable), output: Path = MEASURED) -> None:
    """Time new processes to their first prediction.

    Args:
        runs: How many processes are timed.
        python: An interpreter that has the app's packages.
        output: Folder for the record.
    """
    figures = measure(python, runs)
    name = f"cold_start_{figures['python']}"
    record(name, {**figures, "budget_seconds": BUDGET_SECONDS}, output)
    check_budget("p50 of the cold start", figures["seconds"]["total"]["p50"], BUDGET_SECONDS)


def measure(python: Path, runs: int) -> dict[str, Any]:
    """Return percentiles of the seconds that each part of a start takes.

    One process more is started before, which fills the caches of the disk.
    """
    version, _ = _start(python)
    starts = [_start(python)[1] for _ in range(runs)]
    seconds = {part: spread([each[part] for each in starts], 3) for part in starts[0]}
    return {"python": version, "processes": runs, "seconds": seconds}


def _start(python: Path) -> tuple[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as home:
        child = subprocess.run(
            [python, "-c", _CHILD],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **_CACHED, "SENTIMENT_HOME": home},
        )
    version, seconds = json.loads(child.stdout.splitlines()[-1])
    return version, seconds


if __name__ == "__main__":
    cyclopts.run(main)
