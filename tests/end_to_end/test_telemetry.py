"""What the app sends to Application Insights: the real exporter, to a stand-in on loopback."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.azurite import Azurite
from tests.support.host import Server, running
from tests.support.ingestion import Ingestion, ingestion

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
TRACED = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
SETTING = "APPLICATIONINSIGHTS_CONNECTION_STRING"
HOSTILE_FORMS = (
    "@{mark} see https://example.com/{mark}",
    '"}}, {{"name": "feedback", "verdict": "{mark}"}}',
    "so\r\n2026-01-01 ERROR {mark}",
    "%s %(name)s {{0}} {{text}} ${{{mark}}}",
    "<script>{mark}</script> &lt;",
    "'; DROP TABLE feedback; -- {mark}",
    "\u202e\u200b{mark}\ufeff \x00\x1b[31m",
    "so happy 😍 قهوة {mark} " + "é" * 10,
    "{mark} " * 3,
    "password={mark} {mark}@example.com",
)
"""Tweets that try to be repeated: in a log, an error, an event or a trace."""
TWEETS = 300


@dataclass(frozen=True)
class Site:
    server: Server
    service: Ingestion
    home: Path

    def predict(self, text: str = "what a day", **headers: str) -> dict[str, Any]:
        answer = self.server.post("/api/predict", {"text": text}, headers=headers)
        assert answer.status == 200
        prediction: dict[str, Any] = answer.json()["predictions"][0]
        return prediction

    def reject(self, prediction: dict[str, Any], **headers: str) -> str:
        content = {"prediction_id": prediction["prediction_id"], "verdict": "incorrect"}
        answer = self.server.post("/api/feedback", content, headers=headers)
        assert answer.status == 201
        return str(answer.json()["feedback_id"])

    def warnings(self) -> list[str]:
        return [line for line in self.server.output().splitlines() if "WARNING" in line]


TRACED_ALL = {"OTEL_TRACES_SAMPLER": "always_on"}
"""For tests that look for one request of many; it is not set where the app is deployed."""


def site(stack: ExitStack, home: Path, **settings: str) -> Site:
    service = stack.enter_context(ingestion())
    settings = {SETTING: service.connection, **settings}
    return Site(stack.enter_context(running(home, settings=settings)), service, home)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ExitStack() as stack:
        started = site(stack, tmp_path_factory.mktemp("telemetry"), **TRACED_ALL)
        started.predict()
        started.service.wait("prediction")
        yield started


def undelivered(home: Path) -> str:
    """Return what the exporter keeps on the disk for a later attempt."""
    kept = (home / "undelivered_telemetry").rglob("*")
    with contextlib.suppress(FileNotFoundError):  # it renames its files
        return "".join(path.read_text() for path in kept if path.is_file())
    return ""


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def properties(event: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = event["data"]["baseData"]["properties"]
    return found


def test_a_prediction_and_its_feedback_become_events_of_the_hosts_operation(shared: Site) -> None:
    text = "I love this, truly qwxyzzy"
    prediction = shared.predict(text, **TRACED)
    feedback_id = shared.reject(prediction, **TRACED)
    mine = [event for event in shared.service.wait("feedback") if _within(event)]
    (feedback,) = (event for event in mine if properties(event)["feedback_id"] == feedback_id)
    sent = properties(feedback)
    assert sent["verdict"] == "incorrect"
    assert sent["predicted_label"] == prediction["label"]
    (predicted,) = (event for event in shared.service.events("prediction") if _within(event))
    sent = properties(predicted)
    assert sent["label"] == prediction["label"]
    assert float(sent["probability"]) == prediction["probability"]
    assert float(sent["confidence"]) == prediction["confidence"]
    assert sent["certain"] == json.dumps(prediction["certain"])
    assert int(sent["length"]) == len(text)
    assert 0 <= float(sent["unknown_rate"]) <= 1
    assert float(sent["duration_ms"]) > 0
    assert len(sent["text_hash"]) == 32
    assert sent["model_version"] == properties(feedback)["model_version"]


def test_a_request_is_traced_within_the_hosts_operation(shared: Site) -> None:
    trace = TRACE[::-1]
    header = {"traceparent": f"00-{trace}-{SPAN}-01"}
    shared.reject(shared.predict(**header), **header)
    eventually(lambda: len(_spans(shared.service, trace)) >= 2)
    spans = _spans(shared.service, trace)
    assert sorted(span["data"]["baseData"]["name"] for span in spans) == ["feedback", "predict"]
    assert {span["tags"]["ai.operation.parentId"] for span in spans} == {SPAN}
    ids = {span["data"]["baseData"]["name"]: span["data"]["baseData"]["id"] for span in spans}
    (event,) = (each for each in shared.service.events("feedback") if _within(each, trace))
    assert event["tags"]["ai.operation.parentId"] == ids["feedback"]


def test_a_call_to_storage_is_traced_within_the_request(tmp_path: Path, emulator: Azurite) -> None:
    with ExitStack() as stack:
        stored = site(
            stack,
            tmp_path,
            SENTIMENT_STORAGE=emulator.connection,
            RECEIPT_KEYS="k" * 40,
            WEBSITE_INSTANCE_ID="i",
            **TRACED_ALL,
        )
        stored.predict()
        stored.service.wait("prediction")
        stored.reject(stored.predict(**TRACED), **TRACED)
        eventually(lambda: len(_spans(stored.service, TRACE)) >= 3)
        eventually(lambda: "feedback" in _names(stored.service))
        (request,) = (
            span["data"]["baseData"]["id"]
            for span in _spans(stored.service, TRACE)
            if span["data"]["baseData"]["name"] == "feedback"
        )
        parents = {span["tags"]["ai.operation.parentId"] for span in _spans(stored.service, TRACE)}
        assert {SPAN, request} <= parents


@pytest.mark.parametrize("hangs", [False, True])
def test_the_process_ends_and_sends_what_waits_if_it_can(tmp_path: Path, hangs: bool) -> None:
    with ExitStack() as stack:
        ending = site(stack, tmp_path)
        ending.predict()
        ending.service.wait("prediction")
        ending.service.hangs = hangs
        ending.predict("the last one")
        ending.server.process.terminate()
        ending.server.process.wait(30)
        assert hangs or len(ending.service.events("prediction")) == 2


def test_the_parts_of_the_cold_start_are_reported_once(shared: Site) -> None:
    shared.predict()
    shared.reject(shared.predict())
    (event,) = shared.service.wait("cold_start")
    parts = {name: float(value) for name, value in properties(event).items() if "_ms" in name}
    assert {"process_ms", "imports_ms", "model_ms", "first_prediction_ms"} <= parts.keys()
    assert all(value > 0 for value in parts.values())
    assert shared.server.output().count("Cold start") == 1


def test_nothing_of_hostile_tweets_is_logged_or_sent(shared: Site) -> None:
    marks = [f"zq{number:08x}" for number in range(TWEETS)]  # each occurs nowhere else
    tweets = [
        HOSTILE_FORMS[number % len(HOSTILE_FORMS)].format(mark=mark)
        for number, mark in enumerate(marks)
    ]
    before = len(shared.service.events("prediction"))
    for start in range(0, TWEETS, 100):
        batch = tweets[start : start + 100]
        answer = shared.server.post("/api/predict", {"texts": batch})
        assert answer.status == 200
        token = answer.json()["predictions"][0]["prediction_id"]
        kept = {"prediction_id": token, "verdict": "incorrect", "text": batch[0], "consent": True}
        assert shared.server.post("/api/feedback", kept).status == 201
        # What is refused or cannot be understood is not logged either.
        wrong = {"prediction_id": batch[1], "verdict": batch[2], batch[3]: batch[4]}
        assert shared.server.post("/api/feedback", wrong).status == 422
        body = json.dumps(batch[5])[:-1].encode()
        headers = {"Content-Type": "application/json", "X-Note": marks[start]}
        refused = shared.server.request("POST", "/api/predict", body, headers)
        assert refused.status in {400, 422}
        shared.server.request("GET", f"/api/{marks[start + 6]}?q={marks[start + 7]}")
    shared.service.wait("prediction", before + TWEETS)
    shared.reject(shared.predict())
    sent = b"\n".join(shared.service.bodies).decode() + shared.server.output()
    sent += undelivered(shared.home)
    assert [mark for mark in marks if mark in sent] == []
    assert len(shared.service.events("prediction")) > before + TWEETS


def test_events_are_not_sampled_where_requests_are(tmp_path: Path) -> None:
    with ExitStack() as stack:
        deployed = site(stack, tmp_path)
        first = deployed.predict()
        deployed.service.wait("prediction")
        unsampled = {"traceparent": f"00-{TRACE}-{SPAN}-00"}
        sent = {deployed.reject(deployed.predict(), **unsampled) for _ in range(30)}
        last = deployed.reject(first, **TRACED)
        events = deployed.service.wait("feedback", 31)
        assert {properties(event)["feedback_id"] for event in events} == {*sent, last}
        assert len(_spans(deployed.service, TRACE)) < 30


def refuse(site: Site) -> None:
    site.service.close()


def hang(site: Site) -> None:
    site.service.hangs = True


def answering(status: int) -> Any:
    def answer(site: Site) -> None:
        site.service.status = status

    answer.__name__ = f"answer {status}"
    return answer


@pytest.mark.parametrize("trouble", [refuse, hang, answering(400)])
def test_a_service_in_trouble_is_logged_once_and_costs_no_request(
    tmp_path: Path, trouble: Any
) -> None:
    with ExitStack() as stack:
        troubled = site(stack, tmp_path)
        troubled.predict()
        troubled.service.wait("prediction")
        trouble(troubled)
        # One attempt takes up to ten seconds where the service hangs: 25 would take minutes.
        for _ in range(25):
            troubled.reject(troubled.predict())
        eventually(lambda: bool(troubled.warnings()))
        (warning,) = troubled.warnings()
        assert "Telemetry is not delivered" in warning


def test_what_could_not_be_delivered_is_kept_and_the_recovery_is_logged(tmp_path: Path) -> None:
    with ExitStack() as stack:
        troubled = site(stack, tmp_path)
        troubled.predict()
        troubled.service.wait("prediction")
        troubled.service.status = 503
        lost = troubled.reject(troubled.predict())
        eventually(lambda: lost in undelivered(tmp_path))
        troubled.service.status = 200
        troubled.reject(troubled.predict())
        troubled.service.wait("feedback")
        eventually(lambda: "delivered again" in troubled.server.output())
        assert len(troubled.warnings()) == 1


def test_an_identity_that_cannot_sign_in_is_logged_once_and_the_app_serves(tmp_path: Path) -> None:
    with ExitStack() as stack:
        # The endpoint of the managed identity is one that refuses.
        identity = stack.enter_context(ingestion())
        identity.status = 401
        alone = site(
            stack,
            tmp_path,
            # Over plain HTTP no token would be asked for.
            **{SETTING: "{}https://127.0.0.1:1/".format(identity.connection.partition("http")[0])},
            APPLICATIONINSIGHTS_AUTHENTICATION_STRING="Authorization=AAD",
            IDENTITY_ENDPOINT=f"http://127.0.0.1:{identity.port}/",
            IDENTITY_HEADER="x",
        )
        alone.reject(alone.predict())
        eventually(lambda: bool(alone.warnings()))
        alone.reject(alone.predict())
        time.sleep(1.5)
        (warning,) = alone.warnings()
        assert "identity cannot sign in" in warning
        assert identity.attempts > 0


def _within(event: dict[str, Any], trace: str = TRACE) -> bool:
    return bool(event["tags"]["ai.operation.id"] == trace)


def _spans(service: Ingestion, trace: str) -> list[dict[str, Any]]:
    return [
        each
        for each in list(service.accepted)
        if each["data"]["baseType"] == "RemoteDependencyData" and _within(each, trace)
    ]


def _names(service: Ingestion) -> set[str]:
    return {span["data"]["baseData"]["name"] for span in _spans(service, TRACE)}
