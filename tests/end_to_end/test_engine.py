"""The real app under Microsoft's own engine, on the Python that it is deployed with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deployment.proof import Answer, Engine, request_to, serve
from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from tests.support.ingestion import ingestion
from tests.support.pythons import ROOT, environment, require_python

PYTHON = "3.13"
ENGINE = "azure-functions-runtime==1.2.1"
BUNDLE = ROOT / "model_artifacts"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
ROUTES = {
    "predict": ("predict", "FUNCTION"),
    "feedback": ("feedback", "FUNCTION"),
    "live": ("health/live", "ANONYMOUS"),
    "ready": ("health/ready", "ANONYMOUS"),
    "model": ("model", "ANONYMOUS"),
    "openapi": ("openapi.json", "ANONYMOUS"),
    "docs": ("docs", "ANONYMOUS"),
    "docs_file": ("docs/{file}", "ANONYMOUS"),
    "ui": ("ui", "ANONYMOUS"),
    "ui_file": ("ui/{file}", "ANONYMOUS"),
    "nothing": ("{*path}", "ANONYMOUS"),
}
TWEETS = [
    "I love this phone, it is awesome",
    "this is the worst day, i hate everything",
    "meh",
    "@someone see https://example.com/x &amp; tell me :(",
    "so happy 😍😍 قهوة",
    "never again " * 300,
]

FORBIDDEN = re.compile(
    r"(tensorflow|keras|sklearn|scipy|pandas|mlflow|google\.protobuf|training|local_host|tests)\b"
)


@contextmanager
def serving(python: Path, home: Path, **settings: str) -> Iterator[Engine]:
    (packages,) = python.parent.parent.glob("lib/*/site-packages")
    with serve(ROOT, python, home, {"PYTHONPATH": str(packages), **settings}) as engine:
        yield engine


@pytest.fixture(scope="module")
def python() -> Path:
    requirements = (ROOT / "requirements.txt").read_text().splitlines()
    return environment("engine", require_python(PYTHON), [*requirements, ENGINE])


@pytest.fixture(scope="module")
def engine(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with serving(python, tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(read_bundle(BUNDLE))


def levels(engine: Engine) -> dict[str, str]:
    return {function["name"]: function["authLevel"] for function in engine.functions}


def test_the_engine_finds_exactly_the_functions_of_the_contract(engine: Engine) -> None:
    found = engine.functions
    assert {each["name"]: (each["route"], each["authLevel"]) for each in found} == ROUTES
    assert len(found) == len(ROUTES)
    assert all(set(each["methods"]) == METHODS for each in found)


def test_a_public_site_asks_for_no_key(python: Path, tmp_path: Path) -> None:
    with serving(python, tmp_path, SENTIMENT_PUBLIC="true") as engine:
        assert levels(engine) == dict.fromkeys(ROUTES, "ANONYMOUS")


def test_many_tweets_get_the_answers_of_the_classifier_in_order(
    engine: Engine, classifier: Classifier
) -> None:
    texts = (TWEETS * 22)[:128]
    answer = engine.post("predict", {"texts": texts})
    assert answer.status == 200
    expect_predictions(answer, classifier, texts)


def test_requests_at_once_each_get_their_own_answer(engine: Engine, classifier: Classifier) -> None:
    texts = TWEETS * 20
    answers = engine.call_at_once([request_to("predict", "POST", {"text": text}) for text in texts])
    for text, answer in zip(texts, answers, strict=True):
        expect_predictions(answer, classifier, [text])


def expect_predictions(answer: Answer, classifier: Classifier, texts: list[str]) -> None:
    given = answer.json["predictions"]
    expected = classifier.predict_batch(texts)
    assert [each["label"] for each in given] == [each.label for each in expected]
    assert [each["certain"] for each in given] == [each.certain for each in expected]
    assert [each["truncated"] for each in given] == [each.truncated for each in expected]
    probabilities = [each.probability for each in expected]
    # The engine's Python has another release of the runtime, which may round an activation to the
    # next int8.
    assert [each["probability"] for each in given] == pytest.approx(probabilities, abs=2e-3)


def test_telemetry_carries_the_operation_that_the_host_began(python: Path, tmp_path: Path) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {
        "content-type": "application/json",
        "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
    }
    request = request_to("predict", "POST", b'{"text": "good"}', headers)
    with ingestion() as service:
        settings = {"APPLICATIONINSIGHTS_CONNECTION_STRING": service.connection}
        with serving(python, tmp_path, **settings) as engine:
            assert [answer.status for answer in engine.call_at_once([request] * 3)] == [200] * 3
            events = service.wait("prediction", 3)
            brought = engine.ask("modules")
    assert {event["tags"]["ai.operation.id"] for event in events} == {trace}
    assert "azure.monitor.opentelemetry" in brought
    assert [name for name in brought if FORBIDDEN.match(name)] == []


def test_feedback_is_recorded_once_and_can_be_changed(engine: Engine) -> None:
    (prediction,) = engine.post("predict", {"text": "what a day"}).json["predictions"]
    feedback = {"prediction_id": prediction["prediction_id"], "verdict": "incorrect"}
    verdicts = ("incorrect", "incorrect", "correct")
    answers = [engine.post("feedback", {**feedback, "verdict": each}) for each in verdicts]
    assert [answer.status for answer in answers] == [201, 200, 200]


def test_problems_arrive_as_the_app_answers_them(engine: Engine) -> None:
    json_type = {"content-type": "application/json"}
    expect_problem(engine.post("predict", {"texts": ["fine", 3]}), 422)
    expect_problem(engine.call("predict", "POST", body=b"text=good"), 415)
    expect_problem(engine.call("predict", "POST", headers=json_type), 400)
    expect_problem(engine.call("nothing", "POST", params={"path": "no/such"}), 404)
    expect_problem(engine.call("ui_file", params={"file": "../settings.py"}), 404)
    wrong_method = engine.call("live", "POST")
    expect_problem(wrong_method, 405)
    assert wrong_method.headers["Allow"] == "GET, HEAD"


def test_the_model_the_pages_and_the_documentation_are_served(
    engine: Engine, classifier: Classifier
) -> None:
    assert engine.call("live").json == {"status": "live"}
    assert engine.call("ready").json["model"]["version"] == classifier.manifest.version
    assert engine.call("model").json == json.loads(json.dumps(classifier.manifest.public()))
    assert engine.call("openapi").json["openapi"].startswith("3.1")
    for page, name, kind in (
        ("ui", "style.css", "text/css"),
        ("docs", "swagger-ui-bundle.js", "text/javascript"),
    ):
        shown = engine.call(page)
        assert shown.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        file = engine.call(f"{page}_file", params={"file": name})
        assert file.headers["content-type"] == f"{kind}; charset=utf-8"


def test_serving_loads_no_training_library_and_no_protobuf(engine: Engine) -> None:
    assert engine.post("predict", {"text": "good"}).status == 200
    brought = engine.ask("modules")
    assert {"sentiment.app", "ai_edge_litert.interpreter"} <= set(brought)
    assert [name for name in brought if FORBIDDEN.match(name)] == []
    assert [name for name in brought if name.startswith(("opentelemetry", "flask"))] == []


def test_without_a_model_the_app_is_indexed_and_live_but_not_ready(
    python: Path, tmp_path: Path
) -> None:
    with serving(python, tmp_path, SENTIMENT_BUNDLE=str(tmp_path / "absent")) as engine:
        assert levels(engine) == {name: level for name, (_, level) in ROUTES.items()}
        assert engine.call("live").status == 200
        for answer in (engine.call("ready"), engine.post("predict", {"text": "good"})):
            expect_problem(answer, 503)
            assert "manifest.json cannot be read" in answer.json["detail"]


def expect_problem(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["detail"]
