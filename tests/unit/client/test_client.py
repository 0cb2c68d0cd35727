"""Both clients against the real local host, and against one that fails on the way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sentiment.api.schemas import MAX_TEXTS, PredictionResponse
from sentiment.client import (
    Answer,
    AsyncClient,
    Client,
    FeedbackResponse,
    InvalidRequestError,
    NoAnswerError,
    RefusedKeyError,
    RequestError,
    Retries,
    UnavailableError,
    UnexpectedAnswerError,
)
from tests.support.faults import Drop, Front, Refuse, front
from tests.support.running import APP, Server, environment, free_port, running

KEY = "a key of the tests"
QUICK = Retries(most=3, first_pause=0.01)
T = TypeVar("T")


class Asking:
    """One client or the other, called alike."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __call__(
        self,
        address: str,
        asks: Callable[[Any], Any],
        key: str | None = KEY,
        retries: Retries = QUICK,
        **options: Any,
    ) -> Any:
        if self._kind == "sync":
            with Client(address, key, retries=retries, **options) as client:
                outcome = asks(client)
                return list(outcome) if isinstance(outcome, Iterator) else outcome

        async def run() -> Any:
            async with AsyncClient(address, key, retries=retries, **options) as client:
                outcome = asks(client)
                if isinstance(outcome, Awaitable):
                    return await outcome
                return [each async for each in outcome]

        return asyncio.run(run())


@pytest.fixture(params=["sync", "async"])
def asking(request: pytest.FixtureRequest) -> Asking:
    return Asking(request.param)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[Server]:
    with running(home, "--require-key", KEY) as server:
        yield server


@pytest.fixture
def before(app: Server) -> Iterator[Front]:
    with front(app) as listening:
        yield listening


def kept(home: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(home / "feedback.sqlite3")) as database:
        return database.execute("SELECT feedback_id, verdict FROM feedback").fetchall()


def test_a_tweet_is_answered_with_types(app: Server, asking: Asking) -> None:
    answer = asking(app.url, lambda client: client.predict("what a lovely day", explain=True))
    assert isinstance(answer, Answer)
    assert answer.label == "positive"
    assert 0.5 < answer.probability == answer.confidence <= 1
    assert answer.english
    assert answer.model.version
    assert [(word.start, word.end) for word in answer.explanation][-1] == (14, 17)


def test_a_text_that_is_probably_not_english_is_marked(app: Server, asking: Asking) -> None:
    answer = asking(app.url, lambda client: client.predict("je suis très contente de vous voir"))
    assert answer.english is False


def test_an_answer_has_whatever_the_api_says_of_a_tweet() -> None:
    assert {*Answer.__struct_fields__} == {*PredictionResponse.__struct_fields__, "model"}


def test_many_tweets_are_sent_in_batches_and_answered_in_order(
    before: Front, asking: Asking
) -> None:
    texts = [("good " if number % 2 else "bad ") + str(number) for number in range(130)]
    answers = asking(before.url, lambda client: client.predict_many(iter(texts)))
    assert len(answers) == 130
    assert [len(json.loads(body)["texts"]) for body in before.bodies] == [MAX_TEXTS, 2]
    last = asking(before.url, lambda client: client.predict(texts[-1]))
    assert answers[-1].probability == pytest.approx(last.probability, abs=1e-5)


def test_explained_and_long_tweets_make_smaller_batches() -> None:
    from sentiment.api.schemas import MAX_BODY_BYTES
    from sentiment.client.protocol import predict_calls

    assert [call.first for call in predict_calls(["a"] * 20, explain=True)] == [0, 8, 16]
    calls = list(predict_calls(["\U0001f600" * 4000] * 128, explain=False))
    assert len(calls) == 2
    assert all(len(call.body) <= MAX_BODY_BYTES for call in calls)
    assert list(predict_calls([], explain=False)) == []


def test_a_bad_text_is_named_among_all(app: Server, asking: Asking) -> None:
    texts = ["good"] * 129 + [" "]
    with pytest.raises(InvalidRequestError, match="blank") as raised:
        asking(app.url, lambda client: client.predict_many(texts))
    assert raised.value.field == "$.texts[129]"
    assert raised.value.status == 422


@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_missing_or_wrong_key_is_told(app: Server, asking: Asking, key: str | None) -> None:
    with pytest.raises(RefusedKeyError) as raised:
        asking(app.url, lambda client: client.predict("hello"), key=key)
    assert raised.value.status == 401
    assert "wrong" not in str(raised.value)


def test_feedback_is_given_and_taken_back(app: Server, asking: Asking) -> None:
    text = "just great, another delay"
    answer = asking(app.url, lambda client: client.predict(text))
    token = answer.prediction_id
    first = asking(
        app.url, lambda client: client.feedback(token, "incorrect", text=text, consent=True)
    )
    assert isinstance(first, FeedbackResponse)
    assert (first.outcome, first.text_stored) == ("created", True)
    second = asking(app.url, lambda client: client.feedback(token, "correct", consent=False))
    assert (second.outcome, second.text_stored) == ("replaced", False)
    with pytest.raises(InvalidRequestError):
        asking(app.url, lambda client: client.feedback("forged", "correct"))


@pytest.mark.parametrize("status", [429, 503])
def test_what_passes_is_tried_again_after_the_time_asked_for(
    before: Front, asking: Asking, status: int
) -> None:
    before.faults += [Refuse(status, {"Retry-After": "1"}), Refuse(status)]
    started = time.perf_counter()
    assert asking(before.url, lambda client: client.predict("good")).label == "positive"
    assert time.perf_counter() - started >= 1.0
    assert len(before.bodies) == 3


def test_an_app_that_asks_for_too_much_patience_is_given_up(before: Front, asking: Asking) -> None:
    problem = b'{"title": "Busy", "status": 503, "detail": "There is no model."}'
    before.faults.append(Refuse(503, {"Retry-After": "3600"}, problem))
    with pytest.raises(UnavailableError, match="There is no model") as raised:
        asking(before.url, lambda client: client.predict("good"))
    assert raised.value.retry_after == 3600
    assert len(before.bodies) == 1


def test_patience_has_an_end(before: Front, asking: Asking) -> None:
    before.faults += [Refuse(503)] * 9
    with pytest.raises(UnavailableError):
        asking(before.url, lambda client: client.predict("good"))
    assert len(before.bodies) == 1 + QUICK.most


def test_what_would_fail_again_is_not_tried_again(before: Front, asking: Asking) -> None:
    before.faults.append(Refuse(500))
    with pytest.raises(RequestError, match="500"):
        asking(before.url, lambda client: client.predict("good"))
    assert len(before.bodies) == 1


def test_something_else_at_the_address_is_found_out(before: Front, asking: Asking) -> None:
    before.faults.append(Refuse(200, {}, b"<html>It works!</html>"))
    with pytest.raises(UnexpectedAnswerError):
        asking(before.url, lambda client: client.predict("good"))


def test_nobody_at_the_address_is_an_error(asking: Asking) -> None:
    place = f"127.0.0.1:{free_port()}"
    with pytest.raises(NoAnswerError, match=rf"{place} did not answer \(ConnectError\)") as raised:
        asking(f"http://{place}", lambda client: client.predict("good"))
    assert raised.value.__cause__ is raised.value.__context__ is None


def test_an_app_that_hangs_is_given_up(asking: Asking) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(NoAnswerError, match="Timeout"):
            asking(
                address, lambda client: client.predict("good"),
                timeout=0.1, retries=Retries(most=1, first_pause=0.01),
            )  # fmt: skip


@pytest.mark.parametrize("after_the_app", [False, True])
def test_feedback_over_a_dropped_connection_counts_once(
    before: Front, home: Path, asking: Asking, after_the_app: bool
) -> None:
    token = asking(before.url, lambda client: client.predict("so so")).prediction_id
    earlier = kept(home) if (home / "feedback.sqlite3").exists() else []
    before.faults += [Drop(after_the_app), Drop(after_the_app)]
    told = asking(before.url, lambda client: client.feedback(token, "incorrect"))
    assert told.outcome == ("unchanged" if after_the_app else "created")
    added = [row for row in kept(home) if row not in earlier]
    assert added == [(told.feedback_id, "incorrect")]
    assert len(before.bodies) == 4


EXAMPLES = {
    "ask": ("", ["positive", "negative", "love"]),
    "correct": ("", ["created: incorrect, text kept: True", "replaced: correct, text kept: False"]),
    "count": ("so happy\nso sad\n\nI love it\n", ["2 positive", "1 negative"]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_run(app: Server, home: Path, name: str) -> None:
    given, expected = EXAMPLES[name]
    settings = {**environment(home), "SENTIMENT_URL": app.url, "SENTIMENT_KEY": KEY}
    done = subprocess.run(
        [sys.executable, "-m", f"examples.{name}"],
        cwd=APP, env=settings, input=given, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for each in expected:
        assert each in done.stdout
    assert not done.stderr


def run_example(name: str, home: Path, given: str = "", **settings: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", f"examples.{name}"],
        cwd=APP, env={**environment(home), **settings}, input=given, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_with_a_wrong_key_ends_shortly(app: Server, home: Path, name: str) -> None:
    settings = {"SENTIMENT_URL": app.url, "SENTIMENT_KEY": "wrong"}
    code, _, errors = run_example(name, home, "so happy\n", **settings)
    assert code == 1
    assert "SENTIMENT_KEY" in errors
    assert len(errors.splitlines()) == 1


def test_an_example_without_an_app_ends_shortly(home: Path) -> None:
    place = f"localhost:{free_port()}"
    code, _, errors = run_example("ask", home, SENTIMENT_URL=f"http://{place}")
    assert code == 1
    assert place in errors
    assert len(errors.splitlines()) == 1


def test_a_line_that_is_too_long_is_told_and_the_others_are_counted(
    app: Server, home: Path
) -> None:
    given = "so happy\n\n" + "a" * 4001 + "\nI love it\n"
    settings = {"SENTIMENT_URL": app.url, "SENTIMENT_KEY": KEY}
    code, said, errors = run_example("count", home, given, **settings)
    assert (code, said.split()) == (0, ["2", "positive"])
    assert errors.startswith("line 3 is left out: The text has 4,001 characters")


def test_every_example_is_run() -> None:
    names = {path.stem for path in (APP / "examples").glob("*.py")} - {"__init__"}
    assert names == set(EXAMPLES)


def test_no_key_and_no_text_is_logged(
    app: Server, asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    asking(app.url, lambda client: client.predict("my secret tweet"))
    assert "secret" not in caplog.text
    assert KEY not in caplog.text
