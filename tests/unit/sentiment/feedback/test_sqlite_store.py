from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sentiment.feedback import (
    Outcome,
    Review,
    Selection,
    StoredFeedback,
    StoreUnavailableError,
)
from sentiment.feedback.sqlite_store import SqliteStore
from tests.support.feedback_stores import FEEDBACK, NOON, Backend, SqliteBackend
from tests.support.store_contract import *  # noqa: F403  the same promises as every store's

FIRST_SCHEMA = """
CREATE TABLE feedback (
    feedback_id TEXT PRIMARY KEY,
    predicted_at INTEGER NOT NULL,
    received_at REAL NOT NULL,
    model_version TEXT NOT NULL,
    label TEXT NOT NULL,
    probability REAL NOT NULL,
    verdict TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    text TEXT
) WITHOUT ROWID
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "feedback.sqlite3"


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    return SqliteBackend(tmp_path)


def rows(path: Path) -> list[StoredFeedback]:
    return list(SqliteStore(path).rows(Selection(), pytest.fail))


def test_the_file_is_for_its_owner_alone_also_in_an_open_folder(path: Path) -> None:
    path.parent.chmod(0o755)
    SqliteStore(path).record(FEEDBACK)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_withdrawn_or_deleted_text_leaves_no_trace_in_the_file(path: Path) -> None:
    store = SqliteStore(path)
    for name in ("withdrawn", "deleted"):
        store.record(replace(FEEDBACK, feedback_id=name, text=f"a masked text, {name}"))
    assert b"a masked text" in path.read_bytes()
    store.record(replace(FEEDBACK, feedback_id="withdrawn", withdraw=True))
    store.delete("deleted")
    assert b"a masked text" not in path.read_bytes()


def test_a_damaged_file_is_an_error_and_is_left_alone(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    store = SqliteStore(path)
    for use in (lambda: store.record(FEEDBACK), lambda: store.purge(1), lambda: store.find("id")):
        with pytest.raises(StoreUnavailableError, match="not a database"):
            use()
    assert path.read_bytes() == b"not a database" * 100


@pytest.mark.parametrize("missing", [(), ("review",), ("source",)], ids=["both", "one", "another"])
def test_a_file_of_the_first_schema_is_brought_up_to_date_without_loss(
    path: Path, missing: tuple[str, ...]
) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(FIRST_SCHEMA)
        old = ("id", NOON, NOON + 1.5, "v1", "positive", 0.75, "correct", "hash", "masked")
        connection.execute("INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", old)
        if missing == ("review",):  # what an upgrade that was cut off may leave
            connection.execute("ALTER TABLE feedback ADD COLUMN source TEXT")
        if missing == ("source",):
            connection.execute("ALTER TABLE feedback ADD COLUMN review TEXT DEFAULT 'pending'")
    known = replace(FEEDBACK, text="masked")
    assert SqliteStore(path).record(known).outcome is Outcome.UNCHANGED
    assert rows(path) == [StoredFeedback(known, Review.PENDING)]
    assert SqliteStore(path).review(rows(path)[0], Review.ACCEPTED)
    assert rows(path) == [StoredFeedback(known, Review.ACCEPTED)]


def test_a_text_that_is_not_utf_8_is_read_with_a_replacement(path: Path) -> None:
    SqliteStore(path).record(FEEDBACK)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE feedback SET text = CAST(x'61ff62' AS TEXT)")
    assert [row.feedback.text for row in rows(path)] == ["a\ufffdb"]
