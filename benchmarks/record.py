"""Where measurements are kept, and what they were made on."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.run_records import machine

MEASURED = Path(__file__).resolve().parent.parent / "docs" / "measured"


def record(name: str, figures: Mapping[str, Any], folder: Path = MEASURED) -> Path:
    """Write figures with the machine and the date to ``NAME.json`` in a folder; print them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    content = {**figures, "machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    path.write_text(json.dumps(content, indent=2) + "\n")
    print(json.dumps(content, indent=2))
    return path


def recorded(name: str) -> dict[str, Any]:
    """Return the figures last recorded under a name."""
    figures: dict[str, Any] = json.loads((MEASURED / f"{name}.json").read_text())
    return figures


def check_budget(what: str, value: float, budget: float) -> None:
    """End with an error if a figure is over its budget."""
    if value > budget:
        raise SystemExit(f"{what} is {value}, over the budget of {budget}.")


def spread(values: Sequence[float], digits: int) -> dict[str, float]:
    """Return the 50th, 95th and 99th percentile of at least two values, rounded."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {f"p{at}": round(cuts[at - 1], digits) for at in (50, 95, 99)}
