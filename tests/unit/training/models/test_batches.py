from __future__ import annotations

import numpy as np

from training.models.batches import batches_of_an_epoch, in_batches, pad

LENGTHS = np.random.default_rng(1).integers(1, 40, 10_000)


def test_an_epoch_has_every_row_once_in_an_order_of_its_own_with_little_padding() -> None:
    first, second = (batches_of_an_epoch(LENGTHS, 32, seed=7, epoch=at) for at in (0, 1))
    for batches in (first, second):
        assert sorted(np.concatenate(batches)) == list(range(10_000))
        assert max(map(len, batches)) == 32
        assert sum(len(rows) * LENGTHS[rows].max() for rows in batches) < 1.06 * LENGTHS.sum()
    assert np.concatenate(first).tolist() != np.concatenate(second).tolist()


def test_what_is_computed_in_batches_comes_back_in_the_order_of_the_rows() -> None:
    sequences = [np.full(length, length, np.int32) for length in LENGTHS[:100]]
    found = in_batches(lambda ids: ids.max(axis=1, keepdims=True).astype(np.float32), sequences, 7)
    assert found[:, 0].tolist() == LENGTHS[:100].tolist()
    assert pad([np.array([], np.int32)]).shape == (1, 4)
