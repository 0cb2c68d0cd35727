"""The n-grams of a tweet: what training counts and serving looks up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

PLAIN, STEM, LEMMA = "plain", "stem", "lemma"
FORMS = (PLAIN, STEM, LEMMA)
FORM_PACKAGES = {STEM: "snowballstemmer", LEMMA: "simplemma"}

_WORD = re.compile(r"@user|[^\W_]+(?:['’][^\W_]+)*|[^\w\s]+")
_CACHED_WORDS = 65_536


@dataclass(frozen=True)
class Ngrams:
    """Which n-grams a text is taken apart into.

    Attributes:
        words: Smallest and largest number of words in an n-gram.
        characters: The same for characters within a word and the blanks around it; None for none.
        forms: ``plain`` for words as they are, ``stem`` for Snowball stems (Porter 2001, package
            snowballstemmer), ``lemma`` for dictionary forms (package simplemma). N-grams of
            characters are always taken from the words as they are.
    """

    words: tuple[int, int] = (1, 2)
    characters: tuple[int, int] | None = None
    forms: str = PLAIN

    def __call__(self, normalized: str) -> Iterator[str]:
        """Yield n-grams of words, joined by a blank, then those of characters, after a tab.

        Raises:
            ImportError: The package that makes stems or lemmas is not installed.
        """
        tokens = _WORD.findall(normalized)
        yield from _word_ngrams([*map(word_form(self.forms), tokens)], *self.words)
        if self.characters is not None:
            yield from _character_ngrams(tokens, *self.characters)

    def single_words(self, normalized: str) -> list[str]:
        """Return the words of a text in their form and order.

        Raises:
            ImportError: The package that makes stems or lemmas is not installed.
        """
        return [*map(word_form(self.forms), _WORD.findall(normalized))]


def _word_ngrams(tokens: list[str], shortest: int, longest: int) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        if size == 1:
            yield from tokens
        else:
            for start in range(len(tokens) - size + 1):
                yield " ".join(tokens[start : start + size])


def _character_ngrams(tokens: list[str], shortest: int, longest: int) -> Iterator[str]:
    for token in dict.fromkeys(tokens):
        yield from _within_word(token, shortest, longest)


@lru_cache(_CACHED_WORDS // 4)
def _within_word(token: str, shortest: int, longest: int) -> tuple[str, ...]:
    padded = f" {token} "
    return tuple(
        "\t" + padded[start : start + size]
        for size in range(shortest, min(longest, len(padded)) + 1)
        for start in range(len(padded) - size + 1)
    )


@lru_cache(maxsize=len(FORMS))
def word_form(forms: str) -> Callable[[str], str]:
    """Return the function that brings a word into its form.

    Raises:
        ValueError: The name is none of ``FORMS``.
        ImportError: The package that it needs is not installed.
    """
    if forms == PLAIN:
        return str
    if forms == STEM:
        import snowballstemmer

        return lru_cache(_CACHED_WORDS)(snowballstemmer.stemmer("english").stemWord)
    if forms == LEMMA:
        import simplemma

        return lru_cache(_CACHED_WORDS)(lambda word: str(simplemma.lemmatize(word, lang="en")))
    raise ValueError(f"{forms!r} is no form of words; choose {', '.join(FORMS)}.")
