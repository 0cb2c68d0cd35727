"""How far a distribution has moved: the population stability index."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

MOVING_FROM = 0.1
DRIFTED_FROM = 0.25
"""Where credit scoring, which the index comes from, speaks of some and of a large shift
(Siddiqi 2006, Credit Risk Scorecards)."""

CHANCE = 0.001
"""How often an index may exceed its chance level although nothing moved."""

_PSEUDO_COUNT = 0.5


class Standing(StrEnum):
    """What a measure is judged to be."""

    STEADY = "steady"
    MOVING = "moving"
    DRIFTED = "drifted"


@dataclass(frozen=True)
class Stability:
    """How far a distribution has moved.

    Attributes:
        index: The population stability index; 0 where nothing moved.
        chance_level: What the index stays below in all but ``CHANCE`` of the periods in which
            nothing moved, for this many events and bins.
    """

    index: float
    chance_level: float

    @property
    def standing(self) -> Standing:
        """Steady below 0.1 or the chance level, drifted from 0.25, moving between them."""
        if self.index < max(MOVING_FROM, self.chance_level):
            return Standing.STEADY
        return Standing.DRIFTED if self.index >= DRIFTED_FROM else Standing.MOVING


def measure_stability(expected: NDArray[np.float64], observed: NDArray[np.int64]) -> Stability:
    """Return how far counts have moved from those of a reference.

    The index is the sum over the bins of (a - e) ln(a / e), with a the observed and e the
    expected share of a bin: Jeffreys' divergence (Jeffreys 1946). Half a count is added to each
    bin on both sides, so that an empty bin does not make it infinite.

    Without drift, the index times n m / (n + m), with n events and m reference rows, follows a
    chi-square distribution with one degree of freedom less than there are bins (Yurdakul and
    Naranjo 2020, Statistical Properties of the Population Stability Index): it is (bins - 1)
    (1/n + 1/m) on average and not 0. The chance level is the quantile of that distribution.

    Args:
        expected: Counts of the reference, [bins].
        observed: Counts of the period, [bins]; at least one event.
    """
    bins = len(expected)
    reference_rows, events = float(expected.sum()), int(observed.sum())
    before = (expected + _PSEUDO_COUNT) / (reference_rows + bins * _PSEUDO_COUNT)
    now = (observed + _PSEUDO_COUNT) / (events + bins * _PSEUDO_COUNT)
    index = float(((now - before) * np.log(now / before)).sum())
    quantile = float(chi2.ppf(1 - CHANCE, bins - 1))
    return Stability(index, quantile * (1 / events + 1 / reference_rows))
