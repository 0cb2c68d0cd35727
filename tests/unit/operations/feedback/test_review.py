from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from operations.feedback.review import (
    ReviewError,
    decide,
    review_ids,
    review_pending,
)
from sentiment.feedback import Feedback, Review, Selection, StoredFeedback, StoreUnavailableError
from sentiment.feedback.sqlite_store import SqliteStore
from tests.support.feedback_stores import FEEDBACK


def stored(feedback_id: str, source: str | None) -> StoredFeedback:
    feedback: Feedback = replace(FEEDBACK, feedback_id=feedback_id, text="a", source=source)
    return StoredFeedback(feedback)


class Failing(SqliteStore):
    """Fails at the row ``"2"`` when it is accepted."""

    def review(self, row: StoredFeedback, review: Review) -> bool:
        if row.feedback.feedback_id == "2" and review is Review.ACCEPTED:
            raise StoreUnavailableError("gone")
        return super().review(row, review)


def fill(path: Path, count: int) -> list[StoredFeedback]:
    rows = [stored(str(at), "a") for at in range(count)]
    for row in rows:
        SqliteStore(path).record(row.feedback)
    return rows


def states(path: Path) -> dict[str, str]:
    rows = SqliteStore(path).rows(Selection(), pytest.fail)
    return {row.feedback.feedback_id: row.review.value for row in rows}


def test_a_review_that_breaks_off_says_how_much_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "feedback.sqlite3"
    rows = fill(path, 3)
    with pytest.raises(StoreUnavailableError):
        decide(Failing(path), rows, Review.ACCEPTED)
    assert "Accepted 2 of 3 rows." in capsys.readouterr().out
    assert states(path) == {"0": "accepted", "1": "accepted", "2": "pending"}


def test_a_review_that_breaks_off_lets_no_source_add_more(tmp_path: Path) -> None:
    path = tmp_path / "feedback.sqlite3"
    fill(path, 5)
    with pytest.raises(StoreUnavailableError):
        review_pending(Failing(path), Review.ACCEPTED, per_source=3, confirm=False)
    review_pending(SqliteStore(path), Review.ACCEPTED, per_source=3, confirm=False)
    assert sorted(states(path).values()) == ["accepted"] * 3 + ["rejected"] * 2


def test_an_id_whose_row_changes_meanwhile_is_left_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "feedback.sqlite3"
    fill(path, 2)

    class Changing(SqliteStore):
        def find(self, feedback_id: str) -> StoredFeedback | None:
            found = super().find(feedback_id)
            if found is not None and feedback_id == "1":
                self.record(replace(found.feedback, verdict="incorrect"))
            return found

    with pytest.raises(ReviewError, match="look at it again"):
        review_ids(Changing(path), ["0", "1"], Review.ACCEPTED)
    said = capsys.readouterr().out
    assert "Accepted 1 of 2 rows." in said
    assert "not 1: its verdict or text has changed" in said
    assert states(path) == {"0": "accepted", "1": "pending"}
