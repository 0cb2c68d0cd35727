"""Many clients send feedback to a store that fails now and then: no acknowledged row is lost.

``python -m benchmarks.feedback_store`` sends the full count to the local file and to a table in
the emulator; the tests send a tenth of it.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import azure.functions as func

from benchmarks.record import record, spread
from sentiment.api.feedback import FeedbackEndpoint
from sentiment.api.http import respond
from sentiment.api.receipts import ReceiptSigner
from sentiment.feedback import (
    Feedback,
    FeedbackArchive,
    Recorded,
    Selection,
    StoreUnavailableError,
)
from sentiment.feedback.sqlite_store import DATABASE_FILE, SqliteStore
from sentiment.feedback.table_store import TableStore
from sentiment.storage import Storage
from sentiment.telemetry.sink import NullSink
from tests.support.azurite import azurite

COUNT = 10_000
CLIENTS = 16
_TWICE_EVERY = 10
_FAILS_EVERY = 23
"""Prime to the ten above and to the number of clients, so that every kind of call fails."""

_MOST_ATTEMPTS = 20
_KEY = b"k" * 32


@dataclass
class FlakyStore:
    """Passes feedback on, and fails now and then: every other time after the row was written."""

    store: FeedbackArchive
    failures: int = 0
    _calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, feedback: Feedback) -> Recorded:
        """Record, or fail before or after it.

        Raises:
            StoreUnavailableError: It is this call's turn, or the store itself fails.
        """
        with self._lock:
            self._calls += 1
            fails = self._calls % _FAILS_EVERY == 0
            self.failures += fails
            late = self.failures % 2 == 0
        if fails and not late:
            raise StoreUnavailableError("The store fails before it writes.")
        recorded = self.store.record(feedback)
        if fails:
            raise StoreUnavailableError("The store fails after it wrote.")
        return recorded

    def retract(self, feedback: Feedback) -> bool:
        """Pass a retraction on; it never fails on purpose."""
        return self.store.retract(feedback)


@dataclass
class Tally:
    """What the clients saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    created: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    milliseconds: list[float] = field(default_factory=list)
    unanswered: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, response: func.HttpResponse, milliseconds: float) -> bool:
        """Count an answer; return whether it acknowledges the feedback."""
        status = response.status_code
        with self._lock:
            self.milliseconds.append(milliseconds)
            self.statuses[status] += 1
            if status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
                return False
            feedback_id = json.loads(response.get_body())["feedback_id"]
            self.acknowledged.add(feedback_id)
            self.created[feedback_id] += status == HTTPStatus.CREATED
        return True

    def given_up(self) -> None:
        """Count a feedback that was never acknowledged."""
        with self._lock:
            self.unanswered += 1


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="feedbacks for each store")
    parser.add_argument("--clients", type=int, default=CLIENTS, help="clients at once")
    options = parser.parse_args()
    logging.getLogger("sentiment").setLevel(logging.ERROR)  # every failure is on purpose
    figures = prove_both(options.count, options.clients)
    record("feedback_store", figures)
    for name, found in figures["stores"].items():
        if any(found[what] for what in ("lost", "doubled", "surplus", "unanswered")):
            raise SystemExit(f"The store {name} lost or doubled feedback.")


def prove_both(count: int, clients: int) -> dict[str, Any]:
    """Return what ``prove`` finds for the local file and for a table in the emulator."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        emulator = stack.enter_context(azurite(home))
        stores: dict[str, FeedbackArchive] = {
            "sqlite": SqliteStore(home / DATABASE_FILE),
            "table_in_emulator": TableStore(Storage(emulator.connection)),
        }
        found = {name: prove(store, count, clients) for name, store in stores.items()}
    return {"count": count, "clients": clients, "stores": found}


def prove(store: FeedbackArchive, count: int, clients: int) -> dict[str, Any]:
    """Send feedback on as many predictions to an empty store, each tenth twice; count what it kept.

    A client that is answered 503 sends the same again, as the answer asks it to.

    Returns:
        Counts of answers by status and of failures; ``lost`` were acknowledged and are not in
        the store, ``doubled`` were answered 201 more than once, ``surplus`` are in the store and
        nobody sent them; and the spread of the durations.
    """
    flaky = FlakyStore(store)
    receipts = ReceiptSigner((_KEY,))
    endpoint = FeedbackEndpoint(receipts, flaky, None, NullSink())
    tokens = [_issue(receipts, number) for number in range(count)]
    sent = [token for at, token in enumerate(tokens) for _ in range(1 + (at % _TWICE_EVERY == 0))]
    tally = Tally()
    started = time.perf_counter()
    _run(endpoint, sent, clients, tally)
    seconds = time.perf_counter() - started
    return {**_judge(store, receipts, tokens, tally), **_tell(flaky, tally, len(sent), seconds)}


def _run(endpoint: FeedbackEndpoint, sent: Sequence[str], clients: int, tally: Tally) -> None:
    threads = [
        threading.Thread(target=_work, args=(endpoint, sent[start::clients], tally))
        for start in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(endpoint: FeedbackEndpoint, tokens: Sequence[str], tally: Tally) -> None:
    for token in tokens:
        for _ in range(_MOST_ATTEMPTS):
            began = time.perf_counter()
            response = respond(_request(token), {"POST": endpoint.post})
            if tally.answered(response, (time.perf_counter() - began) * 1000):
                break
        else:
            tally.given_up()


def _judge(
    store: FeedbackArchive, receipts: ReceiptSigner, tokens: Sequence[str], tally: Tally
) -> dict[str, int]:
    unreadable: list[str] = []
    rows = list(store.rows(Selection(), unreadable.append))
    kept = Counter(row.feedback.feedback_id for row in rows)
    expected = {receipts.verify(token).feedback_id for token in tokens}
    return {
        "predictions": len(tokens),
        "rows": len(rows),
        "acknowledged": len(tally.acknowledged),
        "lost": sum(kept[feedback_id] != 1 for feedback_id in tally.acknowledged),
        "doubled": sum(times > 1 for times in tally.created.values()),
        "surplus": len(kept.keys() - expected) + len(unreadable),
    }


def _tell(flaky: FlakyStore, tally: Tally, sent: int, seconds: float) -> dict[str, Any]:
    return {
        "sent": sent,
        "statuses": {str(status): tally.statuses[status] for status in sorted(tally.statuses)},
        "failures": flaky.failures,
        "unanswered": tally.unanswered,
        "feedbacks_per_second": round(sent / seconds),
        "milliseconds": spread(tally.milliseconds, 1),
    }


def _issue(receipts: ReceiptSigner, number: int) -> str:
    receipt = receipts.issue(
        f"tweet {number}", positive=number % 2 == 0, probability=0.5, model_version="v"
    )
    return receipts.sign(receipt)


def _request(token: str) -> func.HttpRequest:
    body = json.dumps({"prediction_id": token, "verdict": "incorrect"}).encode()
    return func.HttpRequest(
        "POST", "/api/feedback", headers={"content-type": "application/json"}, body=body
    )


if __name__ == "__main__":
    main()
