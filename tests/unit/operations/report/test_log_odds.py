from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest

from operations.report.log_odds import (
    MIN_OCCURRENCES,
    PRIOR_SHARE,
    Words,
    WordTable,
    discriminative_words,
)
from tests.support.tweets import BAD, GOOD, made_up


def words_of(rows: list[tuple[int, str]]) -> Words:
    table = WordTable()
    for label, text in rows:
        table.add(label, Counter(text.split()))
    return table.result(20)


def test_the_words_that_were_put_in_for_a_class_are_the_most_discriminative() -> None:
    negative, positive = words_of(made_up(2000)).scores
    assert {word.word for word in negative[:10]} == set(BAD)
    assert {word.word for word in positive[:10]} == set(GOOD)
    assert all(word.z < 0 for word in negative)
    assert all(word.z > 0 for word in positive)


def test_the_measure_is_the_formula_of_monroe_colaresi_and_quinn() -> None:
    counts = {"fine": [20, 60], "the": [500, 480], "rest": [480, 460]}
    (_, positive) = discriminative_words(counts, (1000, 1000), 5)
    prior, all_prior = PRIOR_SHARE * 80, PRIOR_SHARE * 2000
    delta = math.log((60 + prior) / (1000 + all_prior - 60 - prior)) - math.log(
        (20 + prior) / (1000 + all_prior - 20 - prior)
    )
    expected = delta / math.sqrt(1 / (60 + prior) + 1 / (20 + prior))
    assert positive[0].word == "fine"
    assert positive[0].z == pytest.approx(expected)
    assert positive[0].ratio == pytest.approx(60 / 20, rel=0.02)


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = made_up(400)
    shuffled = random.Random(3).sample(rows, len(rows))
    assert words_of(shuffled).scores == words_of(rows).scores


def test_rare_words_are_not_shown() -> None:
    counts = {"common": [0, MIN_OCCURRENCES], "rare": [0, MIN_OCCURRENCES - 1]}
    negative, positive = discriminative_words(counts, (100, 100), 5)
    assert [word.word for word in positive] == ["common"]
    assert negative == ()


def test_counts_are_exact_while_the_table_has_room() -> None:
    rows = made_up(300)
    words = words_of(rows)
    truth = Counter(word for _, text in rows for word in text.split())
    assert words.understated == 0
    assert words.frequencies.tolist() == sorted(truth.values(), reverse=True)


def test_the_table_never_exceeds_its_capacity_and_says_how_wrong_it_may_be() -> None:
    generator = np.random.default_rng(2)
    numbers = np.minimum(generator.zipf(1.4, 60_000), 20_000).tolist()
    words = [f"word{number}" for number in numbers]
    table = WordTable(capacity=500)
    for start in range(0, len(words), 1000):
        table.add(start // 1000 % 2, Counter(words[start : start + 1000]))
        assert len(table.result(1).frequencies) <= 500
    result = table.result(20)
    assert sum(result.tokens) == 60_000
    assert result.understated > 0
    frequent = np.array([count for _, count in Counter(words).most_common(30)])
    assert np.all(frequent - result.frequencies[:30] <= result.understated)
    assert np.all(frequent >= result.frequencies[:30])
