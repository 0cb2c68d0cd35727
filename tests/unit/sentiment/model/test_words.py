from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentiment.model.words import find_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I don't like it.", ["I", "don't", "like", "it"]),
        ("great, really great!!", ["great", "really", "great", "!!"]),
        ("love it😍😍 so", ["love", "it", "😍😍", "so"]),
        ("thumbs 👍🏽 up", ["thumbs", "👍🏽", "up"]),
        ("👨‍👩‍👧 at home", ["👨‍👩‍👧", "at", "home"]),
        ("cafe\u0301 e\u0301te\u0301", ["cafe\u0301", "e\u0301te\u0301"]),
        ("@airline thanks #winning", ["@airline", "thanks", "#winning"]),
        ("see https://t.co/x?y=1 now", ["see", "https://t.co/x?y=1", "now"]),
        ("Tom &amp; Jerry &lt;3", ["Tom", "&amp;", "Jerry", "&lt;3"]),
        ("so sad :( ok :-D", ["so", "sad", ":(", "ok", ":-D"]),
        ("what a day:(", ["what", "a", "day", ":("]),
        ("self-made (really?)", ["self-made", "really", "?)"]),
        ("今日は楽しい", ["今日は楽しい"]),
        ("...", []),
        ("", []),
        (" \t\n", []),
    ],
)
def test_words_are_found_where_a_reader_sees_them(text: str, words: list[str]) -> None:
    assert [text[word.start : word.end] for word in find_words(text)] == words


@given(st.text())
def test_words_lie_in_order_inside_the_text_and_hold_no_blank(text: str) -> None:
    end = 0
    for word in find_words(text):
        assert end <= word.start < word.end <= len(text)
        assert not any(character.isspace() for character in text[word.start : word.end])
        end = word.end
