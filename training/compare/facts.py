"""What a run's record says beside its logits, checked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from sentiment.model.bundle import Decision
from training.models.bert import HEAD_ONLY
from training.run_records import RunError
from training.split import TRAINING

UNKNOWN = "not recorded"

_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)T")


class Data(msgspec.Struct, frozen=True):
    """What a model was trained on: files with their SHA-256, and digests of rows.

    ``extra`` names the files that were trained on only; None in records that do not say.
    """

    files: dict[str, str]
    training_digest: str
    test_digest: str
    extra: list[str] | None = None

    @property
    def extra_files(self) -> list[str]:
        """The files that were trained on only: where a record does not say, all but the first."""
        return list(self.files)[1:] if self.extra is None else self.extra


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

    @property
    def fitted_rows(self) -> int | None:
        """How many rows the model was fitted on: a head may take fewer than there are."""
        rows = self.rows.get(TRAINING)
        most = self.parameters.get("head_rows", 0)
        if rows is None or not most or self.parameters.get("mode") != HEAD_ONLY:
            return rows
        return min(rows, int(most))

    @property
    def teachers(self) -> list[str]:
        """The versions of the bundles whose answers were learned beside the labels."""
        return self.teacher.split(" and ") if self.teacher else []

    @property
    def learned_from(self) -> str:
        """What was learned from, in few words."""
        labels = "labels + extra" if self.data.extra_files else "labels"
        return f"{labels}, teacher" if self.teacher else labels


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
    def tells_of_vnni(self) -> bool:
        """Whether the record says if the machine had products of int8."""
        return "VNNI" in self.machine

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
