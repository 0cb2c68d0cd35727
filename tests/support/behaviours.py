"""What a reader of tweets must be able to do, as sentences of our own (Ribeiro et al. 2020).

A *label* case says what a text's label must be. A *steady* case says that two texts, alike but for
something that carries no sentiment, must get the same label. A *stronger* case says that the
second text must not be less like its label than the first, within ``SLACK``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sentiment.model.bundle import Label
from sentiment.model.classifier import Classifier, Prediction

SLACK = 0.02
"""How much probability a stronger text may lose: less than a reader of the page would notice."""

NEGATIVE: Label = "negative"
POSITIVE: Label = "positive"

Check = Callable[[Classifier], str | None]
"""Returns what went wrong, or None."""


@dataclass(frozen=True)
class Behaviour:
    """Cases of one kind, and the share of them that must pass at least."""

    name: str
    minimum: float
    cases: tuple[Check, ...]


def label(text: str, expected: Label) -> Check:
    """Expect a label."""

    def check(classifier: Classifier) -> str | None:
        said = classifier.predict(text)
        return None if said.label == expected else f"{_said(text, said)}, not {expected}"

    return check


def steady(text: str, alike: str) -> Check:
    """Expect the same label for both."""

    def check(classifier: Classifier) -> str | None:
        before, after = classifier.predict_batch([text, alike])
        if before.label == after.label:
            return None
        return f"{_said(text, before)}; {_said(alike, after)}"

    return check


def stronger(text: str, more: str, expected: Label) -> Check:
    """Expect that ``more`` is as likely to have the label, or likelier."""

    def check(classifier: Classifier) -> str | None:
        before, after = classifier.predict_batch([text, more])
        gain = after.probability - before.probability
        if (gain if expected == POSITIVE else -gain) >= -SLACK:
            return None
        return f"{_said(text, before)}; {_said(more, after)}: less {expected}"

    return check


def _said(text: str, said: Prediction) -> str:
    return f"{text!r} is {said.label} ({said.probability:.2f})"


def _labels(expected: Label, templates: str, *words: str) -> Iterator[Check]:
    for template, word in itertools.product(_lines(templates), words):
        yield label(template.format(word), expected)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


THINGS = ("phone", "hotel", "movie", "coffee")

PLAIN = (
    *_labels(
        POSITIVE,
        """
        I love this {}
        what a great {}
        this {} is awesome
        so happy with my new {}
        best {} ever, thank you
        really enjoyed the {} today
        """,
        *THINGS,
    ),
    *_labels(
        NEGATIVE,
        """
        I hate this {}
        what a terrible {}
        this {} is awful
        so disappointed with my new {}
        worst {} ever, never again
        the {} made me sad today
        """,
        *THINGS,
    ),
)

NEGATED_POSITIVE = tuple(
    _labels(
        NEGATIVE,
        """
        I don't like this {}
        I do not like the {} at all
        this {} is not good
        the {} wasn't great
        I'm not happy with the {}
        I can't recommend this {}
        I didn't enjoy the {}
        never been a fan of that {}
        """,
        *THINGS,
    )
)

NEGATED_NEGATIVE = tuple(
    _labels(
        POSITIVE,
        """
        this {} is not bad at all
        no complaints about the {}
        nothing wrong with this {}, love it
        you can't go wrong with this {}
        can't get enough of this {}
        this {} never disappoints
        """,
        *THINGS,
    )
)

INTENSIFIERS = tuple(
    stronger(f"the {thing} is {word}", f"the {thing} is {much} {word}", expected)
    for thing, (much, word, expected) in itertools.product(
        THINGS,
        (
            ("really", "good", POSITIVE),
            ("so", "good", POSITIVE),
            ("very", "nice", POSITIVE),
            ("absolutely", "amazing", POSITIVE),
            ("really", "bad", NEGATIVE),
            ("so", "bad", NEGATIVE),
            ("very", "annoying", NEGATIVE),
            ("absolutely", "horrible", NEGATIVE),
        ),
    )
)

_MIXED = (
    "just got home from work",
    "on my way to the airport",
    "watching the game tonight",
    "monday",
)
_GOOD_SIGNS = (":)", ":-)", ":D", "<3", "😍", "😀", "❤️", "🎉", "😂")
_BAD_SIGNS = (":(", ":-(", ":'(", "</3", "😢", "😡", "💔", "😭", "👎")

EMOTICONS = tuple(
    check
    for text in _MIXED
    for check in (
        *(label(f"{text} {sign}", POSITIVE) for sign in _GOOD_SIGNS),
        *(label(f"{text} {sign}", NEGATIVE) for sign in _BAD_SIGNS),
    )
)

_ABOUT_SOMEONE = (
    "{} made my day, thank you so much",
    "{} was so rude to me on the phone today",
    "having a wonderful dinner with {}",
    "I really miss {} so much",
    "{} ruined everything again",
)
_NAMES = ("Emma", "Mohammed", "Wei", "Lakisha", "Giovanni", "Olga")
_ABOUT_SOMEWHERE = (
    "just landed in {} and it is beautiful",
    "stuck at the airport in {} for six hours, so tired",
    "best weekend ever in {}",
    "my luggage got lost on the way to {}",
    "can't wait to see {} again, so excited",
)
_PLACES = ("Paris", "Lagos", "Chicago", "Mumbai", "Warsaw", "Lima")


def _swaps(templates: tuple[str, ...], words: tuple[str, ...]) -> Iterator[Check]:
    for template, (first, second) in itertools.product(templates, itertools.pairwise(words)):
        yield steady(template.format(first), template.format(second))


NAMES = tuple(_swaps(_ABOUT_SOMEONE, _NAMES))
PLACES = tuple(_swaps(_ABOUT_SOMEWHERE, _PLACES))

TYPOS = tuple(
    label(text, expected)
    for text, expected in (
        ("i realy love this song", POSITIVE),
        ("thnk you so much, made my day", POSITIVE),
        ("thats awsome news", POSITIVE),
        ("so excitd for tonight", POSITIVE),
        ("had a gret time with everyone", POSITIVE),
        ("this is beatiful", POSITIVE),
        ("luv my new shoes", POSITIVE),
        ("goodnite everyone, hav a wonderful sleep", POSITIVE),
        ("your amazng, thanx for the help", POSITIVE),
        ("best birthday evr", POSITIVE),
        ("i haet mondays", NEGATIVE),
        ("this is teh worst day", NEGATIVE),
        ("so dissapointed in the service", NEGATIVE),
        ("im verry sad right now", NEGATIVE),
        ("my fone is brokn again", NEGATIVE),
        ("feeling awfull today", NEGATIVE),
        ("terible customer service", NEGATIVE),
        ("im so tierd and sick", NEGATIVE),
        ("such a horribel headache", NEGATIVE),
        ("i feel relly bad about it", NEGATIVE),
    )
)

_SURE = (
    ("I love this new album", POSITIVE),
    ("thank you so much, you are the best", POSITIVE),
    ("had an amazing time last night", POSITIVE),
    ("this made me so happy", POSITIVE),
    ("I hate waiting for the bus", NEGATIVE),
    ("this is the worst service ever", NEGATIVE),
    ("I feel so sick and sad today", NEGATIVE),
    ("my flight got cancelled, so annoyed", NEGATIVE),
)


def _shout(text: str) -> str:
    return text.upper()


def _capitalize(text: str) -> str:
    return text.title()


def _exclaim(text: str) -> str:
    return f"{text}!!!!!!"


def _trail_off(text: str) -> str:
    return f"{text}......."


CASING = tuple(
    label(change(text), expected)
    for change, (text, expected) in itertools.product((_shout, _capitalize), _SURE)
)
PUNCTUATION = tuple(
    label(change(text), expected)
    for change, (text, expected) in itertools.product((_exclaim, _trail_off), _SURE)
)

ELONGATION = tuple(
    label(text, expected)
    for text, expected in (
        ("I loooooove this song", POSITIVE),
        ("sooooo happy right now", POSITIVE),
        ("that was awesomeeeeee", POSITIVE),
        ("yaaaaay we won", POSITIVE),
        ("thaaaaank you", POSITIVE),
        ("goooood morning everyone", POSITIVE),
        ("amaaaazing night", POSITIVE),
        ("yummmmm that cake", POSITIVE),
        ("nooooooo my phone died", NEGATIVE),
        ("I haaaaate this", NEGATIVE),
        ("soooooo tired", NEGATIVE),
        ("ughhhhhhh school tomorrow", NEGATIVE),
        ("I feel siiiiick", NEGATIVE),
        ("this is so boriiiing", NEGATIVE),
        ("ewwwwww gross", NEGATIVE),
        ("saaaaad day", NEGATIVE),
    )
)

BRAND_COMPLAINTS = tuple(
    _labels(
        NEGATIVE,
        """
        @{} my order still has not arrived after three weeks
        @{} your customer service is a joke, nobody answers
        @{} you charged my card twice and will not refund me
        the app from @{} keeps crashing since the update
        on hold with @{} for an hour and then they hung up
        @{} my parcel arrived broken, what now?
        done with @{}, cancelling my account today
        @{} the website is down again, I cannot log in
        @{} lost my luggage and nobody can tell me where it is
        @{} cold food, two hours late. really?
        """,
        "acme",
    )
)

BRAND_PRAISE = tuple(
    _labels(
        POSITIVE,
        """
        @{} thanks for the quick reply, problem solved
        shout out to @{} for the friendly staff
        @{} my new laptop arrived a day early, impressed
        loving the new update from @{}
        best customer service I ever had, well done @{}
        @{} you made my daughter smile today, thank you
        upgraded to first class by @{}, what a treat
        @{} the new flavour is delicious
        just got my @{} package, it is perfect
        so glad that I switched to @{}
        """,
        "acme",
    )
)

BEHAVIOURS = (
    Behaviour("plain praise and blame", 0.95, PLAIN),
    Behaviour("negated praise is blame", 0.90, NEGATED_POSITIVE),
    Behaviour("negated blame is praise", 0.80, NEGATED_NEGATIVE),
    Behaviour("intensifiers strengthen", 0.80, INTENSIFIERS),
    Behaviour("emoticons and emoji", 0.80, EMOTICONS),
    Behaviour("another name, same label", 0.90, NAMES),
    Behaviour("another place, same label", 0.90, PLACES),
    Behaviour("typing errors", 0.90, TYPOS),
    Behaviour("casing", 1.00, CASING),
    Behaviour("punctuation", 0.95, PUNCTUATION),
    Behaviour("elongation", 0.90, ELONGATION),
    Behaviour("complaints to a brand", 0.90, BRAND_COMPLAINTS),
    Behaviour("praise for a brand", 0.90, BRAND_PRAISE),
)
