"""Batches of token sequences of like length, so that little of them is padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sentiment.model.encoder import PAD_ID

WIDTH_STEP = 4
"""Widths are multiples of it, in tokens."""

_BATCHES_PER_WINDOW = 64


def pad(sequences: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return int32 [batch, tokens], filled up with padding to a common width of whole steps."""
    longest = max(1, *(len(ids) for ids in sequences), 1)
    width = -(-longest // WIDTH_STEP) * WIDTH_STEP
    batch = np.full((len(sequences), width), PAD_ID, np.int32)
    for row, ids in zip(batch, sequences, strict=True):
        row[: len(ids)] = ids
    return batch


def batches_of_an_epoch(
    lengths: NDArray[np.int64], batch_size: int, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """Return the rows of each batch: shuffled, then sorted by length within windows of batches.

    Args:
        lengths: Tokens of each row, [rows].
        batch_size: Rows in a batch; the last batch of a window may have fewer.
        seed: Equal seeds and epochs give equal batches.
        epoch: The number of the epoch.
    """
    generator = np.random.default_rng((seed, epoch))
    order = generator.permutation(len(lengths))
    batches: list[NDArray[np.int64]] = []
    window = batch_size * _BATCHES_PER_WINDOW
    for start in range(0, len(order), window):
        rows = order[start : start + window]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches.extend(rows[at : at + batch_size] for at in range(0, len(rows), batch_size))
    generator.shuffle(batches)
    return batches


def in_batches(
    compute: Callable[[NDArray[np.int32]], NDArray[np.float32]],
    sequences: Sequence[NDArray[np.int32]],
    batch_size: int,
    title: str | None = None,
) -> NDArray[np.float32]:
    """Return float32 [sequences, values]: what a network gives for each sequence, in order.

    Args:
        compute: Takes int32 [batch, tokens], returns float32 [batch, values].
        sequences: Token ids of each row.
        batch_size: Rows in a batch.
        title: Of a progress bar; None for none.
    """
    from tqdm import tqdm

    if not sequences:
        return np.empty((0, 1), np.float32)
    order = np.argsort([len(ids) for ids in sequences], kind="stable")
    parts = []
    for start in tqdm(range(0, len(order), batch_size), title, disable=title is None):
        rows = order[start : start + batch_size]
        values = compute(pad([sequences[row] for row in rows]))
        parts.append(np.asarray(values, np.float32))
    computed = np.concatenate(parts)
    result = np.empty_like(computed)
    result[order] = computed
    return result
