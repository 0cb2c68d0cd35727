"""Which feedback is reviewed, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from operations.feedback.store import read_rows
from operations.terminal import align, counted
from sentiment.feedback import FeedbackArchive, Review, Selection, StoredFeedback

DEFAULT_PER_SOURCE = 20

_HEAD = ("id", "day", "verdict", "predicted", "becomes", "review", "model", "text")


class ReviewError(ValueError):
    """What was asked for was not done, or not to its end; the message says why."""


def list_lines(rows: Sequence[StoredFeedback]) -> list[str]:
    """Return a line a row under a line of headings, in columns."""
    return align([_HEAD, *map(_cells, rows)])


def with_text(rows: Sequence[StoredFeedback]) -> list[StoredFeedback]:
    """Return the rows that a model can learn from."""
    return [row for row in rows if row.feedback.text]


def review_ids(store: FeedbackArchive, ids: Sequence[str], decision: Review) -> None:
    """Set the state of the rows of ids; nothing is changed where one cannot be.

    Raises:
        ReviewError: An id is unknown, its row has no text and shall be accepted, or a row changed
            meanwhile, which is left as it was.
        StoreUnavailableError: The store failed.
    """
    if decide(store, _find_rows(store, ids, decision), decision):
        raise ReviewError("What has changed was left as it is: look at it again, then repeat.")


def review_pending(
    store: FeedbackArchive, decision: Review, per_source: int, *, confirm: bool
) -> None:
    """Set the state of all rows that are pending and have a text.

    Args:
        store: Where they are.
        decision: The new state.
        per_source: How many rows of one source are accepted; those beyond are rejected.
        confirm: Whether to show the rows and ask on standard input first.

    Raises:
        ReviewError: The answer was not yes; nothing was changed.
        StoreUnavailableError: The store failed.
    """
    rows = with_text(read_rows(store, Selection(review=Review.PENDING)))
    beyond: list[StoredFeedback] = []
    if decision is Review.ACCEPTED:
        rows, beyond = cap_sources(rows, per_source)
    if not rows:
        print("There is nothing to review.")
        return
    if confirm:
        print("\n".join(list_lines(rows)))
    if beyond:
        print(f"To be rejected, beyond {counted(per_source, 'row')} of one source:")
        print("\n".join(list_lines(beyond)))
    if confirm:
        others = f", and {len(beyond):,} as {Review.REJECTED.value}" if beyond else ""
        _confirm(f"Mark {counted(len(rows), 'row')} as {decision.value}{others}? [y/N] ")
    # First, and not left pending: else a review that breaks off, or a second one, takes them.
    if beyond:
        decide(store, beyond, Review.REJECTED)
    decide(store, rows, decision)


def cap_sources(
    rows: Sequence[StoredFeedback], per_source: int
) -> tuple[list[StoredFeedback], list[StoredFeedback]]:
    """Return the rows to accept, and those beyond what one source may add at a review.

    Rows whose source is not known are not capped.
    """
    counts: Counter[str] = Counter()
    taken: list[StoredFeedback] = []
    beyond: list[StoredFeedback] = []
    for row in rows:
        source = row.feedback.source
        if source is not None:
            counts[source] += 1
        is_beyond = source is not None and counts[source] > per_source
        (beyond if is_beyond else taken).append(row)
    return taken, beyond


def decide(store: FeedbackArchive, rows: Sequence[StoredFeedback], decision: Review) -> list[str]:
    """Set the state of rows, print how many it was, and name those that changed meanwhile.

    Returns:
        The ids of those that changed, which are as they were.

    Raises:
        StoreUnavailableError: The store failed; the rows that were counted are done.
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


def _find_rows(
    store: FeedbackArchive, ids: Sequence[str], decision: Review
) -> list[StoredFeedback]:
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


def _confirm(question: str) -> None:
    try:
        answer = input(question)
    except EOFError:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise ReviewError("Nothing was changed.")


def _cells(row: StoredFeedback) -> tuple[str, ...]:
    feedback = row.feedback
    return (
        feedback.feedback_id,
        feedback.day,
        feedback.verdict,
        feedback.label,
        feedback.resulting_label,
        row.review.value,
        feedback.model_version,
        feedback.text or "",
    )
