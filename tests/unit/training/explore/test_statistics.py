from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.corpora import found, tweets
from training.data import CorpusError
from training.explore import statistics
from training.explore.growth import GrowthCounter
from training.explore.statistics import Accumulator, explore
from training.split import LabelledTweet


def test_classes_are_counted_in_all_and_by_file_and_sample() -> None:
    rows = [
        (LabelledTweet("bad", 0, "random"), Path("here/a.csv")),
        (LabelledTweet("good", 1, "random"), Path("there/b.csv")),
        (LabelledTweet("fine", 1, ""), Path("there/b.csv")),
    ]
    result = explore(rows)
    assert (result.total.negative, result.total.positive) == (1, 2)
    assert [(g.name, g.negative, g.positive) for g in result.files] == [
        ("a.csv", 1, 0),
        ("b.csv", 0, 2),
    ]
    assert [(g.name, g.negative, g.positive) for g in result.samples] == [
        ("(not given)", 0, 1),
        ("random", 1, 1),
    ]


def test_lengths_are_of_the_text_as_written_and_of_the_normalised_tokens() -> None:
    result = found((0, "  so   bad!!  "), (1, "&lt;3 it"))
    assert result.characters.quantile(1, 0) == len("so   bad!!")
    assert result.tokens.quantile(1, 0) == 3
    assert result.characters.quantile(1, 1) == len("&lt;3 it")
    assert result.tokens.quantile(1, 1) == 2


def test_blank_tweets_are_counted_apart() -> None:
    result = found((0, "bad"), (0, " \ufffd "), (1, "good"))
    assert (result.total.total, result.blank.negative, result.blank.positive) == (3, 1, 0)
    assert result.copies.rows == 2


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no positive or negative tweet"),
        ([(0, ""), (1, "\x00")], "no positive or negative tweet"),
        ([(1, "good"), (1, "fine")], "All tweets with a text are positive"),
        ([(0, "bad"), (1, " ")], "All tweets with a text are negative"),
    ],
)
def test_a_corpus_without_both_classes_is_refused_with_the_remedy(
    rows: list[tuple[int, str]], reason: str
) -> None:
    with pytest.raises(CorpusError, match=reason):
        found(*rows)


def test_names_behind_an_at_sign_are_no_words_even_where_they_are_glued() -> None:
    rows = [(label, "cafe@somename good @othername") for label in (0, 1)] * 20
    rows += [(0, "calm")] * 20
    result = found(*rows)
    shown = {word.word for side in result.words.telling for word in side}
    assert "calm" in shown
    assert not any("name" in word for word in shown)


def test_results_do_not_depend_on_the_size_of_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(number % 2, f"tweet {number % 70} of {number % 13}") for number in range(500)]
    whole = found(*rows)
    monkeypatch.setattr(statistics, "BATCH_ROWS", 7)
    pieces = found(*rows)
    assert pieces.copies == whole.copies
    assert pieces.growth == whole.growth
    assert pieces.traits == whole.traits
    assert pieces.words.telling == whole.words.telling
    assert (pieces.tokens.counts == whole.tokens.counts).all()


def test_long_texts_are_counted_in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    add = GrowthCounter.add

    def spy(self: GrowthCounter, batch: Sequence[Sequence[str]]) -> None:
        sizes.append(len(batch))
        add(self, batch)

    monkeypatch.setattr(GrowthCounter, "add", spy)
    monkeypatch.setattr(statistics, "BATCH_CHARACTERS", 3000)
    found(*((number % 2, "long " * 300 + str(number)) for number in range(20)))
    assert sizes == [2] * 10


def test_any_number_of_samples_takes_bounded_room() -> None:
    rows = [(LabelledTweet("text", n % 2, f"sample {n}"), Path("a.csv")) for n in range(500)]
    groups = explore(rows).samples
    assert len(groups) <= statistics.MAX_GROUPS + 1
    assert sum(group.total for group in groups) == 500


def test_a_sample_that_holds_a_user_name_or_a_text_is_masked_and_cut() -> None:
    (group,) = found((0, "a"), (1, "b"), sample="from @somebody " + "and more " * 20).samples
    assert group.name.startswith("from @user and")
    assert len(group.name) <= 32


def test_the_word_table_keeps_to_its_capacity() -> None:
    accumulator = Accumulator(capacity=50)
    for tweet, path in tweets(*((n % 2, f"word{n} the") for n in range(400))):
        accumulator.add(tweet, path.name)
    words = accumulator.result().words
    assert words.kept <= 50
    assert words.understated > 0
