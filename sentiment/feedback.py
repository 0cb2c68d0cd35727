"""Where feedback is kept: one row for each prediction, durable once it is acknowledged."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from sentiment.settings import make_private

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
    text TEXT
) WITHOUT ROWID
"""
_SELECT = "SELECT verdict, text FROM feedback WHERE feedback_id = ?"
_UPSERT = """
INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (feedback_id) DO UPDATE SET
    verdict = excluded.verdict, received_at = excluded.received_at, text = excluded.text
"""


@dataclass(frozen=True)
class Feedback:
    """What somebody said about one prediction.

    ``text`` is masked; it is None unless consent came with it. ``withdraw`` asks to drop a text
    that was kept before. ``predicted_at`` and ``received_at`` are seconds since 1970.
    """

    feedback_id: str
    predicted_at: int
    received_at: float
    model_version: str
    label: str
    probability: float
    verdict: str
    text_hash: str
    text: str | None = None
    withdraw: bool = False


class Outcome(Enum):
    """What recording did to the verdict; a text may come or go with any of them."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Recorded:
    """What the store holds now, and how it came about."""

    outcome: Outcome
    text_stored: bool


class StoreUnavailableError(Exception):
    """The store did not take the feedback; nothing was recorded that could be relied on."""


class FeedbackStore(Protocol):
    """Keeps feedback. Implementations may be called from many threads."""

    def record(self, feedback: Feedback) -> Recorded:
        """Keep a feedback; when this returns, it is durable.

        Raises:
            StoreUnavailableError: It could not be kept.
        """


class SqliteStore:
    """Feedback in one SQLite file, for one machine with a disk that lasts.

    Args:
        path: The database file; it is made, with its folder, on first use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def record(self, feedback: Feedback) -> Recorded:
        """Keep a feedback in one transaction that is on disk when this returns.

        Raises:
            StoreUnavailableError: The disk is full, read-only or busy, or the file is damaged.
        """
        try:
            with self._lock, closing(self._connect()) as connection:
                return _record(connection, feedback)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailableError(f"The feedback store failed: {error}.") from error

    def _connect(self) -> sqlite3.Connection:
        make_private(self._path.parent)
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            # EXTRA also syncs the folder, so that no acknowledged row is lost with the power.
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _record(connection: sqlite3.Connection, feedback: Feedback) -> Recorded:
    connection.execute("BEGIN IMMEDIATE")
    try:
        known = connection.execute(_SELECT, (feedback.feedback_id,)).fetchone()
        kept = None if known is None or feedback.withdraw else known[1]
        text = feedback.text if feedback.text is not None else kept
        if known == (feedback.verdict, text):
            outcome = Outcome.UNCHANGED
        else:
            connection.execute(_UPSERT, (*_row(feedback), text))
            same = known is not None and known[0] == feedback.verdict
            changed = Outcome.CREATED if known is None else Outcome.REPLACED
            outcome = Outcome.UNCHANGED if same else changed
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return Recorded(outcome, text is not None)


def _row(feedback: Feedback) -> tuple[str | int | float, ...]:
    return (
        feedback.feedback_id,
        feedback.predicted_at,
        feedback.received_at,
        feedback.model_version,
        feedback.label,
        feedback.probability,
        feedback.verdict,
        feedback.text_hash,
    )
