from __future__ import annotations

import random

import pytest

from tests.support.corpora import found
from tests.support.tweets import made_up
from training.explore.copies import Copies
from training.split import LabelledTweet, split_corpus

ONCE, TWICE, TORN, MANY = "only once", "a twin", "both ways", "everywhere"
ROWS = [
    (0, ONCE),
    *[(1, TWICE)] * 2,
    (1, "A  TWIN"),
    *[(0, TORN), (0, "Both ways"), (1, TORN)],
    *[(1, MANY)] * 119,
    (0, MANY),
]


@pytest.fixture(scope="module")
def copies() -> Copies:
    return found(*ROWS).copies


def test_texts_are_the_same_when_they_are_after_normalisation(copies: Copies) -> None:
    assert (copies.rows, copies.texts, copies.repeats) == (127, 4, 123)
    assert copies.largest == 120


def test_texts_with_both_labels_are_counted_with_their_rows(copies: Copies) -> None:
    assert (copies.contradicting, copies.contradicting_rows) == (2, 123)


def test_the_outvoted_rows_are_those_a_majority_of_labels_gets_wrong(copies: Copies) -> None:
    assert copies.outvoted == 2


def test_texts_are_grouped_by_how_often_they_occur(copies: Copies) -> None:
    groups = {group.name: (group.agreeing, group.contradicting, group.rows)
              for group in copies.groups}  # fmt: skip
    assert groups == {
        "1": (1, 0, 1),
        "2": (0, 0, 0),
        "3–4": (1, 1, 6),
        "5–9": (0, 0, 0),
        "10–99": (0, 0, 0),
        "100+": (0, 1, 120),
    }


def test_the_order_of_the_rows_does_not_matter(copies: Copies) -> None:
    shuffled = random.Random(3).sample(ROWS, len(ROWS))
    assert found(*shuffled).copies == copies


def test_the_counts_are_those_by_which_training_drops_rows() -> None:
    generator = random.Random(5)
    rows = [(generator.randrange(2), text) for _, text in made_up(300)] * 2
    rows += [(generator.randrange(2), text) for _, text in rows]
    counts = split_corpus(LabelledTweet(text, label, "") for label, text in rows).counts
    copies = found(*rows).copies
    assert copies.repeats == counts.duplicates
    assert copies.contradicting == counts.contradicting > 0
