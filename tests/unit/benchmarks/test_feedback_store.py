"""A tenth of what ``python -m benchmarks.feedback_store`` sends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import feedback_store
from benchmarks.feedback_store import prove
from sentiment.feedback import Feedback, Outcome, Recorded, StoreUnavailableError
from sentiment.feedback.sqlite_store import SqliteStore
from tests.support.azurite import find_azurite

COUNT = feedback_store.COUNT // 10


def test_what_is_acknowledged_is_in_either_store_exactly_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_azurite()
    monkeypatch.setattr("logging.Logger.setLevel", lambda *_: None)  # other tests read the log
    monkeypatch.setattr("benchmarks.record.MEASURED", tmp_path)
    monkeypatch.setattr("sys.argv", ["feedback_store", "--count", str(COUNT)])
    feedback_store.main()
    figures = json.loads((tmp_path / "feedback_store.json").read_text())
    assert set(figures["stores"]) == {"sqlite", "table_in_emulator"}
    for found in figures["stores"].values():
        assert found["predictions"] == found["rows"] == found["acknowledged"] == COUNT
        assert [found[what] for what in ("lost", "doubled", "surplus", "unanswered")] == [0] * 4
        assert found["sent"] == COUNT + COUNT // 10
        assert found["failures"] == found["statuses"]["503"] >= 10
        # A row that was written before its store failed is not new when it is sent again.
        assert COUNT - found["failures"] < found["statuses"]["201"] < COUNT
        assert found["statuses"]["200"] + found["statuses"]["201"] == found["sent"]


def test_a_store_that_loses_or_doubles_feedback_is_found_out(tmp_path: Path) -> None:
    class Lossy(SqliteStore):
        calls = 0

        def record(self, feedback: Feedback) -> Recorded:
            self.calls += 1
            if self.calls % 50 == 0:
                return Recorded(Outcome.CREATED, False, feedback.received_at)
            recorded = super().record(feedback)
            return replace(recorded, outcome=Outcome.CREATED)

    found = prove(Lossy(tmp_path / "feedback.sqlite3"), 100, 2)
    assert found["lost"] >= 1
    assert found["doubled"] >= 1


def test_a_store_that_never_answers_is_found_out(tmp_path: Path) -> None:
    class Dead(SqliteStore):
        def record(self, feedback: Feedback) -> Recorded:
            raise StoreUnavailableError("gone")

    found = prove(Dead(tmp_path / "feedback.sqlite3"), 3, 1)
    assert (found["acknowledged"], found["unanswered"]) == (0, 4)
