"""What a model said when it was made: the measure that what it says later is held against."""

from __future__ import annotations

from itertools import pairwise

import msgspec

_SHARES_TOLERANCE = 1e-3


class Distribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the values of many tweets are spread over bins.

    Attributes:
        edges: Where one bin ends and the next begins, rising; a value on an edge belongs to the
            bin above it. The first and the last bin are open.
        shares: The share of the values in each bin, one more than there are edges.
        mean: Of the values.
    """

    edges: list[float]
    shares: list[float]
    mean: float

    def is_sound(self) -> bool:
        """Return whether edges rise and shares, one for each bin, make up a whole."""
        return (
            len(self.edges) > 0
            and len(self.shares) == len(self.edges) + 1
            and all(low < high for low, high in pairwise(self.edges))
            and min(self.shares) >= 0
            and abs(sum(self.shares) - 1) <= _SHARES_TOLERANCE
        )


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the model says of validation tweets.

    Attributes:
        rows: How many tweets.
        positive: The share that got the label "positive".
        probability: Of the probability of "positive".
        confidence: Of the probability of the label given.
        length: Of the lengths in code points, as sent.
        unknown_rate: Of the shares of tokens that the model does not know.
    """

    rows: int
    positive: float
    probability: Distribution
    confidence: Distribution
    length: Distribution
    unknown_rate: Distribution

    def is_sound(self) -> bool:
        """Return whether it can be compared with."""
        spreads = (self.probability, self.confidence, self.length, self.unknown_rate)
        whole = self.rows > 0 and 0 <= self.positive <= 1
        return whole and all(spread.is_sound() for spread in spreads)
