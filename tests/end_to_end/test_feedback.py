"""Feedback through the real app, kept in Table Storage."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentiment.feedback import Selection
from sentiment.feedback.stores import chosen_store
from sentiment.settings import read_settings
from tests.support.app_client import running_app
from tests.support.azurite import Azurite, azurite
from tests.support.sent_feedback import KEY, TEXT, send, send_on, stored


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
