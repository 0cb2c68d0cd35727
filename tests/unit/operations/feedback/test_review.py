from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from operations.feedback.review import cap_sources, decide
from sentiment.feedback import Feedback, Review, Selection, StoredFeedback, StoreUnavailableError
from sentiment.feedback.sqlite_store import SqliteStore
from tests.support.feedback_stores import FEEDBACK


def stored(feedback_id: str, source: str | None) -> StoredFeedback:
    feedback: Feedback = replace(FEEDBACK, feedback_id=feedback_id, text="a", source=source)
    return StoredFeedback(feedback)


def test_the_first_rows_of_each_source_are_taken() -> None:
    rows = [stored(str(at), source) for at, source in enumerate(["a", "b", "a", None, "a", None])]
    taken, left = cap_sources(rows, 2)
    assert [row.feedback.feedback_id for row in taken] == ["0", "1", "2", "3", "5"]
    assert [row.feedback.feedback_id for row in left] == ["4"]


def test_a_review_that_breaks_off_tells_how_much_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = SqliteStore(tmp_path / "feedback.sqlite3")
    rows = [stored(str(at), "a") for at in range(3)]
    for row in rows:
        store.record(row.feedback)
    review = SqliteStore.review

    def fail_at_last(self: SqliteStore, row: StoredFeedback, decision: Review) -> bool:
        if row is rows[2]:
            raise StoreUnavailableError("gone")
        return review(self, row, decision)

    monkeypatch.setattr(SqliteStore, "review", fail_at_last)
    with pytest.raises(StoreUnavailableError):
        decide(store, rows, Review.ACCEPTED)
    assert "Accepted 2 of 3 rows." in capsys.readouterr().out
    assert len(list(store.rows(Selection(review=Review.ACCEPTED), pytest.fail))) == 2
