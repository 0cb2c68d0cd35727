"""What breaks leaves the app indexed, live and honest."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment.api.openapi.operations import OPERATIONS
from sentiment.settings import read_settings
from sentiment.telemetry.connection import CONNECTION as TELEMETRY
from tests.support.app_client import Client, running_app


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(read_settings({}).bundle, tmp_path / "bundle"))


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


def garbage_model(folder: Path) -> None:
    import hashlib

    (folder / "model.tflite").write_bytes(b"garbage" * 1000)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    digest = hashlib.sha256(b"garbage" * 1000).hexdigest()
    manifest["files"]["model.tflite"] = {"sha256": digest, "size": 7000}
    path.write_text(json.dumps(manifest))


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (remove, "manifest.json cannot be read"),
    "garbage with a right hash": (garbage_model, "model.tflite cannot be loaded"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_bundle_leaves_the_app_live_and_not_ready(
    tmp_path: Path,
    bundle: Path,
    damage: Callable[[Path], None],
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    damage(bundle)
    with running_app(SENTIMENT_HOME=str(tmp_path), SENTIMENT_BUNDLE=str(bundle)) as client:
        assert client.get("live").status == 200
        for answer in (
            client.get("ready"),
            client.get("model"),
            client.post("predict", {"text": "good"}),
        ):
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert reason in answer.json["detail"]
            assert str(tmp_path) not in answer.body.decode()
        assert f"There is no model in {bundle}: {reason}" in caplog.text
        assert client.post("predict", b"{").status == 400
        assert len(client.module.app.get_functions()) == len(OPERATIONS) + 1  # all others


def send_feedback(client: Client) -> int:
    token = client.post("predict", {"text": "so good"}).json["predictions"][0]["prediction_id"]
    answer = client.post("feedback", {"prediction_id": token, "verdict": "correct"})
    if answer.status == 503:
        assert int(answer.headers["Retry-After"]) > 0
        assert "could not be stored" in answer.json["detail"]
    return answer.status


def test_a_store_that_cannot_be_written_gives_503_and_recovers(tmp_path: Path) -> None:
    # A folder in the place of the file cannot be written even by root.
    blocker = tmp_path / "feedback.sqlite3"
    blocker.mkdir()
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        assert send_feedback(client) == 503
        blocker.rmdir()
        assert send_feedback(client) == 201


def test_a_read_only_store_gives_503(tmp_path: Path) -> None:
    path = tmp_path / "feedback.sqlite3"
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        assert send_feedback(client) == 201
        before = path.read_bytes()
        # PRAGMA query_only stands in for a read-only disk where the tests run as root.
        connect = sqlite3.connect

        def read_only(*_: object, **__: object) -> sqlite3.Connection:
            return connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)

        path.chmod(stat.S_IRUSR)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sentiment.feedback.sqlite_store.sqlite3.connect", read_only)
            assert send_feedback(client) == 503
    assert path.read_bytes() == before


def test_a_full_disk_gives_503_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "feedback.sqlite3"
    connect = sqlite3.connect

    def almost_full(*args: object, **options: object) -> sqlite3.Connection:
        connection = connect(*args, **options)  # type: ignore[call-overload]
        # SQLite answers SQLITE_FULL beyond this page, as it does when the disk is full.
        connection.execute("PRAGMA max_page_count = 3")
        return connection

    with (
        running_app(SENTIMENT_HOME=str(tmp_path)) as client,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("sentiment.feedback.sqlite_store.sqlite3.connect", almost_full)
        statuses = [send_feedback(client) for _ in range(60)]
    assert set(statuses) == {201, 503}
    with sqlite3.connect(path) as connection:
        (count,) = connection.execute("SELECT count(*) FROM feedback").fetchone()
    connection.close()
    assert count == statuses.count(201)


def test_in_azure_without_keys_or_a_store_predictions_have_no_id_and_feedback_says_why(
    tmp_path: Path,
) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path), WEBSITE_INSTANCE_ID="i") as client:
        answer = client.post("predict", {"text": "good"})
        assert answer.json["predictions"][0]["prediction_id"] is None
        refused = client.post("feedback", {"prediction_id": "x", "verdict": "correct"})
        assert (refused.status, "RECEIPT_KEYS" in refused.json["detail"]) == (503, True)
    assert list(tmp_path.iterdir()) == []
    with running_app(
        SENTIMENT_HOME=str(tmp_path), WEBSITE_INSTANCE_ID="i", RECEIPT_KEYS="k" * 32
    ) as client:
        token = client.post("predict", {"text": "good"}).json["predictions"][0]["prediction_id"]
        refused = client.post("feedback", {"prediction_id": token, "verdict": "correct"})
        assert (refused.status, "store" in refused.json["detail"]) == (503, True)
    assert list(tmp_path.iterdir()) == []


def test_malformed_settings_are_named_once_and_the_app_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_app(
        SENTIMENT_HOME=str(tmp_path), RECEIPT_KEYS="short-secret", SENTIMENT_PUBLIC="perhaps"
    ) as client:
        assert client.post("predict", {"text": "good"}).status == 200
    assert caplog.text.count("RECEIPT_KEYS") == 1
    assert caplog.text.count("SENTIMENT_PUBLIC") == 1
    assert "short-secret" not in caplog.text


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
def test_a_wrong_connection_string_for_telemetry_is_named_once_and_the_app_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, string: str, expected: str
) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path), **{TELEMETRY: string}) as client:
        for _ in range(3):
            assert client.post("predict", {"text": "good"}).status == 200
    named = [each for each in caplog.messages if TELEMETRY in each]
    assert len(named) == 1
    assert expected in named[0]
    assert "secret-key" not in caplog.text
