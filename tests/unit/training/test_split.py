from __future__ import annotations

import pytest

from tests.support.tweets import made_up
from training.split import (
    TEST_SHARE,
    VALIDATION_SHARE,
    LabelledTweet,
    part_of,
    split_corpus,
    text_key,
)

TWEETS = [LabelledTweet(text, label, "random") for label, text in made_up(4000)]
HELD_OUT = next(tweet.text for tweet in TWEETS if part_of(text_key(tweet.text)) == "test")


def test_the_three_parts_share_no_text_and_have_their_shares() -> None:
    split = split_corpus(TWEETS)
    parts = [set(part.texts) for part in (split.training, split.validation, split.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 4000
    assert len(split.test) / 4000 == pytest.approx(TEST_SHARE, abs=0.015)
    assert len(split.validation) / 4000 == pytest.approx(VALIDATION_SHARE, abs=0.015)


def test_a_text_keeps_its_part_whatever_corpus_it_is_in() -> None:
    small, large = split_corpus(TWEETS[:1000]), split_corpus(TWEETS)
    assert set(small.test.texts) < set(large.test.texts)
    assert set(small.training.texts) < set(large.training.texts)
    assert text_key("a tweet") == 0xB2E0616D74074A25
    assert part_of(int(0.12 * 2**64)) == "validation"


def test_equal_texts_count_once_and_contradicting_ones_not_at_all() -> None:
    rows = [("Same @bob", 1), ("same  @ann", 1), ("torn", 1), ("TORN", 0), ("torn", 0), ("\x00", 0)]
    split = split_corpus(LabelledTweet(text, label, "") for text, label in rows)
    counts = split.counts
    assert (counts.read, counts.empty, counts.duplicates, counts.contradicting) == (6, 1, 3, 1)
    texts = split.training.texts + split.validation.texts + split.test.texts
    assert texts == ["same @user"]


def test_rows_not_sampled_at_random_are_never_measured_on() -> None:
    split = split_corpus(tweet._replace(sample="alphabetical") for tweet in TWEETS)
    assert len(split.test) == len(split.validation) == 0
    assert split.counts.set_aside == 4000 - len(split.training) > 0
    assert {part_of(text_key(text)) for text in split.training.texts} == {"training"}


def test_a_row_seen_in_a_random_sample_too_may_be_measured_on() -> None:
    for samples in (("alphabetical", "random"), ("random", "alphabetical")):
        split = split_corpus(LabelledTweet(HELD_OUT, 1, sample) for sample in samples)
        assert split.test.texts == [HELD_OUT]


def test_held_out_rows_keep_how_they_were_written_whatever_the_order() -> None:
    spellings = [LabelledTweet(HELD_OUT.upper(), 1, ""), LabelledTweet(f" {HELD_OUT}", 1, "")]
    for order in (spellings, spellings[::-1]):
        assert split_corpus(order).test.raw == [f" {HELD_OUT}"]
