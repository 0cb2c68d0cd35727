from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sentiment.feedback import Feedback, Outcome, Recorded, SqliteStore, StoreUnavailableError

FEEDBACK = Feedback("id", 1, 2.0, "v1", "positive", 0.9, "correct", "hash")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "feedback.sqlite3"


def rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT feedback_id, verdict, text FROM feedback").fetchall()


def test_one_prediction_is_one_row_for_ever(path: Path) -> None:
    store = SqliteStore(path)
    assert store.record(FEEDBACK).outcome is Outcome.CREATED
    assert store.record(replace(FEEDBACK, received_at=3.0)).outcome is Outcome.UNCHANGED
    assert store.record(replace(FEEDBACK, verdict="incorrect")).outcome is Outcome.REPLACED
    assert rows(path) == [("id", "incorrect", None)]


def test_a_text_that_comes_later_is_added_and_not_lost_again(path: Path) -> None:
    store = SqliteStore(path)
    store.record(FEEDBACK)
    with_text = replace(FEEDBACK, text="masked")
    assert store.record(with_text) == Recorded(Outcome.UNCHANGED, text_stored=True)
    assert store.record(FEEDBACK) == Recorded(Outcome.UNCHANGED, text_stored=True)
    assert rows(path) == [("id", "correct", "masked")]


def test_consent_can_be_withdrawn_and_the_text_is_gone(path: Path) -> None:
    store = SqliteStore(path)
    store.record(replace(FEEDBACK, text="a masked text"))
    withdrawn = store.record(replace(FEEDBACK, withdraw=True))
    assert withdrawn == Recorded(Outcome.UNCHANGED, text_stored=False)
    assert rows(path) == [("id", "correct", None)]
    assert b"a masked text" not in path.read_bytes()


def test_what_was_acknowledged_survives_the_process(path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from sentiment.feedback import *;"
        "SqliteStore(Path(sys.argv[1])).record("
        "Feedback('id', 1, 2.0, 'v1', 'positive', 0.9, 'correct', 'hash'));"
        "os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert killed.returncode == -9
    assert rows(path) == [("id", "correct", None)]


def test_many_threads_record_each_feedback_once(path: Path) -> None:
    stores = [SqliteStore(path), SqliteStore(path)]
    outcomes: list[Outcome] = []

    def work(store: SqliteStore) -> None:
        outcomes.extend(
            store.record(replace(FEEDBACK, feedback_id=str(n))).outcome for n in range(20)
        )

    threads = [threading.Thread(target=work, args=(store,)) for store in stores * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(Outcome.CREATED) == 20
    assert outcomes.count(Outcome.UNCHANGED) == 140
    assert len(rows(path)) == 20


def test_a_damaged_file_is_an_error_and_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreUnavailableError, match="not a database"):
        SqliteStore(path).record(FEEDBACK)
    assert path.read_bytes() == b"not a database" * 100
