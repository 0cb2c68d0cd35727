"""What can be recorded of a run."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

_FORBIDDEN = re.compile(r"[^\w\-. :/]", re.ASCII)


@dataclass(frozen=True)
class Parameters:
    """What the run was made with."""

    values: Mapping[str, Any]


@dataclass(frozen=True)
class Tags:
    """What describes the run."""

    values: Mapping[str, str]


@dataclass(frozen=True)
class Metrics:
    """Measures at one step; ``milliseconds`` is when, since 1970."""

    values: Mapping[str, float]
    step: int
    milliseconds: int


@dataclass(frozen=True)
class Dataset:
    """Rows that the run saw: known by their digest, never recorded themselves.

    Attributes:
        name: Of the files that they come from.
        digest: Equal digests mean equal rows.
        context: What they served for: training, validation or test.
        rows: How many.
    """

    name: str
    digest: str
    context: str
    rows: int


@dataclass(frozen=True)
class Content:
    """A small artifact, kept in memory so that it can be recorded anew elsewhere."""

    path: str
    content: bytes


@dataclass(frozen=True)
class Folder:
    """Artifacts that belong together, kept in memory: their contents by path within ``path``."""

    path: str
    contents: Mapping[str, bytes]


@dataclass(frozen=True)
class File:
    """An artifact on disk, recorded in ``folder``; it must stay where it is until the run ends."""

    source: Path
    folder: str


@dataclass(frozen=True)
class End:
    """The run is over; ``status`` is one of MLflow's: FINISHED, FAILED or KILLED."""

    status: str
    milliseconds: int


Entry = Parameters | Tags | Metrics | Dataset | Content | Folder | File | End


def now() -> int:
    """Return the milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def clean_name(name: str) -> str:
    """Return a name that MLflow accepts for a parameter, a metric or a tag."""
    return _FORBIDDEN.sub("_", name) or "_"


def flatten(measured: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yield the numbers of nested measures as ``test/accuracy``, ``test/accuracy_low``, ..."""
    for name, value in measured.items():
        path = f"{prefix}{clean_name(str(name))}"
        if isinstance(value, Mapping) and "value" in value:
            yield path, float(value["value"])
            bounds = {key: bound for key, bound in value.items() if key != "value"}
            yield from flatten(bounds, f"{path}_")
        elif isinstance(value, Mapping):
            yield from flatten(value, f"{path}/")
        elif isinstance(value, Real):
            yield path, float(value)
