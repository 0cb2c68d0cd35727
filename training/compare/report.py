"""The results of all runs as a page of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.calibration import CERTAIN_PRECISION
from training.compare.calibration import BINS
from training.compare.facts import Facts
from training.compare.mcnemar import EXACT_BELOW
from training.compare.table import Entry, Neighbours, Table
from training.compare.templates import render
from training.gate import MAX_ACCURACY_LOSS, MAX_LABELS_CHANGED
from training.run_records import FLOAT, SHIPPED
from training.slices import SLICES

TEMPLATE = "results.md.j2"
FILE = "results.md"
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Reported:
    """What somebody else reports of a model."""

    family: str
    accuracy: float
    roc_auc: float


ORIGINAL = (
    Reported("logistic regression", 0.78, 0.85),
    Reported("LSTM", 0.79, 0.88),
    Reported("BERT, frozen encoder", 0.82, 0.90),
)
"""Quoted from the report of the project that this one follows, on its own validation rows."""


@dataclass(frozen=True)
class DataFile:
    """A file that models were trained on, and which ones."""

    name: str
    sha256: str
    runs: Sequence[str]


def write_report(table: Table) -> bytes:
    """Return the page."""
    return render(
        TEMPLATE,
        table=table,
        entries=table.entries,
        forms=((SHIPPED, "shipped (int8)"), (FLOAT, "float")),
        slices=SLICES,
        original=ORIGINAL,
        alike=find_alike(table.neighbours),
        significant=SIGNIFICANT,
        exact_below=EXACT_BELOW,
        files=list_files(table.entries),
        extra=group_runs(table.entries, _extra_files),
        taught=group_runs(table.entries, lambda facts: facts.provenance.teacher),
        machines=group_runs(table.entries, lambda facts: facts.machine),
        untold=[entry.name for entry in table.entries if not entry.facts.tells_of_vnni],
        days=sorted({entry.facts.day for entry in table.entries}),
        bins=BINS,
        certain_precision=CERTAIN_PRECISION,
        gate=(MAX_ACCURACY_LOSS, MAX_LABELS_CHANGED),
    )


def find_alike(neighbours: Sequence[Neighbours]) -> list[Neighbours]:
    """Return the neighbours whose order may be chance."""
    return [pair for pair in neighbours if pair.p >= SIGNIFICANT]


def list_files(entries: Sequence[Entry]) -> list[DataFile]:
    """Return every file that a run was trained on, by name."""
    used: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        for file in entry.facts.provenance.data.files.items():
            used.setdefault(file, []).append(entry.name)
    return [DataFile(name, sha256, runs) for (name, sha256), runs in sorted(used.items())]


def group_runs(entries: Sequence[Entry], tell: Callable[[Facts], str]) -> dict[str, list[str]]:
    """Return the runs by what is told of them, without those of which it is nothing."""
    groups: dict[str, list[str]] = {}
    for entry in entries:
        if told := tell(entry.facts):
            groups.setdefault(told, []).append(entry.name)
    return groups


def _extra_files(facts: Facts) -> str:
    return ", ".join(facts.provenance.data.extra_files)
