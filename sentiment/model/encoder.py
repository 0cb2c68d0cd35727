"""From normalised text to token ids, as the bundle's manifest describes it."""

from __future__ import annotations

from typing import Any, NamedTuple

from sentiment import text
from sentiment.model import bundle
from sentiment.model.ngrams import PLAIN, Ngrams, word_form

PAD_ID = 0
NGRAMS = "ngrams"
TOKENIZERS = "tokenizers"

_NO_ID = -1


class Encoding(NamedTuple):
    """A text as the model reads it.

    Attributes:
        ids: Token ids above 0.
        truncated: Whether some ids had to be cut off.
        unknown: The share of the text's tokens that the bundle does not know, 0 to 1; 0 for none.
    """

    ids: list[int]
    truncated: bool
    unknown: float


class NgramEncoder:
    """The set of a tweet's known word and character n-grams.

    Args:
        vocabulary: The n-grams in the order of their ids, the first being 1. A character n-gram
            is marked by a leading tab, which no normalised text contains.
        ngrams: What a text is taken apart into.
        max_tokens: How many ids are kept at most.
    """

    def __init__(self, vocabulary: list[str], ngrams: Ngrams, max_tokens: int) -> None:
        self._ids = {ngram: number for number, ngram in enumerate(vocabulary, start=1)}
        self._ngrams = ngrams
        self._max_tokens = max_tokens

    @property
    def largest_id(self) -> int:
        """The id of the vocabulary's last n-gram."""
        return len(self._ids)

    def encode(self, normalized: str) -> Encoding:
        """Return the distinct ids in order of appearance.

        The unknown share is that of the distinct single words: a pair of known words, or a rare
        sequence of characters, may be new without the text being strange.
        """
        found = dict.fromkeys(map(self._ids.get, self._ngrams(normalized)))
        found.pop(None, None)
        ids = [number for number in found if number is not None]
        return Encoding(
            ids[: self._max_tokens], len(ids) > self._max_tokens, self._unknown(normalized)
        )

    def _unknown(self, normalized: str) -> float:
        words = set(self._ngrams.single_words(normalized))
        return sum(word not in self._ids for word in words) / len(words) if words else 0.0


class PieceEncoder:
    """Words or word pieces, in order, as a file of the ``tokenizers`` library describes them.

    Args:
        description: The library's JSON; its ids have no gap, that of the padding token is 0.
        max_tokens: How many ids are kept at most, special tokens included.
    """

    def __init__(self, description: str, max_tokens: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_str(description)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._unknown_id = self._find_unknown()

    @property
    def largest_id(self) -> int:
        """The largest id of the tokenizer's vocabulary, whose ids have no gap."""
        return int(self._tokenizer.get_vocab_size()) - 1

    def encode(self, normalized: str) -> Encoding:
        """Return the ids in order.

        The unknown share is that of the tokens that are read, special ones such as ``[CLS]`` left
        out; a file without a token for the unknown knows everything.
        """
        encoding = self._tokenizer.encode(normalized)
        ids = encoding.ids
        tokens = len(ids) - sum(encoding.special_tokens_mask)
        unknown = ids.count(self._unknown_id) / tokens if tokens else 0.0
        return Encoding(ids, bool(encoding.overflowing), unknown)

    def _find_unknown(self) -> int:
        token = getattr(self._tokenizer.model, "unk_token", None)
        number = None if token is None else self._tokenizer.token_to_id(token)
        return _NO_ID if number is None else int(number)


def make_encoder(source: bundle.Bundle) -> NgramEncoder | PieceEncoder:
    """Return the encoder that a bundle describes.

    Raises:
        BundleError: The bundle needs an encoder or a normaliser that this app does not have.
    """
    described = source.manifest.encoder
    if described.normalizer != text.NORMALIZER:
        raise bundle.BundleError(
            f"{bundle.MANIFEST_FILE} needs the normaliser {described.normalizer!r}; this app has"
            f" {text.NORMALIZER!r}. Deploy the app that the bundle was made for."
        )
    if described.type == NGRAMS:
        return _make_ngram_encoder(source)
    if described.type == TOKENIZERS:
        return _make_piece_encoder(source)
    raise bundle.BundleError(
        f"{bundle.MANIFEST_FILE} needs an encoder of type {described.type!r};"
        f" this app has {NGRAMS!r} and {TOKENIZERS!r}."
    )


def _make_piece_encoder(source: bundle.Bundle) -> PieceEncoder:
    described = source.manifest.encoder
    try:
        return PieceEncoder(source.encoder_file.decode("utf-8"), described.max_tokens)
    except ImportError as error:
        raise bundle.BundleError(
            "This bundle needs the package tokenizers: pip install -r requirements.txt"
        ) from error
    except Exception as error:  # the library raises bare exceptions
        raise bundle.BundleError(f"{described.file} is no tokenizer file: {error}") from error


def _make_ngram_encoder(source: bundle.Bundle) -> NgramEncoder:
    described = source.manifest.encoder
    try:
        ngrams = _read_options(described.options)
        word_form(ngrams.forms)
        vocabulary = source.encoder_file.decode("utf-8").split("\n")
        return NgramEncoder(vocabulary, ngrams, described.max_tokens)
    except ImportError as error:
        raise bundle.BundleError(
            f"This bundle needs the package {error.name}: pip install {error.name}"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise bundle.BundleError(
            f"{described.file} or the options of its encoder are malformed: {error!r}."
        ) from error


def _read_options(options: dict[str, Any]) -> Ngrams:
    shortest, longest = options["words"]
    characters = options.get("characters")
    return Ngrams(
        (int(shortest), int(longest)),
        (int(characters[0]), int(characters[1])) if characters else None,
        str(options.get("forms", PLAIN)),
    )
