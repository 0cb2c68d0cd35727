from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from operations.report.drawing import COLORS, stacked_shares

KINDS = {"no": "negative", "yes": "positive"}


@pytest.fixture(scope="module")
def svg() -> str:
    return stacked_shares({"<a> & b": [3, 9], "none": [0, 0]}, KINDS, "shares")


def test_a_figure_takes_colours_and_font_from_the_page(svg: str) -> None:
    ElementTree.fromstring(svg)
    assert "viewBox" in svg
    assert "font-family" not in svg
    assert "<style" not in svg
    colors = set(re.findall(r"(?:fill|stroke): ([^;\"]+)", svg))
    assert colors <= {"none", *(f"var(--{role})" for role in COLORS)}


def test_a_figure_refers_to_itself_only(svg: str) -> None:
    assert "http" not in svg
    defined = set(re.findall(r' id="([^"]*)"', svg))
    assert all(name.startswith("shares-") for name in defined)
    assert set(re.findall(r"url\(#([^)]*)\)", svg)) <= defined


def test_shares_are_labelled_and_names_are_no_markup(svg: str) -> None:
    assert ">25.0%<" in svg
    assert ">75.0%<" in svg
    assert "&lt;a&gt; &amp; b" in svg


def test_the_same_numbers_give_the_same_figure(svg: str) -> None:
    assert stacked_shares({"<a> & b": [3, 9], "none": [0, 0]}, KINDS, "shares") == svg
