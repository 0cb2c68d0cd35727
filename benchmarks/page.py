"""What Lighthouse says of the web page, and how much a first visit loads."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import check_budget, record
from tests.support.chromium import FLAGS, chromium, find_chromium, find_module
from tests.support.running import running
from tests.support.visit import PAGE, visiting

CATEGORIES = ("performance", "accessibility", "best-practices")
LEAST_SCORE = 95
MOST_BYTES = 60_000


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of Lighthouse; the median counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as server:
        runs = [scores(server.url) for _ in range(options.runs)]
        weight = load(server.url)
    median = {name: statistics.median(run[name] for run in runs) for name in CATEGORIES}
    record("page", {"lighthouse_runs": options.runs, "lighthouse": median, "bytes": weight})
    for name, score in median.items():
        check_budget(f"What {name} lacks of 100", 100 - score, 100 - LEAST_SCORE)
    check_budget("The weight of the page", weight["decoded"], MOST_BYTES)


def scores(url: str, categories: Sequence[str] = CATEGORIES) -> dict[str, float]:
    """Return Lighthouse's scores for the page of a server, 0 to 100 by category, on a phone."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command: list[str | Path] = [
            "node",
            find_module("lighthouse/cli/index.js"),
            f"{url}{PAGE}",
            "--quiet",
            "--output=json",
            f"--output-path={report}",
            f"--only-categories={','.join(categories)}",
            f"--chrome-flags={' '.join(FLAGS)}",
        ]
        environment = {**os.environ, "CHROME_PATH": str(find_chromium())}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        found: dict[str, dict[str, Any]] = json.loads(report.read_text())["categories"]
    return {name: round(100 * found[name]["score"], 1) for name in categories}


def load(url: str) -> dict[str, int]:
    """Return the bytes of a first visit: of all bodies, and of all responses as they are sent."""
    with chromium() as browser, visiting(browser, url) as visit:
        visit.page.wait_for_load_state("networkidle")
        sizes = [response.request.sizes() for response in visit.loaded]
        return {
            "decoded": sum(len(response.body()) for response in visit.loaded),
            "sent": sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes),
        }


if __name__ == "__main__":
    main()
