"""What a run's record says beside its logits, checked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from sentiment.bundle import Decision
from training.runs import RunError

UNKNOWN = "not recorded"

_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)T")


class Data(msgspec.Struct, frozen=True):
    """What a model was trained on: files with their SHA-256, and digests of rows.

    ``extra`` names the files that were trained on only.
    """

    files: dict[str, str]
    training_digest: str
    test_digest: str
    extra: list[str] = []


class Provenance(msgspec.Struct, frozen=True):
    """Where a model comes from; see ``training.provenance``."""

    data: Data
    rows: dict[str, int]
    parameters: dict[str, Any]
    data_attribution: str = ""
    encoder_attribution: str = ""
    teacher: str = ""
    git_commit: str | None = None
    libraries: dict[str, str] = {}


class Facts(msgspec.Struct, frozen=True):
    """The facts of a run that the documents show."""

    version: str
    family: str
    seconds: float
    bytes: int
    tweet_milliseconds: float
    decision: Decision
    provenance: Provenance
    machine: str = UNKNOWN

    @property
    def day(self) -> str:
        """The day on which the model was converted, which is the start of its version."""
        found = _DAY.match(self.version)
        return "-".join(found.groups()) if found else UNKNOWN

    @property
    def logit_threshold(self) -> float:
        """The logit from which a tweet counts as positive."""
        return logit_threshold(self.decision)


def logit_threshold(decision: Decision) -> float:
    """Return the logit at which the probability of positive equals the threshold."""
    odds = decision.threshold / (1.0 - decision.threshold)
    return decision.temperature * math.log(odds)


def read_facts(name: str, facts: Mapping[str, Any]) -> Facts:
    """Check the facts of the run called ``name``.

    Raises:
        RunError: One is missing or of another type; the message says where.
    """
    try:
        return msgspec.convert(facts, Facts)
    except msgspec.ValidationError as error:
        raise RunError(f"The record of {name} is incomplete: {error}. Train it again.") from error


def read_provenance(source: str, provenance: Mapping[str, Any]) -> Provenance:
    """Check the provenance that ``source`` holds.

    Raises:
        RunError: A part of it is missing or of another type; the message says where.
    """
    try:
        return msgspec.convert(provenance, Provenance)
    except msgspec.ValidationError as error:
        raise RunError(f"The provenance in {source} is incomplete: {error}.") from error
