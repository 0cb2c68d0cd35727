"""Feedback in one SQLite file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from sentiment.feedback import (
    Feedback,
    Recorded,
    Review,
    Selection,
    Skip,
    StoredFeedback,
    StoreUnavailableError,
)
from sentiment.feedback.revision import revise
from sentiment.feedback.rows import COLUMNS, readable, to_values
from sentiment.files import PRIVATE, make_private

DATABASE_FILE = "feedback.sqlite3"

_BUSY_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    feedback_id TEXT PRIMARY KEY,
    predicted_at INTEGER NOT NULL,
    received_at REAL NOT NULL,
    model_version TEXT NOT NULL,
    label TEXT NOT NULL,
    probability REAL NOT NULL,
    verdict TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    text TEXT,
    source TEXT,
    review TEXT NOT NULL DEFAULT 'pending'
) WITHOUT ROWID
"""
_LATER_COLUMNS = {"source": "TEXT", "review": "TEXT NOT NULL DEFAULT 'pending'"}
"""What files of the first schema lack."""

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM feedback"  # noqa: S608
_SELECT_ONE = f"{_SELECT} WHERE feedback_id = ?"
_WRITE = f"""
INSERT OR REPLACE INTO feedback ({", ".join(COLUMNS)})
VALUES ({", ".join(f":{name}" for name in COLUMNS)})
"""  # noqa: S608
_REVIEW = """
UPDATE feedback SET review = ?, source = NULL WHERE feedback_id = ? AND verdict = ? AND text IS ?
"""


class SqliteStore:
    """Feedback in one SQLite file, for one machine with a disk that lasts.

    Every method raises StoreUnavailableError where the disk is full, read-only or busy, or the
    file is damaged. A file of an older schema is brought up to date when it is opened.

    Args:
        path: The database file; it is made, with its folder, on first use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def record(self, feedback: Feedback) -> Recorded:
        """Keep a feedback in one transaction that is on disk when this returns."""
        with self._connected() as connection, _transaction(connection):
            revision = revise(_find(connection, feedback.feedback_id), feedback)
            if revision.changed:
                connection.execute(_WRITE, to_values(revision.row))
        return revision.recorded

    def retract(self, feedback: Feedback) -> bool:
        """Delete the row of a feedback's prediction; return whether there was one."""
        return self.delete(feedback.feedback_id) > 0

    def rows(self, selection: Selection, skip: Skip) -> Iterator[StoredFeedback]:
        """Yield the selected rows; what cannot be read is skipped."""
        with self._connected() as connection:
            # All at once, so that nobody who writes has to wait for the reader.
            found = connection.execute(_SELECT).fetchall()
        for values in found:
            row = readable(_named(values), skip)
            if row is not None and selection.holds(row):
                yield row

    def find(self, feedback_id: str) -> StoredFeedback | None:
        """Return the row of an id, or None if there is none that can be read."""
        with self._connected() as connection:
            return _find(connection, feedback_id)

    def review(self, row: StoredFeedback, review: Review) -> bool:
        """Set the state of a row and drop its source; return False if it has changed."""
        feedback = row.feedback
        known = (feedback.feedback_id, feedback.verdict, feedback.text)
        return self._execute(_REVIEW, (review.value, *known)) == 1

    def delete(self, feedback_id: str) -> int:
        """Delete what is stored under an id, readable or not; return how many rows."""
        return self._execute("DELETE FROM feedback WHERE feedback_id = ?", (feedback_id,))

    def delete_texts(self, text_hashes: Collection[str]) -> int:
        """Delete the rows of texts, given by their keyed hashes; return how many."""
        statement = "DELETE FROM feedback WHERE text_hash = ?"
        return sum(self._execute(statement, (text_hash,)) for text_hash in set(text_hashes))

    def purge(self, before: float) -> int:
        """Delete the rows of predictions made before a time; return how many."""
        return self._execute("DELETE FROM feedback WHERE predicted_at < ?", (before,))

    def _execute(self, statement: str, parameters: tuple[str | float | None, ...]) -> int:
        with self._connected() as connection, _transaction(connection):
            return connection.execute(statement, parameters).rowcount

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, closing(self._connect()) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailableError(f"The feedback store failed: {error}.") from error

    def _connect(self) -> sqlite3.Connection:
        make_private(self._path.parent)
        if not self._path.exists():  # its owner's alone, also in a folder that others may read
            self._path.touch(PRIVATE)
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            # EXTRA also syncs the folder, so that no acknowledged row is lost with the power.
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute("PRAGMA secure_delete = ON")
            connection.text_factory = _decode
            _bring_up_to_date(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    if set(COLUMNS) <= _columns(connection):
        return
    with _transaction(connection):
        connection.execute(_SCHEMA)
        # Read again: another process may have been first.
        for name in _LATER_COLUMNS.keys() - _columns(connection):
            connection.execute(f"ALTER TABLE feedback ADD COLUMN {name} {_LATER_COLUMNS[name]}")


def _columns(connection: sqlite3.Connection) -> set[str]:
    return {row[1] for row in connection.execute("PRAGMA table_info(feedback)")}


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _find(connection: sqlite3.Connection, feedback_id: str) -> StoredFeedback | None:
    values = connection.execute(_SELECT_ONE, (feedback_id,)).fetchone()
    return None if values is None else readable(_named(values), lambda _reason: None)


def _named(values: tuple[object, ...]) -> Mapping[str, object]:
    return dict(zip(COLUMNS, values, strict=True))


def _decode(content: bytes) -> str:
    return content.decode("utf-8", "replace")
