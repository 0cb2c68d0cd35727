"""What the deployed package weighs, and how soon it answers: ``python -m benchmarks.package``.

The cold start is that of a new process of Microsoft's engine, with telemetry on, to its first
prediction; with the bytecode that the package holds, and without.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import cyclopts

from benchmarks.record import MEASURED, check_budget, record, spread
from deployment.__main__ import ROOT, check_size, cloud_python
from deployment.build import build
from deployment.closure import PYTHON
from deployment.proof import first_answer, prove
from deployment.sizes import MOST_UNZIPPED, MOST_ZIPPED, total

BUDGET_SECONDS = 0.9

# Nothing listens there; the app answers before it sends anything.
_TELEMETRY = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "IngestionEndpoint=http://127.0.0.1:9/"
    ";InstrumentationKey=00000000-0000-0000-0000-000000000001"
}


def main(*, runs: int = 10, python: Path | None = None, output: Path = MEASURED) -> None:
    """Build the package, prove it, weigh it and time it.

    Args:
        runs: How many processes are timed.
        python: An interpreter of the version that the cloud runs (default: one on the path).
        output: Folder for the record.
    """
    figures = measure(python or cloud_python(), runs)
    record("package", {**figures, "budget_seconds": BUDGET_SECONDS}, output)
    found = figures["seconds_to_first_prediction"]["p50"]
    check_budget("p50 of the cold start", found, BUDGET_SECONDS)


def measure(python: Path, runs: int) -> dict[str, Any]:
    """Return bytes, and percentiles of the seconds to the first prediction."""
    with tempfile.TemporaryDirectory() as folder:
        package = build(ROOT, Path(folder), python)
        seen = prove(package.folder, python)
        check_size(package)
        compiled = _starts(package.folder, python, runs)
        for bytecode in list(package.folder.rglob("__pycache__/*")):
            bytecode.unlink()
        plain = _starts(package.folder, python, runs)
        zipped = package.archive.stat().st_size
    return {
        "python": PYTHON,
        "bytes": {"unzipped": total(package.parts).unzipped, "zipped": zipped},
        "most_bytes": {"unzipped": MOST_UNZIPPED, "zipped": MOST_ZIPPED},
        "engine": seen,
        "processes": runs,
        "seconds_to_first_prediction": spread(compiled, 3),
        "seconds_without_bytecode": spread(plain, 3),
    }


def _starts(folder: Path, python: Path, runs: int) -> list[float]:
    """Return the seconds of each start; one more before them fills the caches of the disk."""
    return [_start(folder, python) for _ in range(runs + 1)][1:]


def _start(folder: Path, python: Path) -> float:
    with first_answer(folder, python, _TELEMETRY) as seconds:
        return seconds


if __name__ == "__main__":
    cyclopts.run(main)
