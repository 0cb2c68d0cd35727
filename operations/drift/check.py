"""The check as a whole: the manifest that is served, the events, and what follows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import UNSET

from operations.drift.findings import Findings, compare_with_reference
from operations.drift.summary import describe_left_out
from operations.drift.thresholds import DriftThresholds
from operations.events import NoEventsError, observe
from operations.period import Period
from sentiment.model.bundle import Manifest, read_manifest
from sentiment.registry.registry import Registry


class NoReferenceError(ValueError):
    """The bundle has nothing to compare with; the message says what to do."""


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


def check_drift(
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
        NoEventsError: The period has no event of the bundle's version.
    """
    if manifest.reference is UNSET:
        raise NoReferenceError(
            f"The bundle {manifest.version} has no reference to compare with: it was trained before"
            " references were recorded. Train it again, or give --bundle another."
        )
    observed = observe(rows, period, manifest.version)
    if not (observed.predictions or observed.verdicts):
        left_out = describe_left_out(observed.others, observed.malformed)
        missing = f"There is no event of the model {manifest.version} from {period}."
        raise NoEventsError(" ".join([missing, *left_out]))
    return compare_with_reference(
        manifest.version, manifest.reference, observed, period, thresholds
    )
