from __future__ import annotations

import pytest

from benchmarks.explanation import TWEET, TWEETS, count_tokens, measure
from sentiment.model.bundle import Bundle, read_bundle
from sentiment.settings import read_settings
from tests.support.behaviours import THINGS


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    return read_bundle(read_settings({}).bundle)


def test_the_words_that_are_said_to_count_do_count(shipped: Bundle) -> None:
    texts = [
        f"so today at the station I {verb} that {adjective} {thing} of my friend"
        for verb in ("loved", "hated", "missed", "enjoyed")
        for adjective in ("awesome", "horrible", "great", "lovely")
        for thing in THINGS
    ][: TWEETS // 10]
    figures = measure(shipped, texts)
    assert figures["tweets"] == TWEETS // 10
    assert figures["rate"]["value"] >= 0.7
    assert figures["milliseconds"] > 0
    assert (figures["tokens"], figures["threads"]) == (24, 1)


def test_a_tweet_of_another_length_is_not_timed(shipped: Bundle) -> None:
    assert count_tokens(shipped, TWEET) == 24
    with pytest.raises(SystemExit, match=r"has 25 tokens .* the budget is for 24"):
        count_tokens(shipped, f"{TWEET} today")
