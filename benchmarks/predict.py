"""How long ``/api/predict`` takes in-process: ``python -m benchmarks.predict``.

The whole app without a network: request parsing, normalising, encoding, the model, the receipt,
the event, the response; one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time

from benchmarks.record import check_budget, record, spread

BUDGET_MILLISECONDS = 3.0  # of which the model may take two, on a processor with VNNI
TEXTS = (
    "Just landed in Paris and the hotel lost my booking, what a start to the holiday :(",
    "@airline thank you so much for the quick help today, you made my day! http://t.co/x",
    "is it friday yet? this week never ends",
    "new phone arrived and the camera is AMAZING 😍😍",
    "I don't think I have ever waited this long for a coffee",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help="requests to time")
    requests = parser.parse_args().requests
    with tempfile.TemporaryDirectory() as home:
        os.environ["SENTIMENT_HOME"] = home
        milliseconds = time_requests(requests)
    figures = {"requests": requests, "milliseconds": spread(milliseconds, 3)}
    record("predict", {**figures, "budget_milliseconds": BUDGET_MILLISECONDS})
    check_budget("p50 of /api/predict", spread(milliseconds, 3)["p50"], BUDGET_MILLISECONDS)


def time_requests(count: int) -> list[float]:
    """Return the duration of each request in milliseconds, after a warm-up."""
    import azure.functions as func

    import function_app
    from local_host.context import invocation

    context = invocation("predict")
    bodies = [json.dumps({"text": text}).encode() for text in TEXTS]
    headers = {"content-type": "application/json"}
    durations = []
    for number in range(count + 100):
        body = bodies[number % len(bodies)]
        started = time.perf_counter()
        request = func.HttpRequest(method="POST", url="/api/predict", headers=headers, body=body)
        response = function_app.predict(request, context)
        durations.append((time.perf_counter() - started) * 1000)
        if response.status_code != 200:
            raise RuntimeError(f"predict answered {response.status_code}.")
    return durations[100:]


if __name__ == "__main__":
    main()
