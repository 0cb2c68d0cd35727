"""Feedback through the real app, kept in Table Storage and in the local file."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sentiment.feedback import (
    Feedback,
    Recorded,
    Selection,
    StoredFeedback,
    StoreUnavailableError,
)
from sentiment.feedback.sqlite_store import SqliteStore
from sentiment.feedback.stores import chosen_store
from sentiment.settings import read_settings
from tests.support.app_client import Answer, Client, running_app
from tests.support.azurite import Azurite, azurite

KEY = "k" * 40
TEXT = "@Bob the worst trip ever"


def send(client: Client, came_from: str | None = None, **content: object) -> Answer:
    """Predict a text and send feedback on it."""
    predicted = client.post("predict", {"text": TEXT}).json["predictions"][0]
    return send_on(client, predicted["prediction_id"], came_from, **content)


def send_on(client: Client, token: str, came_from: str | None, **content: object) -> Answer:
    body = {"prediction_id": token, "verdict": "incorrect", **content}
    headers = {"content-type": "application/json"}
    if came_from is not None:
        headers["x-forwarded-for"] = came_from
    return client.call("feedback", body=json.dumps(body).encode(), headers=headers)


def stored(feedback_id: str, **environment: str) -> StoredFeedback:
    store = chosen_store(read_settings(environment))
    assert store is not None
    row = store.find(feedback_id)
    assert row is not None
    return row


def test_in_azure_feedback_is_kept_in_the_table_and_nothing_on_the_disk(
    tmp_path: Path, emulator: Azurite
) -> None:
    settings = {
        "SENTIMENT_HOME": str(tmp_path),
        "SENTIMENT_STORAGE": emulator.connection,
        "RECEIPT_KEYS": KEY,
        "WEBSITE_INSTANCE_ID": "i",
    }
    with running_app(**settings) as client:
        token = client.post("predict", {"text": TEXT}).json["predictions"][0]["prediction_id"]
        answers = [
            send_on(client, token, "192.0.2.1:50123", text=TEXT, consent=True),
            send_on(client, token, "192.0.2.1:50999"),
            send_on(client, token, None, verdict="correct"),
        ]
    assert [answer.status for answer in answers] == [201, 200, 200]
    outcomes = [answer.json["outcome"] for answer in answers]
    assert outcomes == ["created", "unchanged", "replaced"]
    row = stored(answers[0].json["feedback_id"], **settings)
    assert (row.feedback.verdict, row.feedback.text) == ("correct", "@user the worst trip ever")
    assert row.feedback.source
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("came_from", ["192.0.2.1", None])
@pytest.mark.parametrize("consent", [True, False])
def test_the_source_is_kept_hashed_with_a_text_and_told_to_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, came_from: str | None, consent: bool
) -> None:
    caplog.set_level("DEBUG")
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        answer = send(client, came_from, text=TEXT, consent=consent)
    row = stored(answer.json["feedback_id"], SENTIMENT_HOME=str(tmp_path))
    assert (row.feedback.source is not None) is (came_from is not None and consent)
    for file in [*(tmp_path / "events").iterdir(), tmp_path / "feedback.sqlite3"]:
        assert b"192.0.2.1" not in file.read_bytes()
    assert "192.0.2.1" not in answer.body.decode() + caplog.text
    (events,) = (tmp_path / "events").iterdir()
    assert "source" not in events.read_text()


def test_one_client_is_one_source_and_another_another(tmp_path: Path) -> None:
    places = ["192.0.2.1:1", "10.1.1.1, 192.0.2.1:2", "192.0.2.9", "[2001:db8::1]:1", "2001:db8::2"]
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        answers = [send(client, place, text=TEXT, consent=True) for place in places]
    ids = [answer.json["feedback_id"] for answer in answers]
    sources = [stored(each, SENTIMENT_HOME=str(tmp_path)).feedback.source for each in ids]
    assert sources[0] == sources[1]
    assert sources[3] == sources[4]
    assert len(set(sources)) == 3


def test_a_table_that_goes_away_gives_503_and_keeps_what_was_acknowledged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "azurite"
    folder.mkdir()
    with azurite(folder) as emulator:
        settings = {"SENTIMENT_HOME": str(tmp_path), "SENTIMENT_STORAGE": emulator.connection}
        with running_app(**settings) as client:
            kept = send(client, text=TEXT, consent=True)
            assert kept.status == 201
            store = chosen_store(read_settings(settings))
            assert store is not None
            assert len(list(store.rows(Selection(), pytest.fail))) == 1
            emulator.process.kill()
            emulator.process.wait()
            refused = send(client, text=TEXT, consent=True)
            assert client.get("ready").status == 200
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert "could not be stored" in refused.json["detail"]
    assert "outcome" not in refused.json
    assert "The feedback table failed" in caplog.text
    for secret in ("worst trip", "Bob", "AccountKey", "127.0.0.1"):
        assert secret not in refused.body.decode()
        assert secret not in "".join(
            record.getMessage() for record in caplog.records if record.name.startswith("sentiment")
        )
    (events,) = (tmp_path / "events").iterdir()
    assert events.read_text().count('"feedback"') == 1


def test_a_malformed_connection_string_gives_503_and_is_not_repeated(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path), SENTIMENT_STORAGE="secret") as client:
        answer = send(client)
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    assert "secret" not in answer.body.decode() + caplog.text


def test_a_file_of_the_first_schema_takes_feedback(tmp_path: Path) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        send(client)
        path = tmp_path / "feedback.sqlite3"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("ALTER TABLE feedback DROP COLUMN source")
            connection.execute("ALTER TABLE feedback DROP COLUMN review")
        assert send(client, text=TEXT, consent=True).status == 201
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM feedback").fetchone() == (2,)


def test_what_was_stored_behind_a_lost_answer_is_told_when_it_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = SqliteStore.record

    def lose_the_answer(self: SqliteStore, feedback: Feedback) -> Recorded:
        record(self, feedback)
        raise StoreUnavailableError("The connection was lost.")

    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        token = client.post("predict", {"text": TEXT}).json["predictions"][0]["prediction_id"]
        with monkeypatch.context() as patch:
            patch.setattr(SqliteStore, "record", lose_the_answer)
            assert send_on(client, token, None).status == 503
        again = send_on(client, token, None)
    assert (again.status, again.json["outcome"]) == (200, "unchanged")
    (file,) = (tmp_path / "events").iterdir()
    events = [json.loads(line) for line in file.read_text().splitlines()]
    told = [event["feedback_id"] for event in events if event["name"] == "feedback"]
    assert told == [again.json["feedback_id"]]


def test_a_stored_time_that_is_none_costs_no_answer(tmp_path: Path) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        token = client.post("predict", {"text": TEXT}).json["predictions"][0]["prediction_id"]
        assert send_on(client, token, None).status == 201
        path = tmp_path / "feedback.sqlite3"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE feedback SET received_at = 1e300")
        assert send_on(client, token, None).status == 200
