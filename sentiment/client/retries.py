"""When a request is sent again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sentiment.client.errors import ClientError, UnavailableError

RETRIED = frozenset({429, 502, 503, 504})
"""Statuses that pass: too many requests, and what gateways and apps say while they start.

Every request may be sent again: predicting changes nothing, and the app counts the same feedback
once, however often it comes.
"""


@dataclass(frozen=True)
class Retries:
    """How patient a client is.

    The pause before retry n is drawn from 0 to ``first_pause`` times 2 to the power of n ("full
    jitter": Brooker 2015, "Exponential Backoff And Jitter"), so that clients that failed together
    do not come back together. Where the app names a time with Retry-After, the pause is that
    long, and up to ``first_pause`` more.

    Attributes:
        most: How often a request is sent again at most; 0 for never.
        first_pause: In seconds.
        longest_pause: In seconds. An app that asks for more is not waited for.
        draw: Returns a number between two others.
    """

    most: int = 4
    first_pause: float = 0.5
    longest_pause: float = 60.0
    draw: Callable[[float, float], float] = random.uniform

    def pause_after(self, attempt: int, error: ClientError) -> float:
        """Return the seconds to wait after an attempt, counted from 1, that ended with an error.

        Raises:
            ClientError: The error itself: there is to be no other attempt.
        """
        asked = error.retry_after if isinstance(error, UnavailableError) else None
        pause = self.pause(attempt, asked)
        if pause is None:
            raise error
        return pause

    def pause(self, attempt: int, retry_after: float | None) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up.

        Args:
            attempt: How often the request was sent so far, from 1.
            retry_after: What the app asked for, in seconds, or None.
        """
        if attempt > self.most:
            return None
        if retry_after is not None:
            if retry_after > self.longest_pause:
                return None
            return retry_after + self.draw(0.0, self.first_pause)
        return self.draw(0.0, min(self.longest_pause, self.first_pause * 2.0**attempt))


def read_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number, or a date (RFC 9110)."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
