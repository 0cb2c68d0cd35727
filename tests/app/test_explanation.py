from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app_client import Client, running_app


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home: Path = tmp_path_factory.mktemp("home")
    with running_app(SENTIMENT_HOME=str(home)) as client:
        yield client


def test_each_answer_is_explained_where_it_was_asked_for(client: Client) -> None:
    texts = ["what a 😍 lovely day", "..."]
    answer = client.post("predict", {"texts": texts, "explain": True})
    assert answer.status == 200
    lovely, nothing = answer.json["predictions"]
    words = {texts[0][each["start"] : each["end"]]: each for each in lovely["explanation"]}
    assert list(words) == ["what", "a", "😍", "lovely", "day"]
    assert words["lovely"]["contribution"] > 0
    assert nothing["explanation"] == []


@pytest.mark.parametrize("wish", [{}, {"explain": False}])
def test_without_a_wish_nothing_is_explained(client: Client, wish: dict[str, bool]) -> None:
    answer = client.post("predict", {"text": "what a day", **wish})
    assert "explanation" not in answer.json["predictions"][0]


def test_at_most_eight_texts_are_explained(client: Client) -> None:
    assert client.post("predict", {"texts": ["a"] * 8, "explain": True}).status == 200
    refused = client.post("predict", {"texts": ["a"] * 9, "explain": True})
    assert refused.status == 422
    assert refused.json["field"] == "$.texts"
    assert "At most 8" in refused.json["detail"]


def test_the_wish_must_be_true_or_false(client: Client) -> None:
    refused = client.post("predict", {"text": "a", "explain": "yes"})
    assert refused.status == 422
    assert refused.json["field"] == "$.explain"
