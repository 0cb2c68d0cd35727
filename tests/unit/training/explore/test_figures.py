from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from operations.report.discriminative_words import draw_words, shorten
from operations.report.drawing import COLORS
from tests.support.corpora import found
from tests.support.tweets import made_up
from training.explore import figures
from training.explore.statistics import Group, Statistics


@pytest.fixture(scope="module")
def result() -> Statistics:
    return found(*made_up(600), (0, "日本 $x_1$ <b>&amp;</b> #tag"), (1, "日本 $x_1$ ok"))


@pytest.fixture(scope="module")
def drawings(result: Statistics) -> dict[str, str]:
    return {
        "balance": figures.draw_balance([result.total, Group("sample <a> & b", 3, 9)]),
        "copies": figures.draw_copies(result.copies),
        "lengths": figures.draw_lengths(result.characters, result.tokens),
        "words": draw_words(result.words),
        "growth": figures.draw_growth(result.growth, result.words, [5, 20]),
        "traits": figures.draw_traits(result.traits),
    }


NAMES = ["balance", "copies", "lengths", "words", "growth", "traits"]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_well_formed_and_follows_the_page(drawings: dict[str, str], name: str) -> None:
    svg = drawings[name]
    ElementTree.fromstring(svg)
    assert "viewBox" in svg
    assert "font-family" not in svg
    assert "<style" not in svg
    colors = set(re.findall(r"(?:fill|stroke): ([^;\"]+)", svg))
    assert colors <= {"none", *(f"var(--{role})" for role in COLORS)}


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_refers_to_itself_only(drawings: dict[str, str], name: str) -> None:
    svg = drawings[name]
    assert "http" not in svg.replace(">http<", "")
    defined = set(re.findall(r' id="([^"]*)"', svg))
    assert all(identifier.startswith(f"{name}-") for identifier in defined)
    assert set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', svg)) <= {
        pair for one in defined for pair in ((one, ""), ("", one))
    }


def test_names_are_written_as_text_and_not_as_markup_or_formulas(drawings: dict[str, str]) -> None:
    assert "sample &lt;a&gt; &amp; b (12)" in drawings["balance"]


def test_the_words_of_the_figure_are_those_of_the_result(
    drawings: dict[str, str], result: Statistics
) -> None:
    for side in result.words.telling:
        assert all(f">{word.word}<" in drawings["words"] for word in side)


def test_the_same_result_gives_the_same_figure(
    drawings: dict[str, str], result: Statistics
) -> None:
    assert figures.draw_traits(result.traits) == drawings["traits"]
    assert draw_words(result.words) == drawings["words"]


def test_a_corpus_of_two_tweets_can_be_drawn() -> None:
    tiny = found((0, "no"), (1, "yes"))
    for svg in (
        figures.draw_copies(tiny.copies),
        figures.draw_lengths(tiny.characters, tiny.tokens),
        draw_words(tiny.words),
        figures.draw_growth(tiny.growth, tiny.words, []),
        figures.draw_traits(tiny.traits),
    ):
        ElementTree.fromstring(svg)


def test_words_in_scripts_that_the_plotting_font_lacks_are_drawn_without_a_warning() -> None:
    svg = draw_words(found(*[(0, "日本 no")] * 12, *[(1, "ไทย yes $5 $6")] * 12).words)
    assert ">日本<" in svg
    assert ">ไทย<" in svg or "ไทย" not in svg


def test_long_words_are_cut() -> None:
    assert shorten("short") == "short"
    assert len(shorten("x" * 60)) == 18
