"""The events of a period compared with the reference in a bundle's manifest, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from operations.drift.psi import DriftStatus, Psi, measure_psi
from operations.drift.thresholds import DriftThresholds
from operations.events import Observed, observe
from operations.period import Period
from operations.statistics import Estimate, bin_counts, wilson
from sentiment.model.bundle import Manifest, read_manifest
from sentiment.model.reference import Distribution, Reference
from sentiment.registry.registry import Registry

POSITIVE = "share of positive"
PROBABILITY = "probability of positive"
CONFIDENCE = "confidence"
LENGTH = "length"
UNKNOWN_RATE = "unknown-token rate"
NEGATIVE_FEEDBACK = "negative feedback"

LEAST_FEEDBACKS = 10

STABLE_CODE, UNDECIDED_CODE, DRIFT_CODE = 0, 1, 2


class NoReferenceError(ValueError):
    """The bundle has nothing to compare with; the message says what to do."""


@dataclass(frozen=True)
class Comparison:
    """One measure of a period beside the reference.

    Attributes:
        name: Of the measure.
        before: The mean of the reference.
        now: The mean of the period; None where there are no predictions.
        psi: How far it moved; None where there are too few predictions to judge it.
    """

    name: str
    before: float
    now: float | None
    psi: Psi | None

    @property
    def status(self) -> DriftStatus | None:
        """What it is judged to be; None where it is not judged.

        The probability of "positive" is shown and not judged: it is made up of the label and the
        confidence, which are, and one cause should raise one alarm.
        """
        return self.psi.status if self.psi and self.name != PROBABILITY else None


@dataclass(frozen=True)
class Findings:
    """What the events of a period say of a model.

    Attributes:
        version: Of the model.
        period: That was looked at.
        reference_rows: How many validation tweets the reference was made from.
        observed: The events.
        comparisons: One for each measure.
        thresholds: What is alarming.
    """

    version: str
    period: Period
    reference_rows: int
    observed: Observed
    comparisons: Sequence[Comparison]
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
            return DRIFT_CODE
        return STABLE_CODE if self.is_enough else UNDECIDED_CODE

    def names(self, status: DriftStatus) -> list[str]:
        """Return the names of what has a status."""
        names = [each.name for each in self.comparisons if each.status is status]
        return names + [NEGATIVE_FEEDBACK] * (self.feedback_status is status)


def read_served_manifest(folder: Path, registry: Registry | None) -> Manifest:
    """Return the manifest of a registry's current version, else that of the bundle in a folder.

    Raises:
        BundleError: The manifest cannot be read, or is not the one that was promoted.
        RegistryError: The registry cannot be read.
    """
    current = registry.pointer().pointer.current if registry else None
    if registry is None or current is None:
        return read_manifest(folder)
    return registry.checked_manifest(current.version, current.manifest_sha256)


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
        NoReferenceError: The bundle has no reference to compare with.
    """
    if manifest.reference is UNSET:
        raise NoReferenceError(
            f"The bundle {manifest.version} has no reference to compare with: it was trained before"
            " references were recorded. Train it again, or give --bundle another."
        )
    observed = observe(rows, period, manifest.version)
    comparisons = compare_measures(manifest.reference, observed, thresholds.least_events)
    reference_rows = manifest.reference.rows
    return Findings(manifest.version, period, reference_rows, observed, comparisons, thresholds)


def compare_measures(reference: Reference, observed: Observed, least: int) -> list[Comparison]:
    """Return each measure beside the reference; below ``least`` predictions none is judged."""
    said = observed.predictions
    labels = np.array([each.label == "positive" for each in said], np.float64)
    measures = (
        (POSITIVE, _of_labels(reference.positive), labels),
        (PROBABILITY, reference.probability, [each.probability for each in said]),
        (CONFIDENCE, reference.confidence, [each.confidence for each in said]),
        (LENGTH, reference.length, [each.length for each in said]),
        (UNKNOWN_RATE, reference.unknown_rate, [each.unknown_rate for each in said]),
    )
    return [
        _measure(name, reference.rows, expected, np.asarray(values, np.float64), least)
        for name, expected, values in measures
    ]


def _of_labels(positive: float) -> Distribution:
    return Distribution(edges=[0.5], shares=[1 - positive, positive], mean=positive)


def _measure(
    name: str, rows: int, expected: Distribution, values: NDArray[np.float64], least: int
) -> Comparison:
    psi = None
    if len(values) >= least:
        counts = bin_counts(expected.edges, values)
        psi = measure_psi(rows * np.asarray(expected.shares, np.float64), counts)
    return Comparison(name, expected.mean, float(values.mean()) if len(values) else None, psi)
