"""Whether a text is probably English, the only language that the model learnt."""

from __future__ import annotations

import re
import unicodedata

# An address begins where a word does: tried at every letter, a long word would take its square.
_NOT_TEXT = re.compile(r"https?://\S+|www\.\S+|(?<!\S)\S*@\S+|#\S+|&#?\w{1,31};")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FEWEST_LETTERS = 3
_FEWEST_FOREIGN_WORDS = 2

# Short words that hold a sentence together, as tweets write them.
_ENGLISH_WORDS = """
    a about after all am an and any are as at back be because been before but by can can't cant
    come could day did didn't do does doesn't doing don't dont down for from get go going good
    got had has have he her here him his how i i'd i'll i'm i've if im in into is isn't it it's
    its just know last like lol lot love made make more much my need never new night no not now
    of off ok one only or our out over please really see she should so some still such than
    thank thanks that that's the their them then there these they they're thing think this time
    to today too u up us very want was wasn't we we're well were what when where which who why
    will wish with without won't work would yeah yes you you're your
"""

# The same of French, Spanish and Portuguese, Italian, German, Dutch, Indonesian and Turkish, less
# those that English tweets use in another sense, such as "me", "die", "her" and "ha".
_FOREIGN_WORDS = """
    alors aussi avec aucun avoir beaucoup c'est ces cette chez comme dans depuis des donc du
    elle elles est et je j'ai j'aime jamais le les leur lui mais merci moi n'ai n'est nous ont
    parce pas pendant peu peut pour pourquoi quand que quel quelle qui quoi rien sans ses sont
    suis sur tout toujours toute trop une vous qu'il qu'on s'est d'un d'une l'ai

    ahora algo aunque buenos cada como cuando del desde donde el ella ellos eres esa ese eso
    esta este esto estoy fue gracias hasta hoy las lo los mucho muchas muy nada nos nunca para
    pero por porque quien quiero se sobre soy su sus tengo tiene todo todos una uno unos vez
    agora ainda ao aos depois ela ele eles essa esse estava estou foi isso isto mas meu minha
    muito nem nossa obrigado onde ou pela pelo pra quem sempre ser seu sou sua tem tenho tudo
    vai voce nao

    abbiamo alla anche ancora aveva avere che chi cosa dal dalla degli della delle dove gli
    grazie hai hanno ho il io loro mai mia mio molto nel nella niente noi nulla oggi ogni però
    poi proprio quando quella quello questa questo quindi sei senza siamo sono sta sto tanto ti
    troppo tutti tutto volta

    aber alle als auch auf aus bei bin bist dass dem der dich diese dir doch ein eine einem
    einen einer es gar gegen habe haben heute hier ich ihr immer ist ja jetzt kann kein keine
    mal mehr mein meine mich mir mit nach nicht nichts noch nur oder schon sehr sein sich sie
    sind und uns viel von vor warum wenn werden wie wieder wir wird zu zum zur

    aan bij dan deze dit dus echt een geen goed haar heb hebben heeft heel het hij hoe ik jij
    jullie maar meer mij mijn naar niet niets nog nu ook op toch uit veel voor waar weer wel wij
    wil ze zeer zijn zo zou

    ada adalah aja akan aku anda apa bagus banget banyak belum bisa buat dari dengan dia gak
    hari harus ini itu jadi jangan juga kalau kalo kamu karena kau kenapa kita lagi mau masih
    mereka oleh orang pada pernah saja sama sangat saya sekali semua sudah tapi tetapi tidak
    udah untuk yang

    ama ben beni benim bir biraz biz bu daha diye en gibi hala hep hem ile iyi kadar ki nasil
    neden olan olarak oldu onu sana sen senin seni simdi sonra tam ve veya yine yok
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FOREIGN = frozenset(_FOREIGN_WORDS.split())


def is_probably_english(text: str) -> bool:
    """Return False where a text is probably in a language other than English.

    A text counts as foreign if most of its letters are not Latin, or if at least two of its words
    are function words of other languages or have accents, and fewer are English function words.
    Links, mentions and hashtags are passed over; where too little is left to judge, it is English.
    """
    words = _WORD.findall(_NOT_TEXT.sub(" ", unicodedata.normalize("NFKC", text).lower()))
    letters = "".join(words)
    if len(letters) < _FEWEST_LETTERS:
        return True
    if not letters.isascii() and 2 * sum(map(_is_latin, letters)) < len(letters):
        return False
    plain = [word.replace("’", "'") for word in words]
    foreign = sum(word in _FOREIGN or not word.isascii() for word in plain)
    return foreign < _FEWEST_FOREIGN_WORDS or foreign <= sum(word in _ENGLISH for word in plain)


def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")
