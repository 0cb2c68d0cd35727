"""What tweets contain beside words: mentions, links, emoticons, traces of a wrong encoding."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.text import LINK, MENTION

_HASHTAG = re.compile(r"(?<!\w)#\w*[^\W\d_]")
_EMOJI = re.compile("[\u2600-\u27bf\u2b50\U0001f000-\U0001faff]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
_ELONGATION = re.compile(r"([^\W\d_])\1{2,}")
_ADDRESS = re.compile(r"\w+://\S*")
_EMOTICON_HINT = re.compile(r"[:;=^<]|xd|_[t;]", re.IGNORECASE)
_EMOTICON = re.compile(
    r"</*3|[:;=]['’]?[-o^]?[()\[\]]|(?<!\S)[()\[\]][-o^]?[:;=](?!\S)|[:;=][-o^]?[dp]+(?!\w)"
    r"|(?<!\w)(?:[:=]-?[/\\|](?![\w/])|xd+(?!\w)|\^_*\^(?!\w)|[t;]_[t;](?!\w))",
    re.IGNORECASE,
)

# Bytes 80 to BF as Latin-1 and as Windows-1252 show them.
_TAIL = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_MOJIBAKE = re.compile(
    f"[ÂÃ]{_TAIL}|[\u00c4-\u00df][\u0080-\u009f]|[\u00e0-\u00ef]{_TAIL}{{2}}"
    f"|[\u00f0-\u00f4]{_TAIL}{{3}}"
)
_LOST = ("\ufffd", "\u00ef\u00bf\u00bd")


class Views(NamedTuple):
    """One tweet as it was read, with entities decoded, and normalised."""

    raw: str
    decoded: str
    normalized: str


@dataclass(frozen=True)
class Trait:
    """Something that a tweet contains or not."""

    name: str
    description: str
    is_in: Callable[[Views], bool]


def _has_emoticon(views: Views) -> bool:
    if not _EMOTICON_HINT.search(views.decoded):
        return False
    return _EMOTICON.search(_ADDRESS.sub(" ", views.decoded)) is not None


def _has_mojibake(views: Views) -> bool:
    return not views.raw.isascii() and _MOJIBAKE.search(views.raw) is not None


TRAITS = (
    Trait("mention", "@ and a name, or an e-mail address", lambda v: MENTION in v.normalized),
    Trait("link", "a web address", lambda v: f" {LINK} " in f" {v.normalized} "),
    Trait(
        "hashtag",
        "# and a word",
        lambda v: "#" in v.decoded and _HASHTAG.search(v.decoded) is not None,
    ),
    Trait(
        "emoji",
        "a pictograph or dingbat of Unicode",
        lambda v: not v.decoded.isascii() and _EMOJI.search(v.decoded) is not None,
    ),
    Trait("emoticon", "a face or heart made of punctuation, such as <3 or :/", _has_emoticon),
    Trait(
        "elongation",
        "a letter three times or more in a row",
        lambda v: _ELONGATION.search(v.raw.lower()) is not None,
    ),
    Trait("question mark", "?", lambda v: "?" in v.raw),
    Trait("exclamation mark", "!", lambda v: "!" in v.raw),
    Trait(
        "HTML entity",
        "an escaped character that was never decoded, such as &amp;",
        lambda v: "&" in v.raw and _ENTITY.search(v.raw) is not None,
    ),
    Trait(
        "lost character",
        "U+FFFD, itself or as its three UTF-8 bytes read as Latin-1",
        lambda v: not v.raw.isascii() and any(mark in v.raw for mark in _LOST),
    ),
    Trait(
        "mojibake",
        "sequences typical of UTF-8 read as Latin-1 or Windows-1252, such as Ã©",
        _has_mojibake,
    ),
)


def traits_of(raw: str, normalized: str) -> int:
    """Return the traits of a tweet, one bit for each of ``TRAITS``, the first the lowest."""
    decoded = html.unescape(html.unescape(raw)) if "&" in raw else raw
    views = Views(raw, decoded, normalized)
    return sum(1 << place for place, trait in enumerate(TRAITS) if trait.is_in(views))


@dataclass(frozen=True)
class Share:
    """How many of some tweets have a trait, and the 95% interval of their share."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (Wilson 1927), for the tweets as a sample of their kind."""
        if not self.total:
            return 0.0, 1.0
        squared = 1.959964**2
        scale = self.total + squared
        centre = (self.hits + squared / 2) / scale
        spread = squared * (self.hits * (self.total - self.hits) / self.total + squared / 4)
        return max(centre - spread**0.5 / scale, 0.0), min(centre + spread**0.5 / scale, 1.0)


class TraitCounter:
    """Counts the tweets of each class that have each trait."""

    def __init__(self) -> None:
        self._hits = np.zeros((2, len(TRAITS)), np.int64)
        self._rows = np.zeros(2, np.int64)

    def add(self, labels: NDArray[np.uint8], bits: NDArray[np.int64]) -> None:
        """Count some tweets, given as the bits of ``traits_of``."""
        present = (bits[:, None] >> np.arange(len(TRAITS))) & 1
        for label in (0, 1):
            self._hits[label] += present[labels == label].sum(axis=0)
            self._rows[label] += int((labels == label).sum())

    def result(self) -> dict[str, tuple[Share, Share]]:
        """Return for each trait its shares of the negative and of the positive tweets."""
        negative, positive = self._rows.tolist()
        return {
            trait.name: (
                Share(int(self._hits[0, place]), negative),
                Share(int(self._hits[1, place]), positive),
            )
            for place, trait in enumerate(TRAITS)
        }
