"""What a converted model must pass before it may ship."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_ACCURACY_LOSS = 0.003
MAX_LABELS_CHANGED = 0.02


class GateError(RuntimeError):
    """A converted model is refused; the message gives every reason with its figure."""


def check_parity(
    labels: NDArray[np.uint8],
    parent: NDArray[np.float32],
    converted: NDArray[np.float32],
) -> None:
    """Refuse a converted model that is not as good as its parent on the same rows.

    Args:
        labels: 1 for positive, 0 for negative, [rows].
        parent: Logits of the float model, [rows].
        converted: Logits of the converted model in the deployed interpreter, [rows].

    Raises:
        GateError: The model may not ship.
    """
    rows, truth = len(labels), labels == 1
    before, after = parent >= 0, converted >= 0
    lost = (int((before == truth).sum()) - int((after == truth).sum())) / rows
    changed = float((before != after).mean())
    reasons = []
    if not np.isfinite(converted).all():
        reasons.append("some of its logits are not finite")
    if lost > MAX_ACCURACY_LOSS:
        reasons.append(f"it loses {lost:.2%} of accuracy ({MAX_ACCURACY_LOSS:.2%} allowed)")
    if changed > MAX_LABELS_CHANGED:
        reasons.append(f"{changed:.2%} of its labels change ({MAX_LABELS_CHANGED:.2%} allowed)")
    if reasons:
        hint = " One row decides on so few: train on more tweets."
        raise GateError(
            f"The converted model is refused on {rows:,} rows: {'; '.join(reasons)}."
            f"{hint if rows * MAX_ACCURACY_LOSS < 1 else ''}"
        )
