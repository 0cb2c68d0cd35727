"""What a feedback makes of the row that its prediction may already have."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sentiment.feedback import Feedback, Outcome, Recorded, StoredFeedback


@dataclass(frozen=True)
class Revision:
    """The row as it shall be, what happened to its verdict and when, and whether to write it."""

    row: StoredFeedback
    outcome: Outcome
    changed: bool
    given_at: float

    @property
    def recorded(self) -> Recorded:
        """What is reported once the row is as it shall be."""
        return Recorded(self.outcome, self.row.feedback.text is not None, self.given_at)


def revise(known: StoredFeedback | None, feedback: Feedback) -> Revision:
    """Return what a feedback makes of the known row of its prediction, if there is one.

    A text that was kept stays unless it is withdrawn. A row whose verdict or text changes is to
    be reviewed again.
    """
    if known is None:
        row = _row(feedback, feedback.text, feedback.source)
        return Revision(row, Outcome.CREATED, True, feedback.received_at)
    before = known.feedback
    kept = None if feedback.withdraw else before.text
    text = kept if feedback.text is None else feedback.text
    same = before.verdict == feedback.verdict
    if same and before.text == text:
        return Revision(known, Outcome.UNCHANGED, False, before.received_at)
    row = _row(feedback, text, feedback.source or before.source)
    if same:
        return Revision(row, Outcome.UNCHANGED, True, before.received_at)
    return Revision(row, Outcome.REPLACED, True, feedback.received_at)


def _row(feedback: Feedback, text: str | None, source: str | None) -> StoredFeedback:
    # Without a text there is nothing to train on, and so no reason to know where it came from.
    source = None if text is None else source
    return StoredFeedback(replace(feedback, text=text, source=source, withdraw=False))
