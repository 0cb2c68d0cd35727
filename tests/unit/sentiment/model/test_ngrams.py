from __future__ import annotations

import pytest

from sentiment.model.ngrams import Ngrams


def test_ngrams_are_words_then_pairs_then_characters_within_words() -> None:
    assert list(Ngrams((1, 2))("it's @user :)")) == [
        "it's",
        "@user",
        ":)",
        "it's @user",
        "@user :)",
    ]
    assert list(Ngrams((1, 1), (3, 4))("ab ab")) == ["ab", "ab", "\t ab", "\tab ", "\t ab "]


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        ("plain", ["loved", "running", "buses", "@user"]),
        ("stem", ["love", "run", "buse", "@user"]),
        ("lemma", ["love", "run", "bus", "@user"]),
    ],
)
def test_words_can_be_brought_into_one_form(forms: str, expected: list[str]) -> None:
    assert list(Ngrams((1, 1), forms=forms)("loved running buses @user")) == expected


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="plain, stem, lemma"):
        list(Ngrams(forms="odd")("a"))
