from __future__ import annotations

import pytest

from sentiment.encoder import NgramEncoder, ngrams


def test_ngrams_are_words_then_pairs_then_characters_within_words() -> None:
    assert list(ngrams("it's @user :)", (1, 2), None)) == [
        "it's",
        "@user",
        ":)",
        "it's @user",
        "@user :)",
    ]
    assert list(ngrams("ab ab", (1, 1), (3, 4))) == ["ab", "ab", "\t ab", "\tab ", "\t ab "]


@pytest.mark.parametrize("text", ["", "unknown words"])
def test_a_text_without_known_ngrams_has_no_ids(text: str) -> None:
    assert NgramEncoder(["a"], (1, 1), None, 8).encode(text) == ([], False)


def test_each_ngram_counts_once_and_ids_start_at_one() -> None:
    encoder = NgramEncoder(["a", "b", "a b"], (1, 2), None, 8)
    assert encoder.encode("a b a b") == ([1, 2, 3], False)


def test_more_ids_than_allowed_are_cut_and_told() -> None:
    assert NgramEncoder(["a", "b", "c"], (1, 1), None, 2).encode("a b c") == ([1, 2], True)
