"""The client to copy, with answers made up in place of the network's."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pandas
import pytest

from examples.client import Client, ClientError

MODEL = {"version": "v1", "family": "bert"}
Answer = httpx2.Response | Exception


class App:
    """Answers with what it is given, in order, and then as the app does."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []
        self.pauses: list[float] = []

    def client(self, address: str = "http://app", key: str | None = None) -> Client:
        client = Client(address, key, transport=httpx2.MockTransport(self._receive))
        client.sleep = self.pauses.append
        return client

    def batches(self) -> list[int]:
        return [len(json.loads(each.content)["texts"]) for each in self.requests]

    def _receive(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        texts = json.loads(request.content).get("texts", [])
        predictions = [{"label": text} for text in texts]
        usual = httpx2.Response(200, json={"model": MODEL, "predictions": predictions})
        answer = self.answers.pop(0) if self.answers else usual
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_texts_are_asked_in_batches_that_the_app_takes_and_answered_in_order() -> None:
    many, explained, long = App(), App(), App()
    texts = [str(number) for number in range(130)]
    assert [each["label"] for each in many.client().predict_many(iter(texts))] == texts
    assert many.batches() == [128, 2]
    explained.client().predict_many(texts[:20], explain=True)
    assert explained.batches() == [8, 8, 4]
    assert len(long.client().predict_many(["\U0001f600" * 4000] * 128)) == 128
    assert all(len(request.content) <= 2**20 for request in long.requests)


def test_a_column_is_a_list_of_texts_and_answers_make_a_table_and_json() -> None:
    tweets = pandas.DataFrame({"text": ["good", "bad"]}, index=[7, 9])
    answers = App().client().predict_many(tweets["text"])
    table = pandas.DataFrame(answers, index=tweets.index)
    assert table.loc[9].to_dict() == {"label": "bad", "model_version": "v1"}
    assert json.loads(json.dumps(answers)) == answers


@pytest.mark.parametrize("given", ["good", ["good", None], pandas.DataFrame({"text": ["good"]})])
def test_what_is_not_a_list_of_texts_is_a_type_error(given: Any) -> None:
    app = App()
    with pytest.raises(TypeError, match="not a"):
        app.client().predict_many(given)
    assert not app.requests


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        (" https://h.net/\r\n", "https://h.net"),
        ("https://h.net/gateway/api/", "https://h.net/gateway"),
        ("http://api:7071", "http://api:7071"),
        ("http://[::1]:7071/api", "http://[::1]:7071"),
        ("http://h.net:80/API", "http://h.net"),
    ],
)
def test_an_address_is_stripped(address: str, asked: str) -> None:
    app = App()
    app.client(address).predict("good")
    assert str(app.requests[0].url) == f"{asked}/api/predict"


@pytest.mark.parametrize(
    "address",
    ["", "h.net", "localhost:7071", "http://", "http://h .net", "https://h?code=secret",
     "http://h:port", "http://[::1", "http://me:secret@h"],
)  # fmt: skip
def test_an_address_that_cannot_work_is_refused_at_once(address: str) -> None:
    with pytest.raises(ClientError, match="address like http://") as raised:
        Client(address)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(("key", "sent"), [("secret\r\n", "secret"), (" ", None), (None, None)])
def test_a_key_is_stripped(key: str | None, sent: str | None) -> None:
    app = App()
    app.client(key=key).predict("good")
    assert app.requests[0].headers.get("x-functions-key") == sent


@pytest.mark.parametrize("key", ["sec\nret", "sécret"])
def test_a_key_that_cannot_be_sent_is_refused_at_once(key: str) -> None:
    with pytest.raises(ClientError, match="copy it again") as raised:
        Client("http://app", key)
    assert key not in str(raised.value)


@pytest.mark.parametrize(
    "failure", [httpx2.Response(429), httpx2.Response(503), httpx2.ReadTimeout("late")]
)
def test_what_passes_is_tried_again_a_few_times(failure: Answer) -> None:
    app, down = App(failure, failure), App(*[failure] * 9)
    assert app.client().predict("good")["label"] == "good"
    assert len(app.pauses) == 2
    with pytest.raises(ClientError, match=r"429|503|did not answer: ReadTimeout"):
        down.client().predict("good")
    assert len(down.requests) == 5


def test_the_time_that_the_app_asks_for_is_waited_for_unless_it_is_long() -> None:
    app = App(httpx2.Response(429, headers={"Retry-After": "30"}))
    app.client().predict("good")
    assert 30 <= app.pauses[0] <= 31
    busy = App(httpx2.Response(503, headers={"Retry-After": "3600"}))
    with pytest.raises(ClientError, match="503 Service Unavailable"):
        busy.client().predict("good")
    assert not busy.pauses


REFUSALS = [
    (httpx2.Response(401), "The key is missing, or none of the app's"),
    (httpx2.Response(500), "500 Internal Server Error"),
    (httpx2.Response(200, text="<html>It works!</html>"), "not this API: check the address"),
    (httpx2.Response(301, headers={"Location": "https://app/api/predict"}),
     "http://app/api/predict sends to https://app: give that address"),
    (httpx2.Response(302, headers={"Location": "https://login.net/common?from=secret"}),
     "sends to https://login.net/common: check the address and the key"),
    (httpx2.Response(404), "What answers at http://app/api/predict is not this API"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "message"), REFUSALS)
def test_an_answer_that_cannot_help_says_what_to_do(answer: httpx2.Response, message: str) -> None:
    app = App(answer)
    with pytest.raises(ClientError, match=message):
        app.client(key="secret").predict("good")
    assert len(app.requests) == 1


def test_a_client_that_is_used_after_its_block_says_what_to_do() -> None:
    with App().client() as client:
        client.predict("good")
    with pytest.raises(ClientError, match="ask inside its `with` block"):
        client.predict("good")


def test_a_kept_client_opens_again_and_closes_with_its_last_block() -> None:
    kept = App().client()
    for _ in range(3):
        with kept:
            with kept:  # as another session's thread would
                pass
            assert kept.predict("good")
