from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from training.distant_data import SAMPLE, read_extra

from sentiment.model.bundle import read_manifest
from sentiment.text import normalize
from tests.support.tweets import made_up, write_csv
from training.cli import main
from training.data import read_corpus
from training.split import TRAINING, part_of, split_corpus, text_key


def texts_of_part(part: str, template: str) -> Iterator[str]:
    return (
        text
        for n in range(10_000)
        if part_of(text_key(normalize(text := template.format(n)))) == part
    )


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    rows = [(n % 2, f"song {n} on the bus {':(' if n % 2 == 0 else ':D <3'}") for n in range(500)]
    return write_csv(tmp_path / "extra.csv", rows)


def test_emoticons_stay_in_one_tweet_of_ten(extra: Path) -> None:
    tweets = list(read_extra([extra]))
    words = {"sad", "grin", "love"}
    telling = [tweet for tweet in tweets if words & set(normalize(tweet.text).split())]
    assert len(tweets) > 350
    assert 0.03 < len(telling) / len(tweets) < 0.2
    assert all(not words & set(normalize(t.text).split()) for t in tweets if t not in telling)
    assert {tweet.sample for tweet in tweets} == {SAMPLE}


def test_retweets_are_left_out(tmp_path: Path) -> None:
    text = next(texts_of_part(TRAINING, "nice {}"))
    rows = [(1, f"RT @someone {text} :)"), (1, f"{text} START"), (1, f"so true RT: {text}")]
    assert [t.text for t in read_extra([write_csv(tmp_path / "r.csv", rows)])] == [f"{text} start"]


def test_no_row_can_move_or_remove_a_held_out_one(tmp_path: Path) -> None:
    corpus = write_csv(tmp_path / "corpus.csv", made_up(800))
    opposite = [(1 - label, f"{text} :)") for label, text in made_up(800)]
    more = read_extra([write_csv(tmp_path / "extra.csv", opposite)])
    alone = split_corpus(read_corpus(corpus))
    together = split_corpus([*read_corpus(corpus), *more])
    for name in ("validation", "test"):
        assert getattr(together, name).digest() == getattr(alone, name).digest()
    assert together.training.digest() != alone.training.digest()


def test_extra_tweets_are_trained_on(
    tmp_path: Path, extra: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    data = write_csv(tmp_path / "data.csv", made_up(600))
    files = ["--data", str(data), "--extra", str(extra)]
    places = ["--output", str(tmp_path / "bundle"), "--runs", str(tmp_path / "runs")]
    assert main(["train", "logistic", *files, *places]) == 0
    rows = len(list(read_extra([extra])))
    training = len(split_corpus(read_corpus(data)).training)
    assert f"Fitting logistic on {training + rows:,} rows" in capsys.readouterr().out
    provenance = read_manifest(tmp_path / "bundle").provenance
    assert list(provenance["data"]["files"]) == [data.name, "extra.csv"]
    assert provenance["data"]["extra"] == ["extra.csv"]
