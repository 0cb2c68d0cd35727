"""What many clients are answered at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.settings import read_settings
from tests.support.host import Server, ask, running

pytestmark = pytest.mark.proof

CLIENTS = 16
WORDS = ("love", "hate", "train", "monday", "coffee", "late", "great", "lost", ":(", "<3")
JSON = {"Content-Type": "application/json"}


def test_two_thousand_requests_of_many_clients_at_once_get_their_own_answers(
    tmp_path: Path,
) -> None:
    texts = [_text(number) for number in range(2000)]
    classifier = Classifier(read_bundle(read_settings({}).bundle))
    with running(tmp_path) as server, ThreadPoolExecutor(CLIENTS) as pool:
        shares = [texts[start::CLIENTS] for start in range(CLIENTS)]
        found = list(pool.map(lambda share: _ask_for(server, share), shares))
    for share, answers in zip(shares, found, strict=True):
        expected = [classifier.predict(text).probability for text in share]
        assert answers == pytest.approx(expected, abs=1e-5)


def _ask_for(server: Server, texts: list[str]) -> list[float]:
    probabilities = []
    with server.connect() as connection:
        for text in texts:
            body = json.dumps({"text": text}).encode()
            answer = ask(connection, "POST", "/api/predict", body, JSON)
            assert answer.status == 200
            probabilities.append(answer.json()["predictions"][0]["probability"])
    return probabilities


def _text(number: int) -> str:
    words = [WORDS[(number // 10**digit) % 10] for digit in range(4)]
    return " ".join(words[: 1 + number % 4]) + " " + "very " * (number % 7)
