"""What is alarming, as a user sets it."""

from __future__ import annotations

from dataclasses import dataclass

from cyclopts import Parameter

from operations.terminal import WholeNumber

MOST_NEGATIVE = 0.3
LEAST_EVENTS = 200


@Parameter(name="*")
@dataclass(frozen=True)
class DriftThresholds:
    """What is alarming.

    Attributes:
        most_negative: Rate of negative feedback that is still good, 0 to 1; the whole interval
            above it is an alarm.
        least_events: Predictions below which distributions are not judged.
    """

    most_negative: float = MOST_NEGATIVE
    least_events: WholeNumber = LEAST_EVENTS

    def __post_init__(self) -> None:
        if not 0 <= self.most_negative <= 1:
            raise ValueError(f"--most-negative {self.most_negative:g} is not within 0 to 1.")
