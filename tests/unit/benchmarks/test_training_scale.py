from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.training_scale import explore, measure, train, write_corpus
from training.data import read_corpus


def test_the_corpus_is_one_that_training_reads(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    write_corpus(path, 3000)
    tweets = list(read_corpus(path))
    assert len(tweets) == 3000
    assert len({tweet.text for tweet in tweets}) > 2900
    assert 1300 < sum(tweet.label for tweet in tweets) < 1700


@pytest.mark.parametrize("command", [train, explore])
def test_memory_and_time_are_measured(command: Callable[[Path], list[str]]) -> None:
    figures = measure(2000, command)
    assert figures["rows"] == 2000
    assert figures["seconds"] > 0
    assert 0.05 < figures["peak_gigabytes"] < 4
