"""A vocabulary of words, learned from normalised tweets and kept as a ``tokenizers`` file."""

from __future__ import annotations

from collections.abc import Sequence

PAD, UNKNOWN = "[PAD]", "[UNK]"

# A mention, a word with its apostrophes, or a run of punctuation as in emoticons.
_WORD = r"@user|[^\W_]+(?:'[^\W_]+)*|[^\w\s]+"
_CURLY_APOSTROPHES = "[‘’]"


def learn_vocabulary(texts: Sequence[str], size: int, min_occurrences: int) -> str:
    """Return the ``tokenizers`` JSON of the most frequent words.

    Padding has the id 0 and the unknown word the id 1; the others follow by falling frequency,
    equal ones in alphabetical order.

    Args:
        texts: Normalised tweets.
        size: How many ids there are at most.
        min_occurrences: How often a word must occur; above 1, the unknown word gets trained, too.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Replace(Regex(_CURLY_APOSTROPHES), "'")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), "removed", invert=True)
    trainer = trainers.WordLevelTrainer(
        vocab_size=size,
        min_frequency=min_occurrences,
        special_tokens=[PAD, UNKNOWN],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer, length=len(texts))
    description: str = tokenizer.to_str()
    return description


def words_of(description: str) -> list[str]:
    """Return the words of a vocabulary in the order of their ids."""
    from tokenizers import Tokenizer

    ids: dict[str, int] = Tokenizer.from_str(description).get_vocab()
    return sorted(ids, key=ids.__getitem__)
