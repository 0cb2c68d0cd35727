"""The HTTP contract: every request that it names gets the answer that it names."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app_client import Client, running_app
from tests.support.bad_bodies import BAD_BODIES, TOO_LONG

KEY = "k" * 40


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = tmp_path_factory.mktemp("home")
    with running_app(SENTIMENT_HOME=str(home), RECEIPT_KEYS=KEY) as client:
        yield client


def predict(client: Client, text: str) -> dict[str, object]:
    answer = client.post("predict", {"text": text})
    assert answer.status == 200
    return answer.json["predictions"][0]


def test_a_tweet_gets_its_sentiment(client: Client) -> None:
    answer = client.post("predict", {"text": "I love this phone, it is awesome"})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json) == {"model", "predictions"}
    (prediction,) = answer.json["predictions"]
    assert prediction["label"] == "positive"
    assert prediction["probability"] > 0.8
    assert prediction["confidence"] == prediction["probability"]
    assert prediction["certain"] is True
    assert prediction["truncated"] is False
    assert prediction["english"] is True


def test_the_confidence_of_a_negative_label_is_that_of_negative(client: Client) -> None:
    prediction = predict(client, "this is the worst day, i hate everything")
    assert prediction["label"] == "negative"
    assert prediction["confidence"] == pytest.approx(1 - prediction["probability"], abs=2e-6)


def test_a_text_that_is_probably_not_english_is_marked(client: Client) -> None:
    texts = ["je suis très contente de vous voir", "so happy to see you all"]
    answers = client.post("predict", {"texts": texts}).json["predictions"]
    assert [answer["english"] for answer in answers] == [False, True]


def test_many_tweets_are_answered_in_their_order(client: Client) -> None:
    texts = ["i love it", "i hate it so much", "x" * 4000, "great!", "sad and tired :("] * 25
    answers = client.post("predict", {"texts": texts}).json["predictions"]
    alone = [predict(client, text)["probability"] for text in texts[:5]]
    assert [a["probability"] for a in answers[:5]] == pytest.approx(alone, abs=1e-5)
    assert [a["probability"] for a in answers] == pytest.approx(alone * 25, abs=1e-5)


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


@pytest.mark.parametrize(
    ("body", "status", "field"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES]
)
def test_a_bad_body_is_a_problem_that_names_the_field(
    client: Client, body: object, status: int, field: str | None
) -> None:
    answer = client.post("predict", body)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"].endswith((".", ")."))
    assert problem.get("field") == field
    assert "nonsense" not in answer.body.decode()
    assert predict(client, "I love this, thank you")["label"] == "positive"


@pytest.mark.parametrize(
    ("function", "body", "detail"),
    [
        ("predict", {"text": ""}, "The text is empty: send at least one character."),
        ("predict", {"texts": ["a", ""]}, "The text is empty: send at least one character."),
        ("predict", {"texts": []}, "The list texts is empty: send at least one text."),
        ("predict", TOO_LONG, "The text has 4,001 characters; at most 4,000 are read."),
        ("predict", {"texts": ["a" * 5000]}, "The text has 5,000 characters; at most 4,000"),
        ("predict", {"texts": ["a"] * 129}, "The list texts has 129 texts; at most 128 are read."),
        (
            "predict",
            b'{"text": "' + b"a" * 4001 + b'", "text": "a"}',
            "The text has too many characters; at most 4,000 are read.",
        ),
        (
            "predict",
            b'{"texts": ["' + b"a" * 4001 + b'"], "explain": ' + b"[" * 100_000,
            "The text has too many characters; at most 4,000 are read.",
        ),
        (
            "predict",
            {"tweet": "a"},
            "The object has a field tweet; it may have text, texts, explain.",
        ),
        (
            "predict",
            {"my tweet": "a"},
            "The object has an unknown field; it may have text, texts, explain.",
        ),
        ("feedback", {}, "The object lacks the field prediction_id."),
        ("feedback", {"prediction_id": "a"}, "The object lacks the field verdict."),
        ("feedback", {"prediction_id": ""}, "The prediction_id is empty"),
    ],
)
def test_a_problem_says_in_words_what_is_wrong(
    client: Client, function: str, body: object, detail: str
) -> None:
    answer = client.post(function, body)
    assert answer.status == 422
    assert answer.json["detail"].startswith(detail)


ODD_TEXTS = {
    "NUL inside": "good\x00 day",
    "emoji sequences": "👨‍👩‍👧‍👦🏳️‍🌈❤️👍🏽🇫🇷",
    "a flag alone": "🇫🇷",
    "right to left": "مرحبا \u202eabc\u202c שלום",
    "combining marks": "e\u0301" * 200 + "Z̸̢̛͓a̶l̵g̷o̸",
    "expanding characters": "\ufdfa" * 4000,
    "astral characters": "𝓵𝓸𝓿𝓮" * 1000,
    "many mentions": "@a " * 1333,
    "one long word": "x." * 2000,
    "one long mail": "a" * 3990 + "@b.co",
    "entities": "&amp;" * 800,
    "one character": "a",
}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_an_odd_text_is_answered(client: Client, text: str) -> None:
    assert 0 <= predict(client, text)["probability"] <= 1


@pytest.mark.parametrize("given", ["text/plain", "", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("function", ["predict", "feedback"])
def test_what_is_not_json_is_refused(client: Client, function: str, given: str) -> None:
    headers = {"content-type": given} if given else {}
    answer = client.call(function, body=b'{"text": "a"}', headers=headers)
    assert answer.status == 415
    assert "application/json" in answer.json["detail"]


@pytest.mark.parametrize(
    ("function", "allowed"),
    [
        ("predict", "POST"),
        ("feedback", "POST"),
        ("live", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_wrong_method_is_answered_with_the_right_ones(
    client: Client, function: str, allowed: str, method: str
) -> None:
    answer = client.call(function, method)
    if method in allowed:
        assert answer.status != 405
    else:
        assert answer.status == 405
        assert answer.headers["Allow"] == allowed
        assert answer.json["title"] == "Method Not Allowed"


def test_an_unknown_path_is_a_problem(client: Client) -> None:
    answer = client.get("nothing")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_model_is_described_without_what_is_private(client: Client) -> None:
    manifest = client.get("model").json
    assert manifest["labels"] == ["negative", "positive"]
    assert manifest["metrics"]["test"]["rows"] >= 10_000
    assert manifest["provenance"]["data_attribution"].startswith("Sentiment140")
    assert "all-MiniLM-L6-v2" in manifest["provenance"]["encoder_attribution"]
    assert set(manifest["provenance"]) == {"data_attribution", "encoder_attribution", "rows"}


def test_the_app_is_live_and_ready(client: Client) -> None:
    assert client.get("live").json == {"status": "live"}
    ready = client.get("ready")
    assert (ready.status, ready.json["status"]) == (200, "ready")
    assert ready.json["model"]["version"] == client.get("model").json["version"]


def test_feedback_is_created_known_again_and_replaced(client: Client) -> None:
    token = predict(client, "so good")["prediction_id"]
    first = client.post("feedback", {"prediction_id": token, "verdict": "incorrect"})
    again = client.post("feedback", {"prediction_id": token, "verdict": "incorrect"})
    undone = client.post("feedback", {"prediction_id": token, "verdict": "correct"})
    assert [first.status, again.status, undone.status] == [201, 200, 200]
    assert [a.json["outcome"] for a in (first, again, undone)] == [
        "created",
        "unchanged",
        "replaced",
    ]
    assert len({a.json["feedback_id"] for a in (first, again, undone)}) == 1


def test_feedback_is_retracted_once_and_its_text_is_gone(tmp_path: Path) -> None:
    text = "please forget me"
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        body = {"prediction_id": predict(client, text)["prediction_id"], "verdict": "incorrect"}
        retraction = {**body, "verdict": "retracted"}
        early = client.post("feedback", retraction)
        given = client.post("feedback", {**body, "text": text, "consent": True})
        gone, again = (client.post("feedback", retraction) for _ in range(2))
    assert [answer.status for answer in (early, given, gone, again)] == [200, 201, 200, 200]
    assert [answer.json["outcome"] for answer in (early, given, gone, again)] == [
        "unchanged",
        "created",
        "replaced",
        "unchanged",
    ]
    assert (gone.json["verdict"], gone.json["text_stored"]) == ("retracted", False)
    assert text.encode() not in (tmp_path / "feedback.sqlite3").read_bytes()
    (file,) = (tmp_path / "events").iterdir()
    events = [json.loads(line) for line in file.read_text().splitlines()]
    events = [event for event in events if event["name"] != "cold_start"]
    seen = [(event.get("verdict"), event.get("outcome")) for event in events]
    assert seen == [
        (None, None),
        ("retracted", "unchanged"),
        ("incorrect", "created"),
        ("retracted", "replaced"),
        ("retracted", "unchanged"),
    ]


def tampered(token: str) -> str:
    content = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    content[20] ^= 1
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_a_receipt_that_was_changed_is_refused(client: Client) -> None:
    token = str(predict(client, "so good")["prediction_id"])
    answer = client.post("feedback", {"prediction_id": tampered(token), "verdict": "correct"})
    assert (answer.status, answer.json["field"]) == (422, "$.prediction_id")
    assert "not issued" in answer.json["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prediction_id": ""}, "$.prediction_id"),
        ({"prediction_id": "x" * 513}, "$.prediction_id"),
        ({"prediction_id": "é" * 20}, "$.prediction_id"),
        ({"prediction_id": "AAAA"}, "$.prediction_id"),
        ({"prediction_id": 1}, "$.prediction_id"),
        ({"verdict": "my secret tweet"}, "$.verdict"),
        ({"verdict": None}, "$.verdict"),
        ({"consent": "yes"}, "$.consent"),
        ({"text": ""}, "$.text"),
        ({"text": "another text"}, "$.text"),
        ({"consent": True}, "$.text"),
        ({"text": "so good", "verdict": "retracted", "consent": True}, "$.consent"),
        ({"extra": 1}, "$.extra"),
    ],
)
def test_bad_feedback_names_the_field_and_echoes_nothing(
    client: Client, change: dict[str, object], field: str
) -> None:
    body = {"prediction_id": predict(client, "so good")["prediction_id"], "verdict": "correct"}
    answer = client.post("feedback", {**body, **change})
    assert (answer.status, answer.json["field"]) == (422, field)
    assert "secret" not in answer.body.decode()


@pytest.mark.parametrize("consent", [True, False])
def test_a_text_is_stored_only_with_consent_and_masked(tmp_path: Path, consent: bool) -> None:
    text = "@Bob see https://Example.com/x mail a.b@c.org it is great"
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        token = predict(client, text)["prediction_id"]
        body = {"prediction_id": token, "verdict": "correct", "text": text, "consent": consent}
        answer = client.post("feedback", body)
    assert (answer.status, answer.json["text_stored"]) == (201, consent)
    stored = (tmp_path / "feedback.sqlite3").read_bytes()
    assert (b"@user see http mail @user it is great" in stored) is consent
    assert b"Bob" not in stored


def test_consent_can_be_withdrawn(tmp_path: Path) -> None:
    text = "please forget me"
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        body = {"prediction_id": predict(client, text)["prediction_id"], "verdict": "correct"}
        kept = client.post("feedback", {**body, "text": text, "consent": True})
        known = client.post("feedback", {**body, "verdict": "incorrect"})
        withdrawn = client.post("feedback", {**body, "consent": False})
    assert [a.json["text_stored"] for a in (kept, known, withdrawn)] == [True, True, False]
    assert text.encode() not in (tmp_path / "feedback.sqlite3").read_bytes()


def test_what_is_kept_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_app(SENTIMENT_HOME=str(home)) as client:
        predict(client, "good")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_events_say_what_happened_without_the_text(tmp_path: Path) -> None:
    secret = "zebra @somebody is awful http://t.co/zebra"
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        token = predict(client, secret)["prediction_id"]
        for verdict in ("incorrect", "incorrect", "correct"):
            client.post("feedback", {"prediction_id": token, "verdict": verdict, "text": secret})
    (file,) = (tmp_path / "events").iterdir()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    events = [event for event in lines if event["name"] != "cold_start"]
    assert len(lines) == len(events) + 1
    assert [event["name"] for event in events] == ["prediction", *["feedback"] * 3]
    assert events[0]["length"] == len(secret)
    assert 0 <= events[0]["unknown_rate"] < 1
    seen = [(event["verdict"], event["outcome"]) for event in events[1:]]
    expected = [("incorrect", "created"), ("incorrect", "unchanged"), ("correct", "replaced")]
    assert seen == expected
    given_at = [event["given_at"] for event in events[1:]]
    assert given_at[0] == given_at[1] < given_at[2]
    assert "zebra" not in file.read_text()
    assert "somebody" not in file.read_text()
