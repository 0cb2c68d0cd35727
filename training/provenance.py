"""Where a bundle comes from."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sentiment.files import file_digest
from training.models.base import FittedModel
from training.split import Split

_LIBRARIES = (
    "numpy",
    "scikit-learn",
    "tensorflow-cpu",
    "keras",
    "keras-hub",
    "tokenizers",
    "ai-edge-litert",
)
TORCH = "torch"

UNSTATED = "Tweets of unstated origin"


@dataclass(frozen=True)
class Source:
    """Tweets of which something is known.

    Attributes:
        prefixes: How the names of their files start.
        year: When they were written.
        attribution: What is known, as a sentence.
    """

    prefixes: tuple[str, ...]
    year: int
    attribution: str


SOURCES = (
    Source(
        ("sentiment140", "training.1600000"),
        2009,
        "Sentiment140 (Go, Bhayani and Huang 2009, Twitter Sentiment Classification using Distant"
        " Supervision). The tweets are not part of the bundle.",
    ),
    Source(
        ("smileys_2011",),
        2011,
        "Tweets of November 2011, labelled by the smileys in them (smileys_2011); more of their"
        " origin is not stated.",
    ),
)

_CPUINFO = Path("/proc/cpuinfo")
_INT8_PRODUCTS = {"avx_vnni", "avx512_vnni"}


def describe(
    data: Sequence[Path],
    distant_data: Sequence[Path],
    split: Split,
    model: FittedModel,
    commit: str | None,
) -> dict[str, Any]:
    """Return the provenance of a model: data, parameters, code and libraries.

    Args:
        data: The files of labelled tweets.
        distant_data: The files of distantly supervised tweets.
        split: The rows that were read from them.
        model: The float model.
        commit: What ``git_commit`` returned before the fit, during which the code may be changed.
    """
    return {
        "rows": {**split.counts.as_dict(), **_fitted(model)},
        "data": {
            "files": {path.name: file_digest(path) for path in (*data, *distant_data)},
            "extra": [path.name for path in distant_data],
            "training_digest": split.training.digest(),
            "test_digest": split.test.digest(),
        },
        "data_attribution": attribute([*data, *distant_data]),
        "parameters": dict(model.parameters),
        "git_commit": commit,
        "libraries": library_versions(),
    }


def _fitted(model: FittedModel) -> dict[str, int]:
    return {} if model.fitted_rows is None else {"fitted": model.fitted_rows}


def attribute(data: Sequence[Path]) -> str:
    """Return the source of the tweets a model was trained on, as far as their files' names show."""
    found = [find_source(path.name) for path in data]
    parts = [source.attribution for source in SOURCES if source in found]
    if None in found:
        parts.append(f"{UNSTATED} in {found.count(None)} other file(s).")
    return " ".join(parts)


def find_source(name: str) -> Source | None:
    """Return where the tweets of a file are from, as far as its name shows."""
    lower = name.lower()
    return next((source for source in SOURCES if lower.startswith(source.prefixes)), None)


def git_commit() -> str | None:
    """Return the commit of the code, marked ``-dirty`` where it was changed; None outside git."""
    folder = Path(__file__).resolve().parent
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
            cwd=folder,
            capture_output=True,
            text=True,
        )
    except OSError:
        return None
    return found.stdout.strip() or None


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that a model depends on, as far as installed.

    PyTorch is one of them only where Keras runs on it.
    """
    found: dict[str, str] = {}
    for name in (*_LIBRARIES, *([TORCH] if _keras_runs_on_torch() else [])):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _keras_runs_on_torch() -> bool:
    keras = sys.modules.get("keras")  # not imported for its sake: that takes seconds
    return keras is not None and keras.backend.backend() == TORCH


def machine() -> str:
    """Return the processor, the number of cores and the version of Python."""
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _processor() -> str:
    """Return its name and, where that is known, whether it has products of int8 (VNNI)."""
    try:
        lines = _CPUINFO.read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    parts = (line.partition(":") for line in lines)
    facts = {name.strip(): value.strip() for name, _, value in parts}
    name = facts.get("model name", platform.machine())
    if "flags" not in facts:
        return name
    has_products = _INT8_PRODUCTS & set(facts["flags"].split())
    return f"{name} {'with' if has_products else 'without'} VNNI"
