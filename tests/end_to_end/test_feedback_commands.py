"""The feedback commands on the table of a storage account."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from operations.cli import main
from sentiment.api.receipts import ReceiptSigner
from sentiment.feedback.table_store import TableStore
from sentiment.storage import CONNECTION
from tests.support.azurite import Azurite
from tests.support.feedback_stores import DAY, FEEDBACK, TableBackend
from training.data import read_corpus

KEY = "k" * 40


def test_feedback_in_a_table_is_reviewed_exported_and_deleted(
    emulator: Azurite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = TableBackend(emulator.connection)
    monkeypatch.setenv(CONNECTION, emulator.connection)
    monkeypatch.setenv("RECEIPT_KEYS", KEY)
    chosen = partial(TableStore, table=table.table)
    monkeypatch.setattr("sentiment.feedback.table_store.TableStore", chosen)

    def feedback(*arguments: object) -> str:
        assert main(["feedback", *map(str, arguments)]) == 0
        return capsys.readouterr().out

    table.write_by_hand(feedback_id="4", verdict="maybe")
    book = ReceiptSigner((KEY.encode(),))
    store = table.open()
    for number in range(4):
        one = replace(FEEDBACK, feedback_id=f"id{number}", text=f"text {number}")
        at = FEEDBACK.predicted_at + number * DAY
        store.record(replace(one, predicted_at=at, text_hash=book.text_hashes(f"text {number}")[0]))
    assert "4 rows\n" in feedback("list")
    assert "1 row\n" in feedback("list", "--since", "2024-10-07")
    assert "Accepted 2 of 2 rows." in feedback("accept", "id0", "id1")
    assert "Rejected 2 of 2 rows." in feedback("reject", "--all", "--yes")
    assert feedback("count") == "2\n"
    feedback("export", tmp_path / "accepted.csv")
    exported = {each.text for each in read_corpus(tmp_path / "accepted.csv")}
    assert exported == {"text 0", "text 1"}
    assert "Deleted 1 row." in feedback("delete", "--text", "text 1")
    assert "Deleted 1 row." in feedback("delete", "--feedback-id", "id2")
    assert "Deleted 3 rows" in feedback("purge", "--days", "1")
    assert "0 rows" in feedback("list", "--review", "all")
    assert main(["feedback", "accept", "' or 1 eq 1 or RowKey eq '"]) == 1
    assert "There is no feedback" in capsys.readouterr().err
