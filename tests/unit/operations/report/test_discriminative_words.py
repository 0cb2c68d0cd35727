from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

from operations.report.discriminative_words import words_section
from operations.report.log_odds import WordTable
from operations.report.page import Section


def section(*rows: tuple[int, str], capacity: int = 1000) -> Section:
    table = WordTable(capacity)
    for label, text in rows:
        table.add(label, Counter(text.split()))
    return words_section(table.result(20))


def test_sentence_figure_and_tables_show_the_words_of_each_class() -> None:
    found = section(*[(0, "sad day"), (1, "happy day")] * 20)
    assert "negative are “sad”; for positive, “happy”" in found.finding
    assert found.picture is not None
    assert ">sad<" in found.picture.svg
    assert [table.rows[0][0] for table in found.tables] == ["sad", "happy"]
    assert found.tables[0].rows[0][2:4] == (20, 0)
    assert "All words were counted exactly." in found.notes


def test_words_that_the_plotting_font_lacks_and_formulas_are_drawn_as_they_are() -> None:
    found = section(*[(0, "日本 $x_1$ no"), (1, "ไทย yes")] * 12)
    assert found.picture is not None
    ElementTree.fromstring(found.picture.svg)
    assert ">日本<" in found.picture.svg
    assert ">$x_1$<" in found.picture.svg


def test_where_no_word_is_frequent_enough_nothing_is_drawn() -> None:
    found = section((0, "no"), (1, "yes"))
    assert "none is frequent enough" in found.finding
    assert (found.picture, found.tables) == (None, ())


def test_where_a_class_has_no_tweets_the_sentence_says_so() -> None:
    assert "one of them has no tweets" in section(*[(1, "yes")] * 20).finding


def test_dropped_words_are_admitted() -> None:
    found = section(*((number % 2, f"word{number} the") for number in range(300)), capacity=40)
    assert "A count may be too small by at most" in " ".join(found.notes)
