from __future__ import annotations

from pathlib import Path

from sentiment.text import mask, normalize
from tests.support.tweets import made_up, write_csv
from training.retrain import Feedback, is_replayed, keep_apart, keys_of, read_feedback
from training.split import TEST, TRAINING, LabelledTweet, Split, part_of, split_corpus, text_key


def read(tmp_path: Path, rows: list[tuple[int, str]]) -> Feedback:
    file = write_csv(tmp_path / "feedback.csv", rows)
    return read_feedback([file, file])  # a text in two files counts once


def split_with(base: list[tuple[int, str]], feedback: Feedback) -> Split:
    rows = [LabelledTweet(text, label, "") for label, text in base]
    return split_corpus([*rows, *feedback.training])


def test_three_of_ten_and_whatever_is_held_out_are_kept_for_the_replay(tmp_path: Path) -> None:
    rows = read(tmp_path, [*made_up(2000), (1, "good day"), (1, "GOOD   day"), (0, " ")])
    assert len(rows.training) + len(rows.replay) == 2001
    assert 0.36 < len(rows.replay) / 2001 < 0.45
    assert all(part_of(text_key(normalize(tweet.text))) == TRAINING for tweet in rows.training)
    assert not {tweet.text for tweet in rows.training} & {tweet.text for tweet in rows.replay}


def test_no_row_is_both_trained_on_and_replayed(tmp_path: Path) -> None:
    tweets = made_up(900)
    feedback = read(tmp_path, tweets[300:])
    split = split_with(tweets[:600], feedback)
    apart, kept = keep_apart(split, feedback)
    assert set(keys_of(feedback.replay).tolist()) & set(split.training.keys.tolist())
    replayed = set(keys_of(kept.replay).tolist())
    assert replayed
    assert not replayed & set(apart.training.keys.tolist())
    assert kept.training == feedback.training
    assert apart.training.digest() == split.training.digest()
    alone = split_with(tweets[:600], Feedback((), ()))
    assert apart.test.digest() == alone.test.digest()
    assert apart.validation.digest() == alone.validation.digest()


def test_a_held_out_tweet_that_comes_back_masked_is_not_trained_on(tmp_path: Path) -> None:
    raw = next(
        text
        for number in range(10_000)
        if part_of(text_key(normalize(text := f"bad, call {5_550_000 + number}, bus {number}")))
        == TEST
        and not is_replayed(text_key(normalize(mask(text))))
    )
    feedback = read(tmp_path, [*made_up(50, seed=1), (0, mask(raw))])
    split = split_with([*made_up(300), (0, raw)], feedback)
    assert raw in split.test.raw
    assert normalize(mask(raw)) in split.training.texts
    apart, kept = keep_apart(split, feedback)
    assert normalize(mask(raw)) not in apart.training.texts
    assert len(apart.training) == len(split.training) - 1 == apart.counts.training
    assert apart.counts.set_aside == split.counts.set_aside + 1
    assert len(kept.training) == len(feedback.training) - 1
    assert kept.replay == feedback.replay
