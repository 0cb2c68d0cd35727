"""What the app tells Application Insights, through the real exporter to a stand-in on loopback."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.support.app_client import running_app
from tests.support.azurite import Azurite
from tests.support.hostile_tweets import hostile_tweets
from tests.support.ingestion import Ingestion, ingestion
from tests.support.running import Server, running

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
TRACED = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
SETTING = "APPLICATIONINSIGHTS_CONNECTION_STRING"
TWEETS = 1000


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
    told = {SETTING: service.connection, **settings}
    return Site(stack.enter_context(running(home, settings=told)), service, home)


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
    told: dict[str, str] = event["data"]["baseData"]["properties"]
    return told


def test_a_prediction_and_its_feedback_become_events_of_the_hosts_operation(shared: Site) -> None:
    text = "I love this, truly qwxyzzy"
    prediction = shared.predict(text, **TRACED)
    feedback_id = shared.reject(prediction, **TRACED)
    mine = [event for event in shared.service.wait("feedback") if _within(event)]
    (feedback,) = (event for event in mine if properties(event)["feedback_id"] == feedback_id)
    told = properties(feedback)
    assert told["verdict"] == "incorrect"
    assert told["predicted_label"] == prediction["label"]
    (predicted,) = (event for event in shared.service.events("prediction") if _within(event))
    told = properties(predicted)
    assert told["label"] == prediction["label"]
    assert float(told["probability"]) == prediction["probability"]
    assert float(told["confidence"]) == prediction["confidence"]
    assert told["certain"] == json.dumps(prediction["certain"])
    assert int(told["length"]) == len(text)
    assert 0 <= float(told["unknown_rate"]) <= 1
    assert float(told["duration_ms"]) > 0
    assert len(told["text_hash"]) == 32
    assert told["model_version"] == properties(feedback)["model_version"]


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
def test_the_process_ends_soon_and_sends_what_waits_if_it_can(tmp_path: Path, hangs: bool) -> None:
    with ExitStack() as stack:
        ending = site(stack, tmp_path)
        ending.predict()
        ending.service.wait("prediction")
        ending.service.hangs = hangs
        ending.predict("the last one")
        began = time.monotonic()
        ending.server.process.terminate()
        ending.server.process.wait(30)
        assert time.monotonic() - began < 10
        assert hangs or len(ending.service.events("prediction")) == 2


def test_the_parts_of_the_cold_start_are_told_once(shared: Site) -> None:
    shared.predict()
    shared.reject(shared.predict())
    (event,) = shared.service.wait("cold_start")
    parts = {name: float(value) for name, value in properties(event).items() if "_ms" in name}
    assert {"process_ms", "imports_ms", "model_ms", "first_prediction_ms"} <= parts.keys()
    assert all(value > 0 for value in parts.values())
    assert shared.server.output().count("Cold start") == 1


def test_nothing_of_hostile_tweets_is_logged_or_sent(shared: Site) -> None:
    tweets = hostile_tweets(TWEETS)
    before = len(shared.service.events("prediction"))
    for start in range(0, TWEETS, 100):
        batch = [tweet.text for tweet in tweets[start : start + 100]]
        answer = shared.server.post("/api/predict", {"texts": batch})
        assert answer.status == 200
        token = answer.json()["predictions"][0]["prediction_id"]
        kept = {"prediction_id": token, "verdict": "incorrect", "text": batch[0], "consent": True}
        assert shared.server.post("/api/feedback", kept).status == 201
        # What is refused or cannot be understood is not told either.
        wrong = {"prediction_id": batch[1], "verdict": batch[2], batch[3]: batch[4]}
        assert shared.server.post("/api/feedback", wrong).status == 422
        body = json.dumps(batch[5])[:-1].encode()
        headers = {"Content-Type": "application/json", "X-Note": tweets[start].mark}
        refused = shared.server.request("POST", "/api/predict", body, headers)
        assert refused.status in {400, 422}
        shared.server.request("GET", f"/api/{tweets[start + 6].mark}?q={tweets[start + 7].mark}")
    shared.service.wait("prediction", before + TWEETS)
    shared.reject(shared.predict())
    told = b"\n".join(shared.service.bodies).decode() + shared.server.output()
    told += undelivered(shared.home)
    assert [tweet.mark for tweet in tweets if tweet.mark in told] == []
    assert len(shared.service.events("prediction")) > before + TWEETS


def test_events_are_not_sampled_where_requests_are(tmp_path: Path) -> None:
    with ExitStack() as stack:
        deployed = site(stack, tmp_path)
        first = deployed.predict()
        deployed.service.wait("prediction")
        unsampled = {"traceparent": f"00-{TRACE}-{SPAN}-00"}
        sent = {deployed.reject(deployed.predict(), **unsampled) for _ in range(30)}
        last = deployed.reject(first, **TRACED)
        told = deployed.service.wait("feedback", 31)
        assert {properties(event)["feedback_id"] for event in told} == {*sent, last}
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


def durations(site: Site) -> list[float]:
    found = []
    for _ in range(25):
        began = time.monotonic()
        site.reject(site.predict())
        found.append(time.monotonic() - began)
    return found


@pytest.mark.parametrize("trouble", [refuse, hang, answering(500), answering(400)])
def test_a_service_in_trouble_is_told_once_and_costs_no_request(
    tmp_path: Path, trouble: Any
) -> None:
    with ExitStack() as stack:
        troubled = site(stack, tmp_path)
        troubled.predict()
        troubled.service.wait("prediction")
        usual = durations(troubled)
        trouble(troubled)
        now = durations(troubled)
        # One attempt takes up to ten seconds where the service hangs; no request waits for it.
        assert median(now) <= 2 * median(usual) + 0.02
        assert max(now) < 5.0
        eventually(lambda: bool(troubled.warnings()))
        (warning,) = troubled.warnings()
        assert "Telemetry is not delivered" in warning


def test_what_could_not_be_delivered_is_kept_and_the_recovery_is_told(tmp_path: Path) -> None:
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


def test_an_identity_that_cannot_sign_in_is_told_once_and_the_app_serves(tmp_path: Path) -> None:
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


def test_an_identity_over_plain_http_is_told_once(tmp_path: Path) -> None:
    with ExitStack() as stack:
        settings = {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "Authorization=AAD"}
        alone = site(stack, tmp_path, **settings)
        alone.reject(alone.predict())
        eventually(lambda: bool(alone.warnings()))
        (warning,) = alone.warnings()
        assert "check the connection string" in warning
        assert alone.service.attempts == 0


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("what?", "InstrumentationKey=GUID"),
        ("InstrumentationKey=secret-key", "InstrumentationKey=GUID"),
        ("InstrumentationKey=00000000-0000-0000-0000-000000000001", "IngestionEndpoint"),
        (
            "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=secret-key",
            "IngestionEndpoint",
        ),
        ("@Microsoft.KeyVault(SecretUri=https://secret-key.example/x)", "InstrumentationKey"),
    ],
)
def test_a_wrong_connection_string_is_named_once_and_the_app_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, string: str, expected: str
) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path), **{SETTING: string}) as client:
        for _ in range(3):
            assert client.post("predict", {"text": "good"}).status == 200
    named = [each for each in caplog.messages if SETTING in each]
    assert len(named) == 1
    assert expected in named[0]
    assert "secret-key" not in caplog.text


def test_an_instance_without_a_model_tells_so_once_a_minute(tmp_path: Path) -> None:
    settings = {"SENTIMENT_HOME": str(tmp_path), "SENTIMENT_BUNDLE": str(tmp_path / "none")}
    with running_app(**settings) as client:
        for _ in range(5):
            assert client.post("predict", {"text": "good"}).status == 503
            assert client.get("ready").status == 503
    (file,) = (tmp_path / "events").iterdir()
    (event,) = map(json.loads, file.read_text().splitlines())
    assert event["name"] == "not_ready"
    assert "manifest.json" in event["reason"]


def test_a_set_up_that_fails_is_told_once_and_the_app_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret-key")

    monkeypatch.setattr("sentiment.telemetry.pipeline.Pipeline.__init__", fail)
    monkeypatch.setattr("sentiment.telemetry.sink.DELAY_SECONDS", 0)
    with ingestion() as service:
        told = {"SENTIMENT_HOME": str(tmp_path), SETTING: service.connection}
        with running_app(**told) as client, caplog.at_level(logging.INFO):
            deadline = time.monotonic() + 10
            while "set-up failed" not in caplog.text and time.monotonic() < deadline:
                assert client.post("predict", {"text": "good"}).status == 200
            assert client.post("predict", {"text": "good"}).status == 200
    assert caplog.text.count("set-up failed (RuntimeError)") == 1
    assert "secret-key" not in caplog.text


def _within(event: dict[str, Any], trace: str = TRACE) -> bool:
    return bool(event["tags"]["ai.operation.id"] == trace)


def _spans(service: Ingestion, trace: str) -> list[dict[str, Any]]:
    return [
        each
        for each in service.envelopes()
        if each["data"]["baseType"] == "RemoteDependencyData" and _within(each, trace)
    ]


def _names(service: Ingestion) -> set[str]:
    return {span["data"]["baseData"]["name"] for span in _spans(service, TRACE)}
