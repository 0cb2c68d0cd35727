"""Feedback in Azure Table Storage; Azure's packages are imported when it is first used.

How a feedback becomes a row, whatever other instances do and whichever answers are lost:

1. ``revise(None, feedback)`` gives the row of a first feedback, written under a fresh mark.
2. It is created. If that succeeds, it is recorded; if the table is missing, that is made, and the
   next attempt creates the row.
3. If a row of this prediction exists, it is read. If it carries a mark of this writer, an earlier
   attempt had succeeded and only its answer was lost: what that attempt recorded is returned.
4. Otherwise ``revise(known, feedback)`` says what the row becomes. Where nothing changes, that is
   recorded; else the row is replaced under a fresh mark, on condition that its ETag is unchanged.
5. If the condition fails, or the row is gone, another writer was first: a pause, and from 1 again,
   at most eight times. One lost answer is taken as an attempt too; a second one is an error.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from sentiment.feedback import (
    Feedback,
    Recorded,
    Review,
    Selection,
    Skip,
    StoredFeedback,
    StoreUnavailableError,
    utc_day,
)
from sentiment.feedback.revision import Revision, revise
from sentiment.feedback.rows import RowError, from_values, is_time, to_values
from sentiment.storage import Storage, StorageError, describe_failure

if TYPE_CHECKING:
    from azure.data.tables import TableClient, TableEntity

TABLE = "feedback"

_ATTEMPTS = 8
_PAUSE_SECONDS = 0.05
_MARK = "write"
"""The property by which a writer knows its own write again."""


class TableStore:
    """Feedback in a table, for any number of instances.

    The partition of a row is the UTC day of its prediction and its key the feedback's id, both of
    which are in the signed receipt: one prediction is one row, whichever instance receives it.
    Rows are created, or replaced on condition that nobody else has changed them meanwhile.

    Every method raises StoreUnavailableError where the table cannot be used; its message says
    why, and nothing of what Azure's own messages say, which may quote a request.

    Args:
        storage: The account.
        table: The table's name; it is made when the first row finds it missing.
    """

    def __init__(self, storage: Storage, table: str = TABLE) -> None:
        self._storage = storage
        self._name = table
        self._lock = threading.Lock()
        self._client: TableClient | None = None

    def record(self, feedback: Feedback) -> Recorded:
        """Keep a feedback; when this returns, it is durable."""
        with self._table() as table:
            writing = _Writing(table, feedback)
            for attempt in range(_ATTEMPTS):
                recorded = writing.attempt()
                if recorded is not None:
                    return recorded
                _pause(attempt)
        raise _too_busy()

    def retract(self, feedback: Feedback) -> bool:
        """Delete the row of a feedback's prediction; return whether there was one."""
        with self._table() as table:
            entity = _get(table, feedback)
            if entity is None:
                return False
            table.delete_entity(entity)
        return True

    def rows(self, selection: Selection, skip: Skip) -> Iterator[StoredFeedback]:
        """Yield the selected rows; what cannot be read is skipped."""
        with self._table() as table:
            for entity in _query(table, *_days(selection)):
                try:
                    row = _read(entity)
                except RowError as error:
                    skip(str(error))
                    continue
                if selection.holds(row):
                    yield row

    def find(self, feedback_id: str) -> StoredFeedback | None:
        """Return the row of an id, or None if there is none that can be read."""
        with self._table() as table:
            entities = _query(table, "RowKey eq @id", {"id": feedback_id})
            return next(filter(None, map(_read_or_none, entities)), None)

    def review(self, row: StoredFeedback, review: Review) -> bool:
        """Set the state of a row and drop its source; return False if it has changed."""
        with self._table() as table:
            for attempt in range(_ATTEMPTS):
                entity = _get(table, row.feedback)
                known = None if entity is None else _read_or_none(entity)
                if entity is None or known is None or not _same(known, row):
                    return False
                kept = {name: value for name, value in entity.items() if name != "source"}
                if _replace(table, {**kept, "review": review.value}, entity):
                    return True
                _pause(attempt)
        raise _too_busy()

    def delete(self, feedback_id: str) -> int:
        """Delete what is stored under an id, readable or not; return how many rows."""
        return self._delete("RowKey eq @id", {"id": feedback_id})

    def delete_texts(self, text_hashes: Collection[str]) -> int:
        """Delete the rows of texts, given by their keyed hashes; return how many."""
        return sum(
            self._delete("text_hash eq @hash", {"hash": text_hash})
            for text_hash in set(text_hashes)
        )

    def purge(self, before: float) -> int:
        """Delete the rows of predictions made before a time; return how many.

        A row that cannot be read is deleted when the day of its partition is over.
        """
        last_day = utc_day(before)
        with self._table() as table:
            old = _query(table, "PartitionKey le @day", {"day": last_day})
            return _delete_all(table, (each for each in old if _is_before(each, before, last_day)))

    def _delete(self, condition: str, parameters: Mapping[str, str]) -> int:
        with self._table() as table:
            return _delete_all(table, _query(table, condition, parameters))

    @contextmanager
    def _table(self) -> Iterator[TableClient]:
        from azure.core.exceptions import AzureError

        try:
            with self._lock:
                if self._client is None:
                    self._client = self._storage.table(self._name)
            yield self._client
        except StorageError as error:
            raise StoreUnavailableError(f"The feedback table failed: {error}") from None
        except (AzureError, OSError, ValueError) as error:
            reason = describe_failure(error)
            raise StoreUnavailableError(f"The feedback table failed: {reason}.") from None


class _Writing:
    """The attempts to write one feedback.

    A response may be lost after the row was written; the next attempt then finds a conflict with
    a row that carries one of its own marks, and knows what it did.
    """

    def __init__(self, table: TableClient, feedback: Feedback) -> None:
        self._table = table
        self._feedback = feedback
        self._written: dict[str, Recorded] = {}
        self._lost = False

    def attempt(self) -> Recorded | None:
        """Return what was recorded, or None if another attempt is needed."""
        from azure.core.exceptions import ServiceResponseError

        try:
            return self._write()
        except ServiceResponseError:
            if self._lost:
                raise
            self._lost = True
            return None

    def _write(self) -> Recorded | None:
        new = revise(None, self._feedback)
        if _create(self._table, self._marked(new)):
            return new.recorded
        entity = _get(self._table, self._feedback)
        if entity is None:
            return None
        own = self._written.get(str(entity.get(_MARK)))
        if own is not None:
            return own
        revision = revise(_read_or_none(entity), self._feedback)
        if not revision.changed or _replace(self._table, self._marked(revision), entity):
            return revision.recorded
        return None

    def _marked(self, revision: Revision) -> dict[str, Any]:
        mark = secrets.token_hex(8)
        self._written[mark] = revision.recorded
        return {**_entity(revision.row), _MARK: mark}


def _create(table: TableClient, entity: dict[str, Any]) -> bool:
    from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

    try:
        table.create_entity(entity)
    except ResourceExistsError:
        return False
    except ResourceNotFoundError:  # the table, since the row is new
        with suppress(ResourceExistsError):
            table.create_table()
        return False
    return True


def _get(table: TableClient, feedback: Feedback) -> TableEntity | None:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        return table.get_entity(feedback.day, feedback.feedback_id)
    except ResourceNotFoundError:
        return None


def _replace(table: TableClient, entity: dict[str, Any], known: TableEntity) -> bool:
    """Put an entity in the place of a known one; return False if that is no longer there."""
    from azure.core import MatchConditions
    from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
    from azure.data.tables import UpdateMode

    try:
        table.update_entity(
            entity,
            mode=UpdateMode.REPLACE,
            etag=known.metadata["etag"],
            match_condition=MatchConditions.IfNotModified,
        )
    except (ResourceModifiedError, ResourceNotFoundError):
        return False
    return True


def _query(
    table: TableClient, condition: str, parameters: Mapping[str, str]
) -> Iterator[TableEntity]:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        yield from table.query_entities(condition, parameters=dict(parameters))
    except ResourceNotFoundError:  # a table that nobody has written to
        return


def _days(selection: Selection) -> tuple[str, dict[str, str]]:
    bounds = {"ge": selection.since, "le": selection.until}
    days = {name: utc_day(bound) for name, bound in bounds.items() if bound is not None}
    return " and ".join(f"PartitionKey {name} @{name}" for name in days), days


def _delete_all(table: TableClient, entities: Iterator[TableEntity]) -> int:
    count = 0
    for entity in entities:
        table.delete_entity(entity)
        count += 1
    return count


def _is_before(entity: TableEntity, before: float, last_day: str) -> bool:
    day, at = str(entity["PartitionKey"]), _plain(entity.get("predicted_at"))
    if day == last_day:
        return is_time(at) and at < before
    return _is_day(day)


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def _entity(row: StoredFeedback) -> dict[str, Any]:
    from azure.data.tables import EdmType, EntityProperty

    values = {name: value for name, value in to_values(row).items() if value is not None}
    values["PartitionKey"], values["RowKey"] = row.feedback.day, values.pop("feedback_id")
    # A 32-bit integer, which is the default, ends in 2038.
    return {**values, "predicted_at": EntityProperty(row.feedback.predicted_at, EdmType.INT64)}


def _read(entity: TableEntity) -> StoredFeedback:
    values = {name: _plain(value) for name, value in entity.items()}
    row = from_values({**values, "feedback_id": entity["RowKey"]})
    if entity["PartitionKey"] != row.feedback.day:
        raise RowError("PartitionKey is not the day of predicted_at")
    return row


def _read_or_none(entity: TableEntity) -> StoredFeedback | None:
    try:
        return _read(entity)
    except RowError:
        return None


def _plain(value: Any) -> object:
    from azure.data.tables import EntityProperty

    return value.value if isinstance(value, EntityProperty) else value


def _same(known: StoredFeedback, seen: StoredFeedback) -> bool:
    one, other = known.feedback, seen.feedback
    return (one.verdict, one.text) == (other.verdict, other.text)


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, _PAUSE_SECONDS * attempt))


def _too_busy() -> StoreUnavailableError:
    return StoreUnavailableError(f"The row was changed by others {_ATTEMPTS} times in a row.")
