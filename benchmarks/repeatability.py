"""What the same seed gives again: ``python -m benchmarks.repeatability --data CSV``.

Each neural family is trained twice with the same seed on the same rows, in processes of their own,
and both models label the validation rows. BERT is trained on PyTorch where that is installed, as it
is fastest there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import check_budget, record
from operations.arguments import whole_number
from training.data import read_split
from training.models.base import TrainingTask
from training.models.catalog import FAMILIES

NEURAL = ("lstm", "bert")
BUDGET_POINTS = 0.3


def main() -> None:
    """Measure, record and judge; in a child, train once and print the accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="labelled tweets")
    parser.add_argument("--rows", type=whole_number, default=20_000,
                        help="training rows (default: %(default)s)")  # fmt: skip
    parser.add_argument("--set", action="append", default=[], metavar="FAMILY.NAME=VALUE",
                        help="a parameter of a family, such as bert.epochs=1")  # fmt: skip
    parser.add_argument("--once", choices=NEURAL, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(train(options.once, options.data, options.rows, options.set)))
        return
    figures = {family: compare(family, sys.argv[1:]) for family in NEURAL}
    record("repeatability", {"rows": options.rows, **figures, "budget_points": BUDGET_POINTS})
    for family in NEURAL:
        check_budget(f"points between two {family}", figures[family]["points"], BUDGET_POINTS)


def compare(family: str, arguments: list[str]) -> dict[str, Any]:
    """Train a family twice and return both accuracies, their difference and labels that differ."""
    command = [sys.executable, "-m", "benchmarks.repeatability", *arguments, "--once", family]
    environment = {**os.environ, "KERAS_BACKEND": backend_of(family)}
    first, second = (_printed(command, environment) for _ in "12")
    changed = np.not_equal(first["positive"], second["positive"])
    return {
        "backend": environment["KERAS_BACKEND"],
        "parameters": first["parameters"],
        "validation_rows": len(changed),
        "accuracy": [round(each["accuracy"], 5) for each in (first, second)],
        "points": round(100 * abs(first["accuracy"] - second["accuracy"]), 3),
        "labels_changed": round(float(changed.mean()), 5),
    }


def backend_of(family: str) -> str:
    """Return what Keras trains a family on."""
    return "torch" if family == "bert" and find_spec("torch") else "tensorflow"


def _printed(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def train(name: str, data: Path, rows: int, given: list[str]) -> dict[str, Any]:
    """Train a family once; return its accuracy and which validation rows it calls positive."""
    family = FAMILIES[name]
    own = [text.partition(".")[2] for text in given if text.startswith(f"{name}.")]
    parameters = family.make_parameters(family.read_values(own))
    split = read_split([data], lambda line: print(line, file=sys.stderr))
    model = family.fit(TrainingTask(split.training.head(rows), split.validation), parameters)
    positive = model.logits(split.validation.texts) >= 0
    correct = positive == (split.validation.labels == 1)
    return {
        "parameters": dict(model.parameters),
        "accuracy": float(correct.mean()),
        "positive": positive.astype(int).tolist(),
    }


if __name__ == "__main__":
    main()
