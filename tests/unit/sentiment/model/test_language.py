from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.model.language import is_probably_english

ENGLISH = [
    "I love this phone, it is awesome",
    "omg sooo tired lol",
    "meh",
    "",
    "😍😍😍",
    "@someone",
    "https://example.com/que/para/los",
    "#merci #beaucoup",
    "my fiancé loves this café",
    "just had a crème brûlée in Zürich and it was lovely",
    "die hard is on tonight, me and my son are watching it",
    "que sera sera",
    "no sleep 2nite ugh hw due tmrw",
    "la la la la",
    "I don’t know what to say about Beyoncé",
    "Köln was cold but we had a lot of fun there",
]
FOREIGN = [
    "je suis trop fatiguée, c'est nul",
    "le train est encore en retard et personne ne dit rien",
    "estoy muy contento con el nuevo teléfono",
    "não gosto de acordar cedo, que sono",
    "ich habe heute keine Lust auf Arbeit",
    "oggi è una giornata bellissima, sono felice",
    "ik ben zo moe en het regent ook nog",
    "aku sudah tidak bisa tidur lagi",
    "bugün hava çok güzel ve ben mutluyum",
    "сегодня очень плохая погода",
    "今日はとても楽しかった",
    "오늘 정말 행복해요",
    "هذا اليوم جميل جدا",
    "היום היה יום נהדר",
    "σήμερα είμαι πολύ χαρούμενος",
    "आज का दिन बहुत अच्छा है",
    "@someone сегодня http://example.com/the/best/of/all",
]


@pytest.mark.parametrize("text", ENGLISH)
def test_english_and_what_says_too_little_is_english(text: str) -> None:
    assert is_probably_english(text)
    assert is_probably_english(text.upper())


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_are_not(text: str) -> None:
    assert not is_probably_english(text)


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_probably_english(text) in {True, False}
