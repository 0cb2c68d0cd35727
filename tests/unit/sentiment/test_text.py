from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text import has_emoji, has_emoticon, is_blank, mask, normalize

EXAMPLES = {
    "I LOVE it": "i love it",
    "  a \t b\n\nc ": "a b c",
    "fish &amp; chips &lt;b&gt;": "fish & chips <b>",
    "&amp;lt;3 you": "love you",
    "@Bob hi, @@al_1 and a.b+c@mail.example.org": "@user hi, @user and @user",
    "see http://t.co/Ab1 and WWW.site.org/x?y=1": "see http and http",
    "bit.ly/abc and/or e.g. no.1": "http and/or e.g. no.1",
    "soooo gooood!!!!!!": "soo good!!!",
    "hmm.... 1000000": "hmm... 1000000",
    "yes :) no :-( maybe :/ ok ;)": "yes smile no sad maybe unsure ok wink",
    ":'( =D xD XD :P <3 </3 ^_^ T_T": (
        "crying grin grin grin playful love heartbroken smile crying"
    ),
    "at 10:30 (see this): x://y": "at 10:30 (see this): x://y",
    "😂😂😂 👍🏽 ❤️ ☺": "face with tears of joy thumbs up heart smiling face",
    "𝗹𝗼𝘃𝗲 ＠bob ﬁne": "love @user fine",
    "a\ud800b\x00c\ufffdd": "a b c d",
    "مرحبا بالعالم": "مرحبا بالعالم",
    "🇫🇷": "",
}


@pytest.mark.parametrize(("raw", "expected"), EXAMPLES.items())
def test_a_tweet_has_one_normal_form(raw: str, expected: str) -> None:
    assert normalize(raw) == expected


@pytest.mark.parametrize(
    "raw", ["so :(", "&amp;lt;3 it", "xD", "great:)", "^_^", ";-) ok", "T_T", "(: hey", ":'( no"]
)
def test_an_emoticon_is_found(raw: str) -> None:
    assert has_emoticon(raw)


@pytest.mark.parametrize("raw", ["at 10:30", "option a: yes; b) no", "http://example.org/:)x"])
def test_other_punctuation_is_no_emoticon(raw: str) -> None:
    assert not has_emoticon(raw)


def test_an_emoji_is_found_where_it_is_written_or_escaped() -> None:
    assert has_emoji("nice ♥")
    assert has_emoji("&#9829; you")
    assert not has_emoji("café <3")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_can_be_normalised_and_has_no_stray_blanks(raw: str) -> None:
    normal = normalize(raw)
    assert normal == " ".join(normal.split())
    assert normal == normal.lower() or not normal.isascii()


@given(st.from_regex(r"[a-z @#!?.,:;()<>/'=^_-]{0,80}", fullmatch=True))
def test_no_user_name_survives(raw: str) -> None:
    normal = normalize(f"hello @Secret_Name {raw}")
    assert "secret_name" not in normal


def test_a_text_is_blank_where_every_character_is_white_or_unreadable() -> None:
    unreadable = re.compile(
        "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]"
    )
    for character in map(chr, range(sys.maxunicode + 1)):
        expected = character.isspace() or unreadable.match(character) is not None
        assert is_blank(character) is expected
    assert is_blank("")
    assert not is_blank("\x00 a")


def test_a_text_that_grows_when_unified_stays_bounded() -> None:
    assert len(normalize("\ufdfa" * 4000)) <= 4000


def test_a_stored_text_keeps_its_words_but_not_who_or_where() -> None:
    text = "RT @Bob: Loved THIS &amp; that :) HTTPS://t.co/Abc Me@X.org +1 (555) 123-4567 in 2009"
    assert mask(text) == "RT @user: Loved THIS & that :) http @user 0000000 in 2009"


SECRETIVE = [
    "ありがとう@bob_smith",
    "é@bob",
    "RT@bob thanks",
    "me@bob.рф",
    f"{'x' * 80}@bob.org",
    "@\u200bbob",
    "see bob.com/bob and BOB.CO.UK",
    "@@bob @bob@bob",
    "(@bob)",
]


@pytest.mark.parametrize("text", SECRETIVE)
def test_no_spelling_hides_a_name_from_the_mask(text: str) -> None:
    assert "bob" not in mask(text).lower()


@given(st.text(alphabet="@ aZ._é+-", max_size=20), st.text(alphabet="@ aZ._é+-", max_size=20))
def test_no_user_name_is_stored(before: str, after: str) -> None:
    assert "secretname" not in mask(f"{before}@secretname {after}")


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)
