from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from sentiment.text import normalize
from tests.support.tweets import made_up, write_csv
from training.data import (
    DISTANT_SAMPLE,
    CorpusError,
    read_corpus,
    read_distant_data,
    read_split,
)
from training.split import TRAINING, LabelledTweet, part_of, split_corpus, text_key

OFFICIAL = (
    b'"0","1","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","someone","caf\xe9, ""no"" "\r\n'
    b'"2","2","d","q","u","neutral"\r\n'
    b'"4","3","d","q","u","yes"\r\n'
    b'"4","4","d","q","u","\xe2\x99\xa5\xe2\x99\xab"\r\n'  # looks like UTF-8
)


def read(path: Path, content: bytes) -> list[LabelledTweet]:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return list(read_corpus(path))


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_the_official_layout_and_a_header_in_any_order_are_read(
    tmp_path: Path, ending: str
) -> None:
    no, yes = LabelledTweet('café, "no" ', 0, ""), LabelledTweet("yes", 1, "")
    assert read(tmp_path / f"official.{ending}", OFFICIAL)[:2] == [no, yes]
    content = '\ufeffText,sample,Label\n"“é”\nline",random,positive\nb,,negative\nc,,neutral\n'
    assert read(tmp_path / f"header.{ending}", content.encode()) == [
        LabelledTweet("“é”\nline", 1, "random"),
        LabelledTweet("b", 0, ""),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "no column target or label"),
        (b"target,b\n1,2\n", "no column text"),
        (b"target,text\n0,a,b\n", "row 2: 3 columns instead of 2"),
        (b"target,text\n0,a\n7,b\n", "row 3: the label"),
        (b"target,text\n0,a\n4,\xa1ol\xe9!\n", "not UTF-8, for what is in line 3 .* save the"),
        ("target,text\n0,a\n".encode("utf-16"), "not UTF-8, for what is in line 1 "),
        (b'target,text\n0,"' + b"a" * 200_000 + b'"\n', "field larger"),
    ],
)
def test_a_malformed_file_is_refused_with_the_place_and_the_remedy(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    for name in ("bad.csv", "bad.csv.gz"):
        with pytest.raises(CorpusError, match=reason):
            read(tmp_path / name, content)
    with pytest.raises(CorpusError, match=r"absent\.csv"):
        list(read_corpus(tmp_path / "absent.csv"))


@pytest.fixture
def distant(tmp_path: Path) -> Path:
    rows = [(n % 2, f"song {n} on the bus {':(' if n % 2 == 0 else ':D <3'}") for n in range(500)]
    return write_csv(tmp_path / "distant.csv", rows)


def test_emoticons_stay_in_one_tweet_of_ten(distant: Path) -> None:
    tweets = list(read_distant_data([distant]))
    words = {"sad", "grin", "love"}
    kept = [tweet for tweet in tweets if words & set(normalize(tweet.text).split())]
    assert len(tweets) > 350
    assert 0.03 < len(kept) / len(tweets) < 0.2
    assert all(not words & set(normalize(t.text).split()) for t in tweets if t not in kept)
    assert {tweet.sample for tweet in tweets} == {DISTANT_SAMPLE}


def test_retweets_are_left_out(tmp_path: Path) -> None:
    text = next(f"nice {n}" for n in range(99) if part_of(text_key(f"nice {n}")) == TRAINING)
    rows = [(1, f"RT @someone {text} :)"), (1, f"{text} START"), (1, f"so true RT: {text}")]
    assert [t.text for t in read_distant_data([write_csv(tmp_path / "r.csv", rows)])] == [
        f"{text} start"
    ]


def test_no_row_can_move_or_remove_a_held_out_one(tmp_path: Path) -> None:
    corpus = write_csv(tmp_path / "corpus.csv", made_up(800))
    opposite = [(1 - label, f"{text} :)") for label, text in made_up(800)]
    more = read_distant_data([write_csv(tmp_path / "distant.csv", opposite)])
    alone = split_corpus(read_corpus(corpus))
    together = split_corpus([*read_corpus(corpus), *more])
    assert together.validation.digest() == alone.validation.digest()
    assert together.test.digest() == alone.test.digest()
    assert together.training.digest() != alone.training.digest()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [([], "no row"), ([(1, f"good {number}") for number in range(300)], "one class")],
)
def test_a_corpus_that_cannot_be_trained_on_is_refused(
    tmp_path: Path, rows: list[tuple[int, str]], reason: str
) -> None:
    with pytest.raises(CorpusError, match=reason):
        read_split([write_csv(tmp_path / "bad.csv", rows)])


def test_everything_that_is_trained_on_is_read_and_counted(
    tmp_path: Path, distant: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    data = write_csv(tmp_path / "data.csv", made_up(600))
    number = next(n for n in range(99) if part_of(text_key(f"more {n}")) == TRAINING)
    split = read_split([data], [distant], [LabelledTweet(f"more {number}", 1, "")])
    rows = len(split_corpus(read_corpus(data)).training) + len(list(read_distant_data([distant])))
    assert len(split.training) == split.counts.training == rows + 1
    assert f"training {rows + 1:,}" in caplog.text
