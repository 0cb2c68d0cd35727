from __future__ import annotations

import pytest

from sentiment.text import normalize
from tests.support.corpora import found
from training.explore.traits import TRAITS, Share, traits_of

EXAMPLES = {
    "mention": ["hi @somebody", "mail a.b@example.org now", ".@somebody look"],
    "link": ["see http://example.org/x", "www.example.org", "bit.ly/abc it is"],
    "hashtag": ["#monday again", "so #2fast"],
    "emoji": ["nice ♥", "ha 😀", "&#9829; you"],
    "emoticon": ["so :(", "well :/", "&lt;3 it", "&amp;lt;3 it", "xD", "great:)", "^_^", ";-) ok",
                 "T_T", "(: hey", ":'( no", "=D"],
    "elongation": ["soooo", "NOOOoo"],
    "question mark": ["why?"],
    "exclamation mark": ["yes!"],
    "HTML entity": ["this &amp; that", "&#39;so&#39;", "&quot;"],
    "lost character": ["what\ufffds up", "whatï¿½s up"],
    "mojibake": ["cafÃ©", "itâ€™s", "it\u00e2\u0080\u0099s", "ðŸ˜€", "Â£5", "whatï¿½s"],
}  # fmt: skip
PLAIN = [
    "just some words",
    "at 10:30, or (maybe) 5 @ home",
    "100% café, voilà… naïve",
    "AT&T #1 book, too good",
    "option a: yes; b) no",
]


def names(text: str) -> set[str]:
    bits = traits_of(text, normalize(text))
    return {trait.name for place, trait in enumerate(TRAITS) if bits >> place & 1}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in EXAMPLES.items() for text in texts]
)
def test_a_trait_is_seen_where_it_is(name: str, text: str) -> None:
    assert name in names(text)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_has_no_trait(text: str) -> None:
    assert names(text) == set()


def test_every_trait_has_an_example() -> None:
    assert set(EXAMPLES) == {trait.name for trait in TRAITS}


def test_a_link_is_no_emoticon() -> None:
    assert names("http://example.org/:)x https://a.example/=D") == {"link"}


@pytest.mark.parametrize("text", EXAMPLES["emoticon"])
def test_what_counts_as_an_emoticon_is_what_normalisation_names(text: str) -> None:
    words = normalize(text).split()
    assert set(words) & {"heartbroken", "love", "crying", "sad", "wink", "grin", "smile", "unsure"}


def test_shares_are_counted_by_class() -> None:
    traits = found((0, "no"), (0, "no!"), (0, "nooo!"), (1, "yes!"), (1, "yesss?")).traits
    assert traits["exclamation mark"] == (Share(2, 3), Share(1, 2))
    assert traits["elongation"] == (Share(1, 3), Share(1, 2))
    assert traits["question mark"] == (Share(0, 3), Share(1, 2))


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert Share(9, 10).interval == pytest.approx((0.59585, 0.98213), abs=1e-4)
    low, high = Share(0, 10).interval
    assert low == 0
    assert 0 < high < 0.3
    assert Share(0, 0).interval == (0, 1)
