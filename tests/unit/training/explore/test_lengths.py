from __future__ import annotations

import numpy as np
import pytest

from training.explore.lengths import LengthCounter, Lengths

GENERATOR = np.random.default_rng(1)
LABELS = GENERATOR.integers(0, 2, 999).astype(np.uint8)
LENGTHS = GENERATOR.integers(1, 140, 999)


@pytest.fixture(scope="module")
def lengths() -> Lengths:
    counter = LengthCounter()
    for part in np.array_split(np.arange(999), 7):
        counter.add(LABELS[part], LENGTHS[part])
    return counter.result()


@pytest.mark.parametrize("label", [None, 0, 1])
def test_mean_and_quantiles_are_those_of_the_tweets(lengths: Lengths, label: int | None) -> None:
    mine = LENGTHS if label is None else LENGTHS[label == LABELS]
    assert lengths.mean(label) == pytest.approx(mine.mean())
    for share in (0.05, 0.5, 0.95, 1.0):
        assert lengths.quantile(share, label) == np.quantile(mine, share, method="inverted_cdf")
    assert lengths.share_up_to(30, label) == pytest.approx((mine <= 30).mean())


def test_the_longest_tweet_is_known(lengths: Lengths) -> None:
    assert lengths.longest == LENGTHS.max()
    assert lengths.share_up_to(lengths.longest) == 1
