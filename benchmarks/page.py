"""Lighthouse's scores of the web page, and the bytes of a visit: ``python -m benchmarks.page``."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cyclopts

from benchmarks.record import MEASURED, check_budget, record
from benchmarks.site import FLAGS, PAGE, ROOT, find_chromium, serving

CATEGORIES = ("performance", "accessibility", "best-practices")
LEAST_SCORE = 95
MOST_BYTES = 60_000
LIGHTHOUSE = ROOT / "node_modules" / "lighthouse" / "cli" / "index.js"


def main(*, runs: int = 3, output: Path = MEASURED) -> None:
    """Let Lighthouse visit the page of the app on a phone.

    Args:
        runs: How many visits; the median counts.
        output: Folder for the record.
    """
    with serving() as url:
        reports = [visit(url) for _ in range(runs)]
    found = list(map(scores, reports))
    median = {name: statistics.median(each[name] for each in found) for name in CATEGORIES}
    weight = load(reports[-1])
    record("page", {"lighthouse_runs": runs, "lighthouse": median, "bytes": weight}, output)
    for name, score in median.items():
        check_budget(f"What {name} lacks of 100", 100 - score, 100 - LEAST_SCORE)
    check_budget("The weight of the page", weight["decoded"], MOST_BYTES)


def visit(url: str, categories: Sequence[str] = CATEGORIES) -> dict[str, Any]:
    """Return Lighthouse's report on the page of a server."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command: list[str | Path] = ["node", LIGHTHOUSE, f"{url}{PAGE}", "--quiet"]
        command += ["--output=json", f"--output-path={report}"]
        command += [f"--only-categories={','.join(categories)}"]
        command += [f"--chrome-flags={' '.join(FLAGS)}"]
        environment = {**os.environ, "CHROME_PATH": find_chromium() or ""}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        found: dict[str, Any] = json.loads(report.read_text())
    return found


def scores(report: dict[str, Any]) -> dict[str, float]:
    """Return the scores of a report, 0 to 100 by category."""
    return {
        name: round(100 * category["score"], 1) for name, category in report["categories"].items()
    }


def load(report: dict[str, Any]) -> dict[str, int]:
    """Return the bytes of a first visit: of all bodies, and of all responses as they are sent."""
    requests = report["audits"]["network-requests"]["details"]["items"]
    return {
        "decoded": sum(each["resourceSize"] for each in requests),
        "sent": sum(each["transferSize"] for each in requests),
    }


if __name__ == "__main__":
    cyclopts.run(main)
