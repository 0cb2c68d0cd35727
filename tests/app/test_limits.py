"""What one address may ask of a public site; whoever has a key is not limited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from sentiment.api.rate_limit import EXPLAINED_COST
from tests.support.app_client import Answer, Client, running_app

LIMIT = {"SENTIMENT_PUBLIC_PER_MINUTE": "3", "RECEIPT_KEYS": "k" * 40}


def ask(client: Client, function: str, content: object, address: str) -> Answer:
    headers: Mapping[str, str] = {
        "content-type": "application/json",
        "x-forwarded-for": f"10.9.9.9, {address}:1234",
    }
    return client.call(function, body=json.dumps(content).encode(), headers=headers)


def test_a_public_site_bounds_each_address(tmp_path: Path) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path), SENTIMENT_PUBLIC="true", **LIMIT) as client:
        statuses = [ask(client, "predict", {"text": "good"}, "1.2.3.4").status for _ in range(4)]
        refused = ask(client, "predict", {"text": "good"}, "1.2.3.4")
        other = ask(client, "predict", {"text": "good"}, "1.2.3.5")
        described = client.get("openapi").json["components"]["responses"]["TOO_MANY_REQUESTS"]
    assert statuses == [200, 200, 200, 429]
    assert refused.status == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 20
    assert "1.2.3.4" not in refused.body.decode()
    assert other.status == 200
    assert "application/problem+json" in described["content"]
    assert "Retry-After" in described["headers"]


@pytest.mark.parametrize("texts", [2, 128])
def test_each_text_counts_and_so_does_a_feedback(tmp_path: Path, texts: int) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path), SENTIMENT_PUBLIC="true", **LIMIT) as client:
        answer = ask(client, "predict", {"texts": ["good"] * texts}, "2001:db8::1")
        token = answer.json["predictions"][0]["prediction_id"]
        feedback = {"prediction_id": token, "verdict": "correct"}
        # Another address of the same network.
        statuses = [ask(client, "feedback", feedback, "2001:db8::2").status for _ in range(2)]
    assert answer.status == 200
    assert statuses == ([201, 429] if texts == 2 else [429, 429])


def test_an_explained_text_counts_as_many(tmp_path: Path) -> None:
    limit = {**LIMIT, "SENTIMENT_PUBLIC_PER_MINUTE": str(EXPLAINED_COST + 1)}
    with running_app(SENTIMENT_HOME=str(tmp_path), SENTIMENT_PUBLIC="true", **limit) as client:
        first = ask(client, "predict", {"text": "good", "explain": True}, "1.2.3.4")
        rest = [ask(client, "predict", {"text": "good"}, "1.2.3.4").status for _ in range(2)]
        two = ask(client, "predict", {"texts": ["good"] * 2, "explain": True}, "1.2.3.5")
        after_two = ask(client, "predict", {"text": "good"}, "1.2.3.5")
    assert (first.status, rest) == (200, [200, 429])
    assert (two.status, after_two.status) == (200, 429)
    minute = 60 / (EXPLAINED_COST + 1)
    assert int(after_two.headers["Retry-After"]) > (EXPLAINED_COST - 2) * minute


def test_with_keys_nobody_is_limited(tmp_path: Path) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path), **LIMIT) as client:
        statuses = {ask(client, "predict", {"text": "good"}, "1.2.3.4").status for _ in range(9)}
    assert statuses == {200}
