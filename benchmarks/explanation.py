"""Whether explanations mean something: ``python -m benchmarks.explanation --data CSV``.

From each of 500 test tweets of at least 8 words, the three words that pushed the label most are
removed, and, to compare, three random ones. The removed words mean something if the label's
probability falls further without them. Also how long one explanation of a tweet of 24 tokens takes
on one thread.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import check_budget, record
from operations.statistics import wilson
from sentiment.model.bundle import Bundle, read_bundle
from sentiment.model.classifier import Classifier
from sentiment.model.encoder import make_encoder
from sentiment.model.explanation import Word, explain, find_words, without
from sentiment.settings import read_settings
from sentiment.text import normalize
from training.data import read_corpus
from training.split import split_corpus

TWEETS, LEAST_WORDS, REMOVED = 500, 8, 3
LEAST_RATE = 0.9
TOKENS, THREADS = 24, 1
BUDGET_MILLISECONDS = 40.0
TWEET = (
    "just landed in paris and the hotel lost my booking, what a sad start to the summer holiday"
    " with mum :("
)
_TIMED = 50


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the corpus of the model")
    options = parser.parse_args()
    rows = split_corpus(read_corpus(options.data)).test
    texts = [text for text in rows.raw if len(find_words(text)) >= LEAST_WORDS][:TWEETS]
    figures = measure(read_bundle(read_settings({}).bundle), texts)
    record("explanation", figures)
    check_budget("ms for one explanation", figures["milliseconds"], BUDGET_MILLISECONDS)
    check_budget("share of tweets where random words count more", 1 - figures["rate"]["value"],
                 1 - LEAST_RATE)  # fmt: skip


def measure(bundle: Bundle, texts: Sequence[str]) -> dict[str, Any]:
    """Return the rate at which removing the top words beats removing random ones, and the time.

    Raises:
        SystemExit: The timed tweet has not as many tokens as it should.
    """
    tokens = count_tokens(bundle, TWEET)
    classifier = Classifier(bundle, THREADS)
    chance = random.Random(7)
    wins = sum(_beats(classifier, text, chance) for text in texts)
    rate = wilson(wins, len(texts))
    assert rate is not None
    return {
        "model": classifier.manifest.version,
        "tweets": len(texts),
        "removed_words": REMOVED,
        "rate": {"value": rate.value, "low": round(rate.low, 4), "high": round(rate.high, 4)},
        "tokens": tokens,
        "threads": THREADS,
        "words_of_the_timed_tweet": len(find_words(TWEET)),
        "milliseconds": _milliseconds(classifier),
        "budget_milliseconds": BUDGET_MILLISECONDS,
    }


def count_tokens(bundle: Bundle, text: str) -> int:
    """Return how many tokens a bundle's encoder makes of the tweet to time, special ones included.

    Raises:
        SystemExit: They are not as many as the budget is for.
    """
    tokens = len(make_encoder(bundle).encode(normalize(text)).ids)
    if tokens != TOKENS:
        raise SystemExit(
            f"The timed tweet has {tokens} tokens for the encoder of {bundle.manifest.version}, and"
            f" the budget is for {TOKENS}: put another tweet in benchmarks/explanation.py."
        )
    return tokens


def _beats(classifier: Classifier, text: str, chance: random.Random) -> bool:
    whole = classifier.predict(text)
    sign = 1 if whole.label == "positive" else -1
    words = sorted(explain(classifier, text), key=lambda word: -sign * word.value)
    spans = [Word(word.start, word.end) for word in words]
    without_top = without(text, spans[:REMOVED])
    without_some = without(text, chance.sample(spans, REMOVED))
    top, some = sign * classifier.logits([without_top, without_some])
    return bool(top < some)


def _milliseconds(classifier: Classifier) -> float:
    durations = []
    for _ in range(_TIMED):
        started = time.perf_counter()
        explain(classifier, TWEET)
        durations.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(durations), 2)


if __name__ == "__main__":
    main()
