"""Feedback through the real app, kept in the local file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.app_client import running_app
from tests.support.sent_feedback import TEXT, send, stored


@pytest.mark.parametrize("came_from", ["192.0.2.1", None])
@pytest.mark.parametrize("consent", [True, False])
def test_the_source_is_kept_hashed_with_a_text_and_in_no_event_or_log(
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
