"""Many clients at once against the running app: every answer is checked.

``python -m benchmarks.concurrency`` sends the full count; the tests send a tenth of it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from benchmarks.record import record, spread
from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.settings import read_settings
from tests.support.running import Server, ask, running

CLIENTS = 16
REQUESTS = 2000
_TOLERANCE = 1e-5
_JSON = {"Content-Type": "application/json"}
_WORDS = ("love", "hate", "train", "monday", "coffee", "late", "great", "lost", ":(", "<3")


@dataclass
class Tally:
    """What the clients saw."""

    milliseconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="requests in all")
    parser.add_argument("--clients", type=int, default=CLIENTS, help="clients at once")
    options = parser.parse_args()
    figures = prove(options.requests, options.clients)
    record("concurrency", figures)
    if (figures["answers"], figures["errors"], figures["wrong_answers"]) != (
        options.requests,
        0,
        0,
    ):
        raise SystemExit("Some requests failed or were answered wrongly.")


def prove(requests: int, clients: int) -> dict[str, Any]:
    """Send requests from many clients and compare each answer with a single-threaded one.

    Returns:
        Counts of requests, errors and wrong answers, and the spread of the durations.
    """
    texts = [_text(number) for number in range(requests)]
    expected = _expected(texts)
    tally = Tally()
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as server:
        threads = [
            threading.Thread(target=_work, args=(server, texts, expected, start, clients, tally))
            for start in range(clients)
        ]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - started
    return {
        "clients": clients,
        "requests": requests,
        "answers": len(tally.milliseconds),
        "errors": len(tally.errors),
        "wrong_answers": len(tally.wrong),
        "requests_per_second": round(requests / seconds),
        "milliseconds": spread(tally.milliseconds, 1),
    }


def _work(
    server: Server,
    texts: Sequence[str],
    expected: Sequence[float],
    start: int,
    step: int,
    tally: Tally,
) -> None:
    with server.connect() as connection:
        for at in range(start, len(texts), step):
            body = json.dumps({"text": texts[at]}).encode()
            began = time.perf_counter()
            try:
                answer = ask(connection, "POST", "/api/predict", body, _JSON)
            except (OSError, HTTPException) as error:
                tally.errors.append(f"{texts[at]}: {type(error).__name__}")
                connection.close()  # the next request connects anew
                continue
            tally.milliseconds.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                tally.errors.append(f"{texts[at]}: {answer.status}")
                continue
            found = answer.json()["predictions"][0]["probability"]
            if abs(found - expected[at]) > _TOLERANCE:
                tally.wrong.append(f"{texts[at]}: {found} instead of {expected[at]}")


def _expected(texts: Sequence[str]) -> list[float]:
    classifier = Classifier(read_bundle(read_settings({}).bundle))
    return [classifier.predict(text).probability for text in texts]


def _text(number: int) -> str:
    words = [_WORDS[(number // 10**place) % 10] for place in range(4)]
    return " ".join(words[: 1 + number % 4]) + " " + "very " * (number % 7)


if __name__ == "__main__":
    main()
