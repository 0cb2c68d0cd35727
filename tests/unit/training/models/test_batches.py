from __future__ import annotations

import numpy as np

from training.models.batches import batches_of_an_epoch, pad, score

LENGTHS = np.random.default_rng(1).integers(1, 40, 10_000)


def test_an_epoch_has_every_row_once_in_an_order_of_its_own() -> None:
    first, second = (batches_of_an_epoch(LENGTHS, 32, seed=7, epoch=at) for at in (0, 1))
    for batches in (first, second):
        assert sorted(np.concatenate(batches)) == list(range(10_000))
        assert max(map(len, batches)) == 32
    assert np.concatenate(first).tolist() != np.concatenate(second).tolist()


def test_little_of_a_batch_is_padding() -> None:
    batches = batches_of_an_epoch(LENGTHS, 32, seed=7, epoch=0)
    padded = sum(len(rows) * LENGTHS[rows].max() for rows in batches)
    assert padded < 1.06 * LENGTHS.sum()


def test_rows_are_padded_to_a_common_width() -> None:
    batch = pad([np.array([5, 6, 7, 8, 9], np.int32), np.array([], np.int32)])
    assert batch.tolist() == [[5, 6, 7, 8, 9, 0, 0, 0], [0] * 8]
    assert pad([np.array([], np.int32)]).shape == (1, 4)


def test_scores_come_back_in_the_order_of_the_rows() -> None:
    sequences = [np.full(length, length, np.int32) for length in LENGTHS[:100]]
    scores = score(lambda ids: ids.max(axis=1, keepdims=True).astype(np.float32), sequences, 7)
    assert scores.tolist() == LENGTHS[:100].tolist()
