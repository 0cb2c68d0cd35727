"""Whether what the served model sees and says has moved away from its reference.

The reference is in the bundle's manifest: how the model answered the validation tweets when it was
trained. How far a measure has moved from it is its population stability index (PSI).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from cyclopts import Parameter
from msgspec import UNSET
from numpy.typing import NDArray

from operations.events import Observed, observe
from operations.period import Period
from operations.statistics import Estimate, bin_counts, wilson
from operations.terminal import WholeNumber, align
from sentiment.model.bundle import Manifest
from sentiment.model.reference import Distribution, Reference

MOST_NEGATIVE = 0.3
LEAST_EVENTS = 200
LEAST_FEEDBACKS = 10

MODERATE_FROM = 0.1
SIGNIFICANT_FROM = 0.25
"""Where credit scoring, which the index comes from, speaks of some and of a large shift
(Siddiqi 2006, Credit Risk Scorecards)."""

CHANCE = 0.001
"""How often an index may exceed its chance level although nothing moved."""

NEGATIVE_FEEDBACK = "negative feedback"

_PSEUDO_COUNT = 0.5
_ABSENT = "–"
_HEADER = ("measure", "reference", "now", "PSI", "chance", "status")
_NUMBERS = range(1, 5)


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


@dataclass(frozen=True)
class Measure:
    """One measure of a period beside the reference.

    Attributes:
        name: Of the measure.
        before: The mean of the reference.
        now: The mean of the period; None where there are no predictions.
        psi: How far it moved; None where there are too few predictions to judge it.
        form: The format specification of its means.
    """

    name: str
    before: float
    now: float | None
    psi: Psi | None
    form: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        now = _ABSENT if self.now is None else format(self.now, self.form)
        judged = (_ABSENT,) * 3
        if self.psi is not None:
            judged = (f"{self.psi.index:.3f}", f"{self.psi.chance_level:.3f}", self.psi.status)
        return (self.name, format(self.before, self.form), now, *judged)


@dataclass(frozen=True)
class Findings:
    """What the events of a period say of a model.

    Attributes:
        version: Of the model.
        period: That was looked at.
        reference_rows: How many validation tweets the reference was made from.
        observed: The events.
        measures: Beside the reference.
        thresholds: What is alarming.
    """

    version: str
    period: Period
    reference_rows: int
    observed: Observed
    measures: Sequence[Measure]
    thresholds: DriftThresholds

    @property
    def negative_rate(self) -> Estimate | None:
        """How often users said "incorrect", with its 95% interval; None without feedback."""
        return wilson(self.observed.negative_feedbacks, self.observed.feedbacks)

    @property
    def feedback_status(self) -> DriftStatus | None:
        """Significant if the whole interval lies above the limit; None below ten feedbacks."""
        rate = self.negative_rate
        if rate is None or self.observed.feedbacks < LEAST_FEEDBACKS:
            return None
        is_bad = rate.low > self.thresholds.most_negative
        return DriftStatus.SIGNIFICANT if is_bad else DriftStatus.STABLE

    @property
    def is_enough(self) -> bool:
        """Whether there are enough predictions to judge distributions."""
        return len(self.observed.predictions) >= self.thresholds.least_events

    @property
    def code(self) -> int:
        """The exit code: 2 with drift, 1 where there was too little to judge, 0 otherwise."""
        if self.names(DriftStatus.SIGNIFICANT):
            return 2
        return 0 if self.is_enough else 1

    def names(self, status: DriftStatus) -> list[str]:
        """Return the names of what has a status."""
        names = [each.name for each in self.measures if each.psi and each.psi.status is status]
        return names + [NEGATIVE_FEEDBACK] * (self.feedback_status is status)


def compare_with_reference(
    manifest: Manifest, rows: Iterable[object], period: Period, thresholds: DriftThresholds
) -> Findings:
    """Return what the events of a period say of a model.

    Args:
        manifest: Of the model's bundle.
        rows: Events as JSON objects; see ``observe``.
        period: Of the events.
        thresholds: What is alarming.

    Raises:
        ValueError: The bundle has no reference, or no event is of its version.
    """
    if manifest.reference is UNSET:
        raise ValueError(
            f"The bundle {manifest.version} has no reference to compare with: it was trained before"
            " references were recorded. Train it again, or give --bundle another."
        )
    observed = observe(rows, period, manifest.version)
    if not (observed.predictions or observed.verdicts):
        missing = f"There is no event of the model {manifest.version} from {period}."
        raise ValueError(" ".join([missing, *_describe_left_out(observed)]))
    measures = compare_measures(manifest.reference, observed, thresholds.least_events)
    reference_rows = manifest.reference.rows
    return Findings(manifest.version, period, reference_rows, observed, measures, thresholds)


def compare_measures(reference: Reference, observed: Observed, least: int) -> list[Measure]:
    """Return each measure beside the reference; below ``least`` predictions none is judged."""
    share = reference.positive
    labels = Distribution(edges=[0.5], shares=[1 - share, share], mean=share)
    said = observed.predictions
    measures = (
        ("share of positive", ".1%", labels, [each.label == "positive" for each in said]),
        ("confidence", ".3f", reference.confidence, [each.confidence for each in said]),
        ("length", ".1f", reference.length, [each.length for each in said]),
        ("unknown-token rate", ".1%", reference.unknown_rate, [each.unknown_rate for each in said]),
    )
    found = []
    for name, form, expected, given in measures:
        values, psi = np.array(given, np.float64), None
        if len(values) >= least:
            counts = bin_counts(expected.edges, values)
            psi = measure_psi(reference.rows * np.asarray(expected.shares, np.float64), counts)
        now = float(values.mean()) if len(values) else None
        found.append(Measure(name, expected.mean, now, psi, form))
    return found


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
    from scipy.stats import chi2  # the one use of a large package

    bins = len(expected)
    reference_rows, events = float(expected.sum()), int(observed.sum())
    before = (expected + _PSEUDO_COUNT) / (reference_rows + bins * _PSEUDO_COUNT)
    now = (observed + _PSEUDO_COUNT) / (events + bins * _PSEUDO_COUNT)
    index = float(((now - before) * np.log(now / before)).sum())
    quantile = float(chi2.ppf(1 - CHANCE, bins - 1))
    return Psi(index, quantile * (1 / events + 1 / reference_rows))


def summarize(findings: Findings) -> str:
    """Return the findings as lines of text; the last one is the verdict."""
    count, least = len(findings.observed.predictions), findings.thresholds.least_events
    lines = [
        f"Model {findings.version}, {findings.period}",
        f"{count:,} predictions beside {findings.reference_rows:,} validation tweets",
        "",
        *align([_HEADER, *(each.cells for each in findings.measures)], right=_NUMBERS),
        "",
        _describe_feedback(findings),
    ]
    if not findings.is_enough:
        lines.append(
            f"Too few predictions to tell drift from chance: {count:,}, {least:,} are needed."
            " Choose a longer period."
        )
    return "\n".join([*lines, *_describe_left_out(findings.observed), "", _verdict(findings)])


def _describe_left_out(observed: Observed) -> list[str]:
    lines = []
    if observed.others:
        shown = ", ".join(f"{name} ({count:,})" for name, count in observed.others.most_common())
        total = observed.others.total()
        lines.append(f"Events of other versions, not compared: {total:,}, of {shown}.")
    if observed.malformed:
        lines.append(f"Malformed events, passed over: {observed.malformed:,}.")
    return lines


def _describe_feedback(findings: Findings) -> str:
    rate, observed = findings.negative_rate, findings.observed
    if rate is None:
        return "Negative feedback: none of either kind was given."
    judged = findings.feedback_status or f"too few to judge, {LEAST_FEEDBACKS} are needed"
    return (
        f"Negative feedback: {observed.negative_feedbacks:,} of {observed.feedbacks:,},"
        f" {rate:.1%} with its 95% interval, at most {findings.thresholds.most_negative:.1%} is"
        f" good: {judged}."
    )


def _verdict(findings: Findings) -> str:
    drifted, moderate = map(findings.names, (DriftStatus.SIGNIFICANT, DriftStatus.MODERATE))
    verdict = "No drift." if findings.is_enough else "Undecided."
    if drifted:
        verdict = f"Drift: {', '.join(drifted)}."
    return f"{verdict} Moderate: {', '.join(moderate)}." if moderate else verdict
