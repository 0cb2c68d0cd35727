"""What a converted model must pass before it may ship."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_ACCURACY_LOSS = 0.003
MAX_LABELS_CHANGED = 0.02


class GateError(RuntimeError):
    """A converted model is refused; the message gives every reason with its figure."""


@dataclass(frozen=True)
class Parity:
    """How far a converted model is from its float parent, on the same rows.

    Attributes:
        rows: How many.
        accuracy_loss: The parent's accuracy less the converted model's.
        labels_changed: The share of rows with another label.
        finite: Whether every logit is a number.
        foreign_operators: Operators outside TFLite's built-in set.
    """

    rows: int
    accuracy_loss: float
    labels_changed: float
    finite: bool
    foreign_operators: tuple[str, ...]


def measure_parity(
    labels: NDArray[np.uint8],
    parent: NDArray[np.float32],
    converted: NDArray[np.float32],
    foreign_operators: tuple[str, ...] = (),
) -> Parity:
    """Return how a converted model compares with its parent.

    Args:
        labels: 1 for positive, 0 for negative, [rows].
        parent: Logits of the float model, [rows].
        converted: Logits of the converted model in the deployed interpreter, [rows].
        foreign_operators: See ``find_foreign_operators``.
    """
    truth = labels == 1
    before, after = parent >= 0, converted >= 0
    lost = int((before == truth).sum()) - int((after == truth).sum())
    return Parity(
        rows=len(labels),
        accuracy_loss=lost / len(labels),
        labels_changed=float((before != after).mean()),
        finite=bool(np.isfinite(converted).all()),
        foreign_operators=foreign_operators,
    )


def check_parity(parity: Parity) -> None:
    """Refuse a converted model that is not as good as its parent.

    Raises:
        GateError: The model may not ship.
    """
    reasons = []
    if not parity.finite:
        reasons.append("some of its logits are not finite")
    if parity.accuracy_loss > MAX_ACCURACY_LOSS:
        reasons.append(
            f"it loses {parity.accuracy_loss:.2%} of accuracy ({MAX_ACCURACY_LOSS:.2%} allowed)"
        )
    if parity.labels_changed > MAX_LABELS_CHANGED:
        reasons.append(
            f"{parity.labels_changed:.2%} of its labels change ({MAX_LABELS_CHANGED:.2%} allowed)"
        )
    if parity.foreign_operators:
        reasons.append(f"it needs {', '.join(parity.foreign_operators)}, not built into TFLite")
    if reasons:
        few = parity.rows * MAX_ACCURACY_LOSS < 1
        hint = " One row decides on so few: train on more tweets." if few else ""
        raise GateError(
            f"The converted model is refused on {parity.rows:,} rows: {'; '.join(reasons)}.{hint}"
        )


def find_foreign_operators(model: bytes) -> tuple[str, ...]:
    """Return the operators of a TFLite model that are not built in, by name.

    Raises:
        GateError: The deployed interpreter cannot load the model at all.
    """
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(model_content=model)
        operators: list[dict[str, Any]] = interpreter._get_ops_details()
    except (ValueError, RuntimeError) as error:
        raise GateError(f"The deployed interpreter cannot load the model: {error}") from error
    names = {str(operator["op_name"]) for operator in operators}
    foreign = {name for name in names if name.startswith("Flex") or name == "CUSTOM"}
    return tuple(sorted(foreign))
