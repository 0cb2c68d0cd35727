"""Both kinds of store, each with a way to write to it behind the app's back."""

from __future__ import annotations

import sqlite3
import uuid
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from azure.data.tables import EdmType, EntityProperty

from sentiment.feedback import Feedback, FeedbackArchive, Selection, StoredFeedback, utc_day
from sentiment.feedback.sqlite_store import SqliteStore
from sentiment.feedback.table_store import TableStore
from sentiment.storage import Storage

DAY = 24 * 3600
NOON = 20_000 * DAY + DAY // 2
"""Noon of 4 October 2024."""

FEEDBACK = Feedback("id", NOON, NOON + 1.5, "v1", "positive", 0.75, "correct", "hash")
RIGHT: dict[str, object] = {
    "feedback_id": "by hand",
    "predicted_at": NOON,
    "received_at": NOON + 1.5,
    "model_version": "v1",
    "label": "positive",
    "probability": 0.75,
    "verdict": "correct",
    "text_hash": "hash",
    "text": "a text",
    "review": "pending",
}


class Backend(ABC):
    """Where feedback is kept, empty at first."""

    @abstractmethod
    def open(self) -> FeedbackArchive:
        """Return a store over this backend, as another process would."""

    @abstractmethod
    def write_by_hand(self, **values: object) -> None:
        """Write a row that differs from a right one in these values; None leaves one out."""

    def rows(self, selection: Selection = Selection()) -> list[StoredFeedback]:  # noqa: B008
        return self.read(selection)[0]

    def read(
        self,
        selection: Selection = Selection(),  # noqa: B008
    ) -> tuple[list[StoredFeedback], Counter[str]]:
        """Return the readable rows by id, and why others are not."""
        skipped: Counter[str] = Counter()
        rows = self.open().rows(selection, lambda reason: skipped.update([reason]))
        return sorted(rows, key=lambda row: row.feedback.feedback_id), skipped


class SqliteBackend(Backend):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "new folder" / "feedback.sqlite3"

    def open(self) -> SqliteStore:
        return SqliteStore(self.path)

    def write_by_hand(self, **values: object) -> None:
        list(self.open().rows(Selection(), str))
        given = {name: value for name, value in {**RIGHT, **values}.items() if value is not None}
        with closing(sqlite3.connect(self.path)) as connection, connection:
            columns, marks = ", ".join(given), ", ".join("?" * len(given))
            statement = f"INSERT INTO feedback ({columns}) VALUES ({marks})"
            connection.execute(statement, tuple(given.values()))


class TableBackend(Backend):
    def __init__(self, connection: str) -> None:
        self.storage = Storage(connection)
        self.table = f"t{uuid.uuid4().hex}"

    def open(self) -> TableStore:
        return TableStore(self.storage, self.table)

    def write_by_hand(self, **values: object) -> None:
        given = {name: value for name, value in {**RIGHT, **values}.items() if value is not None}
        at = given.get("predicted_at")
        day = utc_day(at) if isinstance(at, int) and at < 1 << 32 else "2024-10-04"
        entity = {"PartitionKey": day, "RowKey": str(given.pop("feedback_id", "")), **given}
        if isinstance(at, int):
            entity["predicted_at"] = EntityProperty(at, EdmType.INT64)
        self.write(entity)

    def write(self, entity: Mapping[str, object]) -> None:
        """Write an entity as it is."""
        with self.storage.table(self.table) as table:
            if self.table not in _MADE:
                table.create_table()
                _MADE.add(self.table)
            table.create_entity(dict(entity))


_MADE: set[str] = set()
