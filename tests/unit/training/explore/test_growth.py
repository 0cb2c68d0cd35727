from __future__ import annotations

import random

import numpy as np
import pytest

from training.explore.growth import Growth, GrowthCounter, fit_heaps


def growth_of(tweets: list[list[str]], seed: int = 0, batch: int = 500) -> Growth:
    counter = GrowthCounter(seed)
    for start in range(0, len(tweets), batch):
        counter.add(tweets[start : start + batch])
    return counter.result()


def zipfian(count: int) -> list[list[str]]:
    numbers = np.random.default_rng(4).zipf(1.4, (count, 12))
    return [[f"w{number}" for number in row] for row in numbers.tolist()]


def test_the_end_of_the_curve_is_the_whole_corpus() -> None:
    tweets = zipfian(8000)
    growth = growth_of(tweets)
    assert growth.tokens[-1] == 96_000
    assert growth.total == len({word for tweet in tweets for word in tweet})


def test_the_curve_is_that_of_tweets_read_in_random_order() -> None:
    tweets = zipfian(8000)
    growth = growth_of(tweets)
    random.Random(1).shuffle(tweets)
    seen: set[str] = set()
    sizes = []
    for tweet in tweets:
        seen.update(tweet)
        sizes.append(len(seen))
    for tokens, words in zip(growth.tokens[-6:], growth.words[-6:], strict=True):
        assert words == pytest.approx(sizes[tokens // 12 - 1], rel=0.08)


def test_a_sorted_file_gives_the_curve_of_a_shuffled_one() -> None:
    tweets = zipfian(8000)
    for one, other in zip(
        growth_of(tweets).words[-6:], growth_of(sorted(tweets)).words[-6:], strict=True
    ):
        assert one == pytest.approx(other, rel=0.08)


def test_the_same_seed_gives_the_same_curve_however_rows_are_batched() -> None:
    tweets = zipfian(1000)
    assert growth_of(tweets, seed=7, batch=1000) == growth_of(tweets, seed=7, batch=33)
    assert growth_of(tweets, seed=7) != growth_of(tweets, seed=8)


def test_heaps_law_is_recovered_from_an_exact_curve() -> None:
    tokens = np.geomspace(1000, 1e7, 30).astype(np.int64)
    factor, exponent = fit_heaps(tokens, (5 * tokens**0.6).astype(np.int64))
    assert factor == pytest.approx(5, rel=0.02)
    assert exponent == pytest.approx(0.6, abs=0.002)


def test_a_vocabulary_that_doubles_with_the_tweets_is_told_so() -> None:
    growth = growth_of([[f"new{number}"] for number in range(20_000)])
    assert growth.last_doubling == pytest.approx(1, abs=0.05)
    assert growth.exponent == pytest.approx(1, abs=0.01)


def test_a_tiny_corpus_has_a_vocabulary_but_no_law() -> None:
    growth = growth_of([["a", "b"], ["b", "c"]])
    assert (growth.total, growth.factor, growth.exponent) == (3, None, None)
