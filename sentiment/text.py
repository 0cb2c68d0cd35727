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

_LINK = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.@-])(?:[\w-]{1,63}\.){1,4}[a-z]{2,10}/\S*")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}[a-z]{2,10}")
_LINK_ANY_CASE = re.compile(_LINK.pattern, re.IGNORECASE)
_EMAIL_ANY_CASE = re.compile(_EMAIL.pattern, re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@+\w+")
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
        text = _EMOTICON.sub(_name_emoticon, text)
    if not text.isascii():
        text = _EMOJI.sub(_name_emoji, text)
    text = _LONG_SYMBOLS.sub(r"\1\1\1", _LONG_LETTERS.sub(r"\1\1", text))
    return " ".join(text.split())


def is_blank(text: str) -> bool:
    """Return whether a text holds nothing but white space and control characters."""
    return not _clean_characters(text).strip()


def mask(text: str) -> str:
    """Return a text that may be stored: mentions, e-mail addresses and links are replaced."""
    text = _clean_characters(_decode_entities(text))
    text = _LINK_ANY_CASE.sub(LINK, text)
    return _MENTION.sub(MENTION, _EMAIL_ANY_CASE.sub(MENTION, text)).strip()


def _decode_entities(text: str) -> str:
    # Twitter's archives hold texts that were escaped twice: &amp;lt;3
    return html.unescape(html.unescape(text)) if "&" in text else text


def _clean_characters(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if _is_unreadable(character) else character
        for character in unicodedata.normalize("NFKC", text)
    )


@lru_cache(maxsize=4096)
def _is_unreadable(character: str) -> bool:
    """Control characters, lone surrogates, private use and the mark of a lost character."""
    return character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}


def _name_emoticon(match: re.Match[str]) -> str:
    return f" {match.lastgroup} "


def _name_emoji(match: re.Match[str]) -> str:
    return f" {_emoji_words(match.group(1))} "


@lru_cache(maxsize=4096)
def _emoji_words(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    if name.startswith(("regional indicator", "emoji modifier")):
        return ""
    return _NAMELESS.sub(" ", name)
