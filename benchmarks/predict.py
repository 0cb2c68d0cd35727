"""How long ``/api/predict`` takes in this process: ``python -m benchmarks.predict``.

The whole app without a network: request parsing, normalising, encoding, the model, the receipt,
the event, the response; one thread.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import azure.functions as func
import cyclopts

from benchmarks.record import MEASURED, check_budget, record, spread
from local_host.context import invocation

BUDGET_MILLISECONDS = 3.0  # of which the model may take two, on a processor with VNNI
TEXTS = (
    "Just landed in Paris and the hotel lost my booking, what a start to the holiday :(",
    "@airline thank you so much for the quick help today, you made my day! http://t.co/x",
    "is it friday yet? this week never ends",
    "new phone arrived and the camera is AMAZING 😍😍",
    "I don't think I have ever waited this long for a coffee",
)
_WARM_UP = 100


def main(*, requests: int = 2000, output: Path = MEASURED) -> None:
    """Time the app's answers to single tweets.

    Args:
        requests: How many are timed.
        output: Folder for the record.
    """
    with tempfile.TemporaryDirectory() as home:
        os.environ["SENTIMENT_HOME"] = home
        figures = measure(requests)
    record("predict", {**figures, "budget_milliseconds": BUDGET_MILLISECONDS}, output)
    check_budget("p50 of /api/predict", figures["milliseconds"]["p50"], BUDGET_MILLISECONDS)


def measure(requests: int) -> dict[str, Any]:
    """Return percentiles of the milliseconds that a request takes, after a warm-up."""
    import function_app

    context = invocation("predict")
    bodies = [json.dumps({"text": text}).encode() for text in TEXTS]
    headers = {"content-type": "application/json"}
    milliseconds = []
    for number in range(_WARM_UP + requests):
        body = bodies[number % len(bodies)]
        started = time.perf_counter()
        request = func.HttpRequest(method="POST", url="/api/predict", headers=headers, body=body)
        response = function_app.predict(request, context)
        milliseconds.append((time.perf_counter() - started) * 1000)
        if response.status_code != 200:
            raise RuntimeError(f"predict answered {response.status_code}.")
    return {"requests": requests, "milliseconds": spread(milliseconds[_WARM_UP:], 3)}


if __name__ == "__main__":
    cyclopts.run(main)
