"""Turn a raw tweet into the one form that every model is trained on and served with."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

NORMALIZER = "tweet-1"
"""Name of the rules below. A bundle records it; change it whenever a rule changes."""

MENTION = "@user"
LINK = "http"
NUMBER = "0000000"

BLANK = (
    r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ue000-\uf8ff\ufffd"
    "\U000f0000-\U0010ffff"
)
"""White space and what is unreadable, in the notation that Python and JSON Schema share."""

_LONGEST = 4000
_READABLE = re.compile(f"[^{BLANK}\ud800-\udfff]")
_UNREADABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]"
)
"""Control characters, lone surrogates, private use and the mark of a lost character."""

_LINK = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.@-])(?:[\w-]{1,63}\.){1,4}[a-z]{2,10}/\S*")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}[a-z]{2,10}")
# The same as (?<!\w)@+\w+, but linear in a run of @.
_MENTION = re.compile(r"(?:(?<![\w@])|(?<=\w@))@+\w+")

# What is stored is masked more eagerly than what a model reads: rather a word lost than a name.
_INVISIBLE = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_ANY_LINK = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w.@-])(?:[\w-]{1,63}\.){1,4}"
    r"(?:com|net|org|edu|gov|info|biz|io|tv|ly|fm|uk|de|fr|eu|ca|au|jp|br)\b(?:/\S*)?",
    re.IGNORECASE,
)
_ANY_EMAIL = re.compile(r"(?<![^\s@])[^\s@]{1,254}@[^\s@]{1,254}\.[^\s@.]{2,}")
_ANY_MENTION = re.compile(r"(?<!@)@+\w+")
_LONG_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ ().-]{0,2}\d){6,30}(?!\w)")
_LONG_LETTERS = re.compile(r"([^\W\d_])\1{2,}")
_LONG_SYMBOLS = re.compile(r"([^\w\s])\1{3,}")
_EMOJI = re.compile("([\u2600-\u27bf\u2b50\U0001f000-\U0001faff])(?:\\1|[\ufe0f\u200d\\s])*")
_NAMELESS = re.compile(r"\b(?:heavy|black|white|sign|symbol)\b")

# What an emoticon means, in a word that tweets use. The corpus was labelled by emoticons and then
# stripped of them, so a model can only know them through such words.
_EMOTICONS: tuple[tuple[str, str], ...] = (
    ("heartbroken", r"</+3"),
    ("love", r"<3+"),
    ("crying", r"[:=;]'-?\(+|(?<!\w)[t;]_[t;](?!\w)"),
    ("sad", r"[:=][-o^]?[(\[]+|(?<!\S)[)\]][-o^]?[:=](?!\S)"),
    ("wink", r";[-o^]?[)\]]+"),
    ("grin", r"[:=][-o^]?d+(?!\w)|(?<!\w)xd+(?!\w)"),
    ("smile", r"[:=][-o^]?[)\]]+|(?<!\S)[(\[][-o^]?[:=](?!\S)|(?<!\w)\^_*\^(?!\w)"),
    ("playful", r"[:=;]-?p(?!\w)"),
    ("unsure", r"(?<!\w)[:=]-?[/\\|](?![\w/])"),
)
_EMOTICON_HINT = re.compile(r"[:;=^<]|xd|_[t;]")
_EMOTICON = re.compile("|".join(f"(?P<{word}>{pattern})" for word, pattern in _EMOTICONS))


def normalize(text: str) -> str:
    """Return the normal form of a tweet.

    HTML entities are decoded, characters unified (NFKC, lower case), links become ``http``,
    mentions and e-mail addresses ``@user``, emoticons and emoji words; letters repeated three
    times or more are cut to two, other symbols to three; white space is one blank.

    Args:
        text: Any string, lone surrogates and control characters included.

    Returns:
        The normal form; empty if nothing readable is left. Normalising it again changes nothing
        but what decoding an entity uncovered.
    """
    text = _clean_characters(_decode_entities(text)).lower()
    if "/" in text or "www." in text:
        text = _LINK.sub(f" {LINK} ", text)
    if "@" in text:
        text = _MENTION.sub(MENTION, _EMAIL.sub(MENTION, text))
    if _EMOTICON_HINT.search(text):
        text = _EMOTICON.sub(lambda found: f" {found.lastgroup} ", text)
    if not text.isascii():
        text = _EMOJI.sub(lambda found: f" {_emoji_words(found[1])} ", text)
    text = _LONG_SYMBOLS.sub(r"\1\1\1", _LONG_LETTERS.sub(r"\1\1", text))
    return " ".join(text.split())


def is_blank(text: str) -> bool:
    """Return whether a text holds nothing but white space and control characters."""
    return _READABLE.search(text) is None


def is_emoticon(text: str) -> bool:
    """Return whether a text is an emoticon and nothing else."""
    return _EMOTICON.fullmatch(text.lower()) is not None


def has_emoticon(text: str) -> bool:
    """Return whether a raw text holds an emoticon outside its links."""
    text = _clean_characters(_decode_entities(text)).lower()
    if not _EMOTICON_HINT.search(text):
        return False
    return _EMOTICON.search(_LINK.sub(" ", text)) is not None


def has_emoji(text: str) -> bool:
    """Return whether a raw text holds a pictograph or dingbat of Unicode."""
    return _EMOJI.search(_decode_entities(text)) is not None


def remove_emoticons(text: str) -> str:
    """Return a text in lower case, with a blank in the place of each emoticon."""
    return _EMOTICON.sub(" ", _clean_characters(_decode_entities(text)).lower())


def mask(text: str) -> str:
    """Return a text that may be stored, without mentions, addresses, links and long numbers."""
    text = _INVISIBLE.sub("", _clean_characters(_decode_entities(text)))
    text = _ANY_LINK.sub(LINK, _ANY_EMAIL.sub(MENTION, text))
    return _LONG_NUMBER.sub(NUMBER, _ANY_MENTION.sub(MENTION, text)).strip()


def _decode_entities(text: str) -> str:
    # Twitter's archives hold texts that were escaped twice: &amp;lt;3
    return html.unescape(html.unescape(text)) if "&" in text else text


def _clean_characters(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    # Some characters become many when they are unified.
    return _UNREADABLE.sub(" ", unicodedata.normalize("NFKC", text)[:_LONGEST])


@lru_cache(maxsize=4096)
def _emoji_words(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    if name.startswith(("regional indicator", "emoji modifier")):
        return ""
    return _NAMELESS.sub(" ", name)
