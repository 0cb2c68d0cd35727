"""What users say about predictions, and where it is kept: one row for each prediction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Protocol

RETRACTED = "retracted"
"""What takes a verdict back; no row has it."""

Skip = Callable[[str], None]
"""Called with the reason why a row cannot be read, once a row."""


@dataclass(frozen=True)
class Feedback:
    """What somebody said about one prediction.

    ``text`` is masked; it is None unless consent came with it. ``withdraw`` asks to drop a text
    that was kept before. ``source`` is a keyed hash of the client's address; a store keeps it
    beside a text only, and until the row is reviewed. ``predicted_at`` and ``received_at`` are
    seconds since 1970.
    """

    feedback_id: str
    predicted_at: int
    received_at: float
    model_version: str
    label: str
    probability: float
    verdict: str
    text_hash: str
    text: str | None = None
    withdraw: bool = False
    source: str | None = None

    @property
    def day(self) -> str:
        """The UTC day of the prediction, such as 2026-11-22."""
        return utc_day(self.predicted_at)

    @property
    def resulting_label(self) -> str:
        """The label that the verdict leaves: the predicted one, or the other."""
        if self.verdict == "correct":
            return self.label
        return "negative" if self.label == "positive" else "positive"


class Review(StrEnum):
    """Whether a feedback may be trained on."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True)
class StoredFeedback:
    """A feedback as a store holds it."""

    feedback: Feedback
    review: Review = Review.PENDING


class Outcome(Enum):
    """What recording did to the verdict; a text may come or go with any of them."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Recorded:
    """What the store holds now, and how it came about.

    ``given_at`` is when the verdict was first given, in seconds since 1970: earlier than now where
    it is unchanged.
    """

    outcome: Outcome
    text_stored: bool
    given_at: float


@dataclass(frozen=True)
class Selection:
    """Which rows to read.

    Attributes:
        since: Predictions made at this time or later, in seconds since 1970.
        until: Predictions made before this time.
        review: Rows in this state only.
    """

    since: float | None = None
    until: float | None = None
    review: Review | None = None

    def holds(self, row: StoredFeedback) -> bool:
        """Return whether a row is selected."""
        at = row.feedback.predicted_at
        return (
            (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
            and (self.review is None or row.review is self.review)
        )


class StoreUnavailableError(Exception):
    """The store did not do what was asked; the message holds neither credential nor text."""


class FeedbackStore(Protocol):
    """Keeps feedback. Implementations may be called from many threads."""

    def record(self, feedback: Feedback) -> Recorded:
        """Keep a feedback; when this returns, it is durable.

        Raises:
            StoreUnavailableError: It could not be kept.
        """

    def retract(self, feedback: Feedback) -> bool:
        """Delete the row of a feedback's prediction; return whether there was one.

        Raises:
            StoreUnavailableError: It is not known whether the row is gone.
        """


class FeedbackArchive(FeedbackStore, Protocol):
    """A store whose rows can be read, reviewed and deleted.

    Every method raises StoreUnavailableError where the store fails.
    """

    def rows(self, selection: Selection, skip: Skip) -> Iterator[StoredFeedback]:
        """Yield the selected rows in no order; what cannot be read is skipped."""

    def find(self, feedback_id: str) -> StoredFeedback | None:
        """Return the row of an id, or None if there is none that can be read."""

    def review(self, row: StoredFeedback, review: Review) -> bool:
        """Set the state of a row and drop its source.

        Returns:
            False if its verdict or text is no longer the one that was reviewed; nothing is done.
        """

    def delete(self, feedback_id: str) -> int:
        """Delete what is stored under an id, readable or not; return how many rows."""

    def delete_texts(self, text_hashes: Collection[str]) -> int:
        """Delete the rows of texts, given by their keyed hashes; return how many."""

    def purge(self, before: float) -> int:
        """Delete the rows of predictions made before a time; return how many."""


def utc_day(seconds: float) -> str:
    """Return the UTC day of a time in seconds since 1970, such as 2026-11-22."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
