"""What telemetry costs the first answer of a process.

``python -m benchmarks.telemetry`` starts processes with and without a connection string, in turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from functools import partial
from typing import Any

from benchmarks.cold_start import run_once
from benchmarks.paired import measure_pairs
from benchmarks.record import check_budget, record, spread
from tests.support.ingestion import Ingestion, ingestion

BUDGET_MILLISECONDS = 60.0
SETTING = "APPLICATIONINSIGHTS_CONNECTION_STRING"
_IMPORT = """
import time; started = time.perf_counter()
import azure.monitor.opentelemetry
print(time.perf_counter() - started)
"""


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=25, help="pairs of processes")
    options = parser.parse_args()
    with ingestion() as service:
        figures = measure(service, options.runs)
    record("telemetry", {**figures, "budget_milliseconds": BUDGET_MILLISECONDS})
    check_budget(
        "What telemetry adds to the first answer, in milliseconds,",
        figures["added_to_the_first_answer_milliseconds"],
        BUDGET_MILLISECONDS,
    )


def measure(service: Ingestion, runs: int) -> dict[str, Any]:
    """Return what telemetry adds to the time until the first answer, as the median of pairs.

    A pair is a process without and one with telemetry, one right after the other: what else the
    machine does meets both.
    """
    settings: dict[str, dict[str, str]] = {"without": {}, "with": {SETTING: service.connection}}
    without, including = (partial(run_once, sys.executable, each) for each in settings.values())
    pairs = measure_pairs(without, including, runs)
    found = dict(zip(settings, zip(*pairs, strict=True), strict=True))
    totals = {name: [each["total"] for each in results] for name, results in found.items()}
    firsts = {name: [each["first prediction"] for each in rs] for name, rs in found.items()}
    added = [(late - soon) * 1000 for soon, late in zip(*totals.values(), strict=True)]
    imported = [_seconds_to_import() for _ in range(3)]
    return {
        "pairs": runs,
        "seconds_to_first_answer": {name: spread(values, 3) for name, values in totals.items()},
        "seconds_of_first_prediction": {name: spread(v, 4) for name, v in firsts.items()},
        "added_to_the_first_answer_milliseconds": round(statistics.median(added), 1),
        "seconds_to_import_in_background": round(statistics.median(imported), 3),
    }


def _seconds_to_import() -> float:
    child = subprocess.run(
        [sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True
    )
    return float(json.loads(child.stdout))


if __name__ == "__main__":
    main()
