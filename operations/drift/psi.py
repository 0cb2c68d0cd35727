"""How far a distribution has moved: the population stability index (PSI)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

MODERATE_FROM = 0.1
SIGNIFICANT_FROM = 0.25
"""Where credit scoring, which the index comes from, speaks of some and of a large shift
(Siddiqi 2006, Credit Risk Scorecards)."""

CHANCE = 0.001
"""How often an index may exceed its chance level although nothing moved."""

_PSEUDO_COUNT = 0.5


class DriftStatus(StrEnum):
    """What a measure is judged to be."""

    STABLE = "stable"
    MODERATE = "moderate"
    SIGNIFICANT = "significant"


@dataclass(frozen=True)
class Psi:
    """How far a distribution has moved.

    Attributes:
        index: The population stability index; 0 where nothing moved.
        chance_level: What the index stays below in all but ``CHANCE`` of the periods in which
            nothing moved, for this many events and bins.
    """

    index: float
    chance_level: float

    @property
    def status(self) -> DriftStatus:
        """Stable below 0.1 or the chance level, significant from 0.25, moderate between them."""
        if self.index < max(MODERATE_FROM, self.chance_level):
            return DriftStatus.STABLE
        is_significant = self.index >= SIGNIFICANT_FROM
        return DriftStatus.SIGNIFICANT if is_significant else DriftStatus.MODERATE


def measure_psi(expected: NDArray[np.float64], observed: NDArray[np.int64]) -> Psi:
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
    return Psi(index, quantile * (1 / events + 1 / reference_rows))
