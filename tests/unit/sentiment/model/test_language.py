from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.model.language import is_probably_english

ENGLISH = [
    "I love this phone, it is awesome",
    "omg sooo tired lol",
    "great!",
    "meh",
    "",
    "...",
    ":) :(",
    "😍😍😍",
    "42",
    "@someone",
    "https://example.com/que/para/los",
    "#merci #beaucoup",
    "my fiancé loves this café",
    "just had a crème brûlée in Zürich and it was lovely",
    "die hard is on tonight, me and my son are watching it",
    "que sera sera",
    "no sleep 2nite ugh hw due tmrw",
    "thx 4 the follow! gr8 2 meet u",
    "la la la la",
    "ha ha, ya man",
    "I don’t know what to say about Beyoncé",
    "Köln was cold but we had a lot of fun there",
]
FOREIGN = [
    "je suis trop fatiguée, c'est nul",
    "quelle belle journée avec mes amis",
    "le train est encore en retard et personne ne dit rien",
    "merci beaucoup pour tout",
    "estoy muy contento con el nuevo teléfono",
    "no me gusta nada esta película",
    "hoy es el mejor día de mi vida",
    "não gosto de acordar cedo, que sono",
    "hoje foi um dia muito bom com você",
    "ich habe heute keine Lust auf Arbeit",
    "das ist wirklich nicht schön, aber egal",
    "oggi è una giornata bellissima, sono felice",
    "non ho voglia di fare niente",
    "ik ben zo moe en het regent ook nog",
    "wat een mooie dag, ik heb er echt zin in",
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
