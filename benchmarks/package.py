"""What the deployed package weighs and that it runs: ``python -m benchmarks.package``.

The cold start is that of a new process of Microsoft's engine, with telemetry on, to its first
prediction. Its parts are what the app says of itself in the event ``cold_start``.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.record import check_budget, record, spread
from benchmarks.telemetry import SETTING
from deployment.__main__ import ROOT, check_size
from deployment.build import build
from deployment.closure import PYTHON
from deployment.proof import first_answer, prove
from deployment.sizes import MOST_UNZIPPED, MOST_ZIPPED, total
from tests.support.ingestion import Ingestion, ingestion
from tests.support.pythons import find_python

BUDGET_SECONDS = 0.9

Starts = dict[str, list[float]]
"""Seconds to the first prediction, ``total`` and by part, of several processes."""


def main() -> None:
    """Build, prove, weigh and time; end with an error where a budget is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="processes to time")
    options = parser.parse_args()
    python = find_python(PYTHON)
    if python is None:
        raise SystemExit(f"No Python {PYTHON} found.")
    with tempfile.TemporaryDirectory() as folder:
        package = build(ROOT, Path(folder), python)
        seen = prove(package.folder, python)
        compiled = _start(package.folder, python, options.runs)
        for cache in list(package.folder.rglob("__pycache__")):
            for bytecode in cache.iterdir():
                bytecode.unlink()
        plain = _start(package.folder, python, options.runs)
        check_size(package)
        zipped = package.archive.stat().st_size
    seconds = {part: spread(values, 3) for part, values in compiled.items()}
    figures = {
        "python": PYTHON,
        "bytes": {"unzipped": total(package.parts).unzipped, "zipped": zipped},
        "most_bytes": {"unzipped": MOST_UNZIPPED, "zipped": MOST_ZIPPED},
        "parts": {name: asdict(size) for name, size in package.parts.items()},
        "engine": seen,
        "processes": options.runs,
        "seconds_to_first_prediction": seconds,
        "seconds_without_bytecode": spread(plain["total"], 3),
        "budget_seconds": BUDGET_SECONDS,
    }
    record("package", figures)
    check_budget("p50 of the cold start", seconds["total"]["p50"], BUDGET_SECONDS)


def _start(folder: Path, python: Path, runs: int) -> Starts:
    with ingestion() as service:
        _start_once(folder, python, service)  # fills the caches of the disk
        starts = [_start_once(folder, python, service) for _ in range(runs)]
    return {part: [start[part] for start in starts] for part in starts[0]}


def _start_once(folder: Path, python: Path, service: Ingestion) -> dict[str, float]:
    told = len(service.events("cold_start"))
    with first_answer(folder, python, {SETTING: service.connection}) as seconds:
        event = service.wait("cold_start", told + 1)[-1]
    properties = event["data"]["baseData"]["properties"]
    parts = {
        name.removesuffix("_ms"): float(value) / 1000
        for name, value in properties.items()
        if name.endswith("_ms")
    }
    return {**parts, "total": seconds}


if __name__ == "__main__":
    main()
