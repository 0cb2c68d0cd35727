from __future__ import annotations

import re
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from training.compare.figures import draw_accuracy, draw_figures, draw_slices
from training.compare.looks import choose_looks
from training.compare.table import Table, make_table

from tests.support.run_records import FIGURES, make_run, make_set
from training.run_records import TEST


@pytest.fixture(scope="module")
def figures(table: Table) -> dict[str, bytes]:
    return draw_figures(table)


def test_every_figure_is_svg_with_a_title_and_a_white_ground(figures: dict[str, bytes]) -> None:
    assert sorted(figures) == FIGURES
    for content in figures.values():
        root = ElementTree.fromstring(content)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.find(".//{http://purl.org/dc/elements/1.1/}title") is not None
        assert b"fill: #ffffff" in content
        assert len(content) < 200_000


def test_figures_hold_no_date_and_need_no_font(figures: dict[str, bytes]) -> None:
    for content in figures.values():
        assert b"<dc:date>" not in content
        assert b"<text" not in content
        assert not re.search(rb"[ \t]\n", content)


def test_the_same_runs_give_the_same_bytes_whatever_the_users_settings(
    table: Table, figures: dict[str, bytes]
) -> None:
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "svg.hashsalt": "mine"}):
        again = draw_figures(table)
    assert again == figures


def test_other_logits_give_another_figure(runs: list[Run], figures: dict[str, bytes]) -> None:
    worse = make_run("logistic", runs[0].sets[TEST], noise=2.0)
    table = make_table([worse, *runs[1:]])
    changed = draw_accuracy(table, choose_looks(table.entries))
    assert changed != figures["figures/accuracy.svg"]


def test_no_two_models_look_alike_and_a_family_keeps_its_colour() -> None:
    test = make_set(rows=20)
    names = ("bert", "bert-head", "lstm", "lstm-gru", "lstm-rnn", "logistic", "forest", "cnn")
    entries = make_table([make_run(name, test) for name in names]).entries
    looks = choose_looks(entries)
    assert len({(look.color, look.marker) for look in looks.values()}) == len(names)
    alone = choose_looks([entry for entry in entries if entry.name == "lstm"])
    first = next(entry.name for entry in entries if entry.facts.family == "lstm")
    assert alone["lstm"].color == looks[first].color


def test_a_slice_without_rows_is_left_out() -> None:
    test = make_set(rows=40)
    bare = type(test)(test.name, test.keys, test.labels, np.zeros(40, np.uint16))
    table = make_table([make_run("bert", bare)])
    assert set(table.best.slices.values()) == {None}
    ElementTree.fromstring(draw_slices(table, choose_looks(table.entries)))
