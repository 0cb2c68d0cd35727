"""What is alarming, as a user sets it."""

from __future__ import annotations

from dataclasses import dataclass

MOST_NEGATIVE = 0.3
LEAST_EVENTS = 200


@dataclass(frozen=True)
class Limits:
    """What is alarming.

    Attributes:
        most_negative: The rate of negative feedback that is still good, 0 to 1.
        least_events: Predictions below which distributions are not judged.
    """

    most_negative: float = MOST_NEGATIVE
    least_events: int = LEAST_EVENTS

    def __post_init__(self) -> None:
        if not 0 <= self.most_negative <= 1:
            raise ValueError(f"--most-negative {self.most_negative:g} is not within 0 to 1.")
        if self.least_events < 1:
            raise ValueError(f"--least-events {self.least_events} is below 1.")
