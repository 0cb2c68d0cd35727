from __future__ import annotations

from benchmarks.explanation import TWEETS, measure
from sentiment.bundle import read_bundle
from sentiment.classifier import Classifier
from sentiment.settings import read_settings
from tests.model.behaviours import THINGS


def test_the_words_that_are_said_to_count_do_count() -> None:
    texts = [
        f"so today at the station I {verb} that {adjective} {thing} of my friend"
        for verb in ("loved", "hated", "missed", "enjoyed")
        for adjective in ("awesome", "horrible", "great", "lovely")
        for thing in THINGS
    ][: TWEETS // 10]
    figures = measure(Classifier(read_bundle(read_settings({}).bundle)), texts)
    assert figures["tweets"] == TWEETS // 10
    assert figures["rate"]["value"] >= 0.7
    assert figures["milliseconds"] > 0
