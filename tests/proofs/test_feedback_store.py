"""No feedback that was acknowledged is lost or doubled, whatever fails."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException
from itertools import count
from pathlib import Path

import azure.functions as func
import pytest

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
from sentiment.telemetry.sink import NullSink
from tests.support.azurite import Azurite
from tests.support.feedback_stores import TableBackend
from tests.support.host import Server, ask, running

pytestmark = pytest.mark.proof

FEEDBACKS, CLIENTS, KILLS = 5000, 16, 20
TWICE_EVERY = 10
FAILS_EVERY = 23
"""Prime to the ten above and to the number of clients, so that every kind of call fails."""

JSON = {"content-type": "application/json"}


class FlakyStore:
    """Passes feedback on, and fails now and then: every other time after the row was written."""

    def __init__(self, store: FeedbackArchive) -> None:
        self._store = store
        self._calls = count(1)

    def record(self, feedback: Feedback) -> Recorded:
        failure, call = divmod(next(self._calls), FAILS_EVERY)
        if call == 0 and failure % 2:
            raise StoreUnavailableError("The store fails before it writes.")
        recorded = self._store.record(feedback)
        if call == 0:
            raise StoreUnavailableError("The store fails after it wrote.")
        return recorded

    def retract(self, feedback: Feedback) -> bool:
        return self._store.retract(feedback)


@pytest.fixture(params=["file", "table"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FeedbackArchive:
    if request.param == "file":
        return SqliteStore(tmp_path / DATABASE_FILE)
    emulator: Azurite = request.getfixturevalue("emulator")
    return TableBackend(emulator.connection).open()


def test_many_clients_of_a_store_that_fails_now_and_then(store: FeedbackArchive) -> None:
    signer = ReceiptSigner((b"k" * 32,))
    endpoint = FeedbackEndpoint(signer, FlakyStore(store), None, NullSink())
    tokens = [issue(signer, number) for number in range(FEEDBACKS)]
    sent = [token for at, token in enumerate(tokens) for _ in range(1 + (at % TWICE_EVERY == 0))]
    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = list(pool.map(lambda token: send(endpoint, token), sent))
    ids = {token: signer.verify(token).feedback_id for token in tokens}
    assert Counter(stored_ids(store)) == Counter(ids.values())
    created = Counter(token for token, each in zip(sent, statuses, strict=True) if 201 in each)
    assert set(created.values()) == {1}
    assert sum(each.count(503) for each in statuses) >= FEEDBACKS // FAILS_EVERY


def issue(signer: ReceiptSigner, number: int) -> str:
    text = f"tweet {number}"
    receipt = signer.issue(text, positive=number % 2 == 0, probability=0.5, model_version="v")
    return signer.sign(receipt)


def send(endpoint: FeedbackEndpoint, token: str) -> list[int]:
    """Send feedback until it is acknowledged, as a 503 asks to; return all statuses."""
    body = json.dumps({"prediction_id": token, "verdict": "incorrect"}).encode()
    request = func.HttpRequest("POST", "/api/feedback", headers=JSON, body=body)
    statuses: list[int] = []
    while not {HTTPStatus.OK, HTTPStatus.CREATED} & set(statuses):
        statuses.append(respond(request, {"POST": endpoint.post}).status_code)
        assert len(statuses) <= 20
    return statuses


def test_an_app_that_is_killed_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(7)
    acknowledged: list[str] = []
    for kill in range(KILLS):
        with running(tmp_path) as server, ThreadPoolExecutor(CLIENTS) as pool:
            texts = [f"tweet {kill} {number}" for number in range(128)]
            answer = server.post("/api/predict", {"texts": texts}).json()
            tokens = [each["prediction_id"] for each in answer["predictions"]]
            for start in range(CLIENTS):
                pool.submit(send_until_killed, server, tokens[start::CLIENTS], acknowledged)
            time.sleep(chance.uniform(0.02, 0.5))
            server.process.kill()
    assert len(acknowledged) > 10 * KILLS
    assert set(acknowledged) <= set(stored_ids(SqliteStore(tmp_path / DATABASE_FILE)))


def send_until_killed(server: Server, tokens: Sequence[str], acknowledged: list[str]) -> None:
    with suppress(OSError, HTTPException), server.connect() as connection:
        for token in tokens:
            body = json.dumps({"prediction_id": token, "verdict": "correct"}).encode()
            answer = ask(connection, "POST", "/api/feedback", body, JSON)
            if answer.status == 201:
                acknowledged.append(answer.json()["feedback_id"])


def stored_ids(store: FeedbackArchive) -> list[str]:
    """Return the ids of all rows; one that cannot be read fails the test."""
    return [row.feedback.feedback_id for row in store.rows(Selection(), pytest.fail)]
