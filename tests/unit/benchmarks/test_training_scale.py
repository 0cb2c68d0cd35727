from __future__ import annotations

from pathlib import Path

from benchmarks.training_scale import explore, train, write_corpus
from training.cli import app
from training.data import read_corpus


def test_the_corpus_is_one_that_training_reads(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    write_corpus(path, 3000)
    tweets = list(read_corpus(path))
    assert len(tweets) == 3000
    assert len({tweet.text for tweet in tweets}) > 2900
    assert 1300 < sum(tweet.label for tweet in tweets) < 1700


def test_the_commands_that_are_measured_exist(tmp_path: Path) -> None:
    for command in (train, explore):
        app.parse_args([*command(tmp_path), "--data", "tweets.csv"], exit_on_error=False)
