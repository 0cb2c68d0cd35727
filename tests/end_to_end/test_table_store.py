"""Feedback in Table Storage: the promises of every store, and the table's own, in Azurite."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ServiceResponseError
from azure.data.tables import TableClient

from sentiment.feedback import (
    Outcome,
    Review,
    StoredFeedback,
    StoreUnavailableError,
)
from tests.support.azurite import Azurite
from tests.support.feedback_stores import DAY, FEEDBACK, NOON, RIGHT, Backend, TableBackend
from tests.support.store_contract import *  # noqa: F403  the same promises as every store's

SECRET = "c2VjcmV0LWtleQ=="  # pragma: allowlist secret
WITH_TEXT = replace(FEEDBACK, text="zebra")


@pytest.fixture
def table(emulator: Azurite) -> TableBackend:
    return TableBackend(emulator.connection)


@pytest.fixture
def backend(table: TableBackend) -> Backend:
    return table


def lose_responses(monkeypatch: pytest.MonkeyPatch, name: str, times: int) -> None:
    """Let a method do its work and fail afterwards, this many times."""
    method = getattr(TableClient, name)
    left = [times]

    def call(self: TableClient, *args: Any, **options: Any) -> Any:
        answer = method(self, *args, **options)
        if left[0]:
            left[0] -= 1
            raise ServiceResponseError("the connection was cut")
        return answer

    monkeypatch.setattr(TableClient, name, call)


def test_a_row_lies_in_the_day_of_its_prediction_under_its_own_id(table: TableBackend) -> None:
    table.open().record(FEEDBACK)
    with table.storage.table(table.table) as client:
        assert client.get_entity("2024-10-04", "id")["verdict"] == "correct"


def test_reading_makes_no_table(table: TableBackend) -> None:
    assert table.rows() == []
    with table.storage.table(table.table) as client, pytest.raises(HttpResponseError):
        client.get_entity("a", "b")


def test_a_lost_response_does_not_lose_that_the_row_was_created(
    table: TableBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.open().record(replace(FEEDBACK, feedback_id="other"))
    lose_responses(monkeypatch, "create_entity", 1)
    assert table.open().record(FEEDBACK).outcome is Outcome.CREATED
    lose_responses(monkeypatch, "update_entity", 1)
    incorrect = replace(FEEDBACK, verdict="incorrect")
    assert table.open().record(incorrect).outcome is Outcome.REPLACED
    assert table.open().record(incorrect).outcome is Outcome.UNCHANGED
    assert len(table.rows()) == 2


def test_when_no_response_comes_nothing_is_claimed(
    table: TableBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.open().record(replace(FEEDBACK, feedback_id="other"))
    with monkeypatch.context() as patch:
        lose_responses(patch, "create_entity", 9)
        lose_responses(patch, "get_entity", 9)
        with pytest.raises(StoreUnavailableError, match="ServiceResponseError"):
            table.open().record(FEEDBACK)
    assert table.open().record(FEEDBACK).outcome is Outcome.UNCHANGED


def test_a_row_that_changes_under_every_attempt_is_given_up(
    table: TableBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.open().record(FEEDBACK)
    (row,) = table.rows()
    monkeypatch.setattr("sentiment.feedback.table_store._PAUSE_SECONDS", 0)
    monkeypatch.setattr("sentiment.feedback.table_store._replace", lambda *_: False)
    with pytest.raises(StoreUnavailableError, match="8 times"):
        table.open().record(replace(FEEDBACK, verdict="incorrect"))
    with pytest.raises(StoreUnavailableError, match="8 times"):
        table.open().review(row, Review.ACCEPTED)


def test_a_row_that_is_deleted_meanwhile_is_created_again(
    table: TableBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = table.open()
    store.record(FEEDBACK)
    found = TableClient.get_entity

    def get_after_delete(self: TableClient, *args: Any, **options: Any) -> Any:
        monkeypatch.setattr(TableClient, "get_entity", found)
        store.delete("id")
        return found(self, *args, **options)

    monkeypatch.setattr(TableClient, "get_entity", get_after_delete)
    assert store.record(FEEDBACK).outcome is Outcome.CREATED
    assert table.rows() == [StoredFeedback(FEEDBACK)]


HAND_WRITTEN: list[tuple[dict[str, object], str]] = [
    ({"PartitionKey": "2024-10-04", "RowKey": "bare"}, "predicted_at is missing"),
    ({"PartitionKey": "", "RowKey": ""}, "feedback_id is not"),
    ({**RIGHT, "PartitionKey": "2024-10-05", "RowKey": "a"}, "PartitionKey is not the day"),
    ({**RIGHT, "PartitionKey": "no day's name", "RowKey": "b'"}, "PartitionKey is not the day"),
    ({**RIGHT, "PartitionKey": "2024-10-04", "RowKey": "c", "review": True}, "review"),
    ({**RIGHT, "PartitionKey": "2024-10-04", "RowKey": "d", "predicted_at": True}, "predicted_at"),
    ({**RIGHT, "PartitionKey": "2024-10-04", "RowKey": "e", "predicted_at": 1.5}, "predicted_at"),
]


def test_entities_written_by_hand_are_skipped_with_a_reason(table: TableBackend) -> None:
    for entity, _ in HAND_WRITTEN:
        table.write(entity)
    table.open().record(FEEDBACK)
    rows, skipped = table.read()
    assert rows == [StoredFeedback(FEEDBACK)]
    assert sum(skipped.values()) == len(HAND_WRITTEN)
    for _, reason in HAND_WRITTEN:
        assert any(each.startswith(reason) for each in skipped)


def test_a_purge_takes_what_lies_in_days_that_are_over_and_nothing_undated(
    table: TableBackend,
) -> None:
    for entity, _ in HAND_WRITTEN:
        table.write(entity)
    store = table.open()
    assert store.purge(NOON) == 0
    assert store.purge(NOON + 1) == 1
    assert store.purge(NOON + DAY) == 4
    assert store.purge(NOON + 300 * DAY) == 0
    assert sum(table.read()[1].values()) == 2


def test_other_properties_of_a_row_survive_its_review(table: TableBackend) -> None:
    table.write({**RIGHT, "PartitionKey": "2024-10-04", "RowKey": "id", "note": "by a colleague"})
    (row,) = table.rows()
    assert table.open().review(row, Review.ACCEPTED)
    with table.storage.table(table.table) as client:
        entity = client.get_entity("2024-10-04", "id")
    assert (entity["note"], entity["review"]) == ("by a colleague", "accepted")
