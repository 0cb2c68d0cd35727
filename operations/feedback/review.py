"""Which feedback is reviewed, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from operations.terminal import counted
from sentiment.feedback import FeedbackArchive, Review, StoredFeedback

DEFAULT_PER_SOURCE = 20


class ReviewError(ValueError):
    """What was asked for was not done, or not to its end; the message says why."""


def find_rows(store: FeedbackArchive, ids: Sequence[str], decision: Review) -> list[StoredFeedback]:
    """Return the rows of ids, each once.

    Raises:
        ReviewError: An id is unknown, or its row has no text and shall be accepted.
        StoreUnavailableError: The store cannot be read.
    """
    rows = []
    for feedback_id in dict.fromkeys(ids):
        row = store.find(feedback_id)
        if row is None:
            raise ReviewError(f"There is no feedback {feedback_id!r}; nothing was changed.")
        if decision is Review.ACCEPTED and not row.feedback.text:
            raise ReviewError(
                f"The feedback {feedback_id!r} has no text to train on; nothing was changed."
            )
        rows.append(row)
    return rows


def cap_sources(
    rows: Sequence[StoredFeedback], per_source: int
) -> tuple[list[StoredFeedback], list[StoredFeedback]]:
    """Return the rows to accept, and those beyond what one source may add at a review.

    Rows whose source is not known are not capped.
    """
    counts: Counter[str] = Counter()
    taken: list[StoredFeedback] = []
    left: list[StoredFeedback] = []
    for row in rows:
        source = row.feedback.source
        if source is not None:
            counts[source] += 1
        beyond = source is not None and counts[source] > per_source
        (left if beyond else taken).append(row)
    return taken, left


def decide(store: FeedbackArchive, rows: Sequence[StoredFeedback], decision: Review) -> list[str]:
    """Set the state of rows, tell how many it was, and name those that changed meanwhile.

    Returns:
        The ids of those that changed, which are as they were.

    Raises:
        StoreUnavailableError: The store failed; the rows told of are done.
    """
    done = 0
    changed: list[str] = []
    try:
        for row in rows:
            if store.review(row, decision):
                done += 1
            else:
                changed.append(row.feedback.feedback_id)
    finally:
        print(f"{decision.value.capitalize()} {done:,} of {counted(len(rows), 'row')}.")
    for feedback_id in changed:
        print(f"  not {feedback_id}: its verdict or text has changed since it was read")
    return changed
