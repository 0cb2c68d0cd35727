from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from tests.support.run_records import cells, make_manifest, make_run, make_set
from training.compare.comparison import Comparison, compare_runs
from training.compare.pages import draw_accuracy, format_duration, write_card, write_results
from training.evaluate import SLICES
from training.run_records import TEST, RunRecord


@pytest.fixture(scope="module")
def page(comparison: Comparison) -> str:
    return write_results(comparison).decode()


@pytest.fixture(scope="module")
def card(comparison: Comparison, records: list[RunRecord]) -> str:
    return card_of(records[0], comparison)


def card_of(record: RunRecord, comparison: Comparison | None = None) -> str:
    comparison = comparison or compare_runs([record])
    entry = next(each for each in comparison.entries if each.name == record.name)
    return write_card(make_manifest(record), comparison, entry).decode()


def page_of(*records: RunRecord) -> str:
    return write_results(compare_runs(records)).decode()


def with_provenance(record: RunRecord, **changes: Any) -> RunRecord:
    provenance = {**record.metadata["provenance"], **changes}
    return replace(record, metadata={**record.metadata, "provenance": provenance})


def with_files(record: RunRecord, *names: str, **changes: Any) -> RunRecord:
    data = {**record.metadata["provenance"]["data"], "files": dict.fromkeys(names, "ab" * 32)}
    return with_provenance(record, data={**data, **changes})


def tables(text: str) -> Iterator[list[str]]:
    table: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            table.append(line)
        elif table:
            yield table
            table = []


def test_every_row_of_a_table_has_the_cells_of_its_head(page: str, card: str) -> None:
    for text in (page, card, page_of(make_run("bert", make_set(rows=20)))):
        for table in tables(text):
            assert len(table) > 2
            assert len({line.count("|") for line in table}) == 1
            assert re.fullmatch(r"\|(---\|)+", table[1])


def test_a_model_has_one_row_with_the_eight_measures_its_size_and_times(
    page: str, comparison: Comparison
) -> None:
    entry = comparison.entries[0]
    negative, positive = entry.test.negative, entry.test.positive
    assert cells(page, "bert", "labels")[1:] == [
        "labels",
        "4,000",
        f"{entry.test.accuracy:.4f}",
        f"{entry.test.roc_auc:.4f}",
        f"{negative.f1.value:.3f} / {positive.f1.value:.3f}",
        f"{negative.precision.value:.3f} / {positive.precision.value:.3f}",
        f"{negative.recall.value:.3f} / {positive.recall.value:.3f}",
        "2.35",
        "0.512",
        "1 min 23 s",
    ]


def test_the_page_has_tests_slices_bands_and_sets_labelled_by_people(
    page: str, comparison: Comparison
) -> None:
    pair, entry = comparison.neighbours[0], comparison.entries[0]
    assert cells(page, "bert", "lstm-gru")[3] == f"{pair.test.only_first:,}"
    for name in SLICES:
        assert cells(page, name)[1:3] == [
            f"{comparison.slice_rows[name]:,}",
            f"{entry.slices[name]:.3f}",
        ]
    assert f"{entry.bands[TEST].precision:.1%}" in page
    assert cells(page, "accuracy, bert")[1] == f"{entry.scores['by_people'].accuracy:.3f}"
    assert cells(page, "accuracy, lstm-gru")[1] == "–"


def test_neighbours_whose_order_may_be_chance_are_named_at_the_top() -> None:
    test = make_set(rows=40)
    page = page_of(make_run("one", test), make_run("two", test, seed=2, noise=1.01))
    assert re.search(r"may be chance .*\n(one and two|two and one)\.", page)


def test_one_run_without_other_sets_makes_a_page() -> None:
    page = page_of(make_run("bert", make_set(rows=40)))
    assert "nothing to test it against" in page
    assert "No run was measured on such tweets" in page


@pytest.mark.parametrize(
    ("changes", "learned"),
    [
        ({}, "labels"),
        ({"teacher": "A and B"}, "labels + soft targets"),
        ({"teachers": ["A"]}, "labels + soft targets"),
    ],
)
def test_what_a_model_learned_from_is_shown(changes: dict[str, Any], learned: str) -> None:
    run = with_provenance(make_run("bert", make_set(rows=20)), **changes)
    assert cells(page_of(run), "bert", "labels")[1] == learned


@pytest.mark.parametrize("changes", [{"extra": ["b.csv"]}, {}])
def test_data_that_were_trained_on_only_are_shown_in_older_records_too(
    changes: dict[str, Any],
) -> None:
    run = with_files(make_run("bert", make_set(rows=20)), "a.csv", "b.csv", **changes)
    assert cells(page_of(run), "bert", "labels")[1] == "labels + distant data"
    assert "--data a.csv --distant-data b.csv" in card_of(run)


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"mode": "head", "head_rows": 1500}},
        {"rows": {"training": 4000, "fitted": 1500}},
    ],
)
def test_a_model_that_was_fitted_on_fewer_rows_has_their_number(changes: dict[str, Any]) -> None:
    run = with_provenance(make_run("bert", make_set(rows=20)), **changes)
    assert cells(page_of(run), "bert", "labels")[2] == "1,500"
    assert "fitted on the first 1,500" in card_of(run)


def test_the_card_has_the_figures_of_its_run(card: str, comparison: Comparison) -> None:
    entry = comparison.entries[0]
    for title, scores in (
        ("held-out tweets", entry.test),
        ("by people", entry.scores["by_people"]),
    ):
        assert cells(card, title)[2:] == [f"{scores.accuracy:.3f}", f"{scores.roc_auc:.3f}"]
        assert cells(card, title, "negative")[3] == f"{scores.negative.recall:.3f}"
    assert f"{100 * entry.labels_changed:.2f}% of their labels" in card
    assert f"expected calibration error is {entry.calibration_error:.4f}" in card
    assert f"{entry.bands['by_people'].coverage:.1%}" in card
    assert "0.512 ms" in card


def test_the_card_names_the_weakest_kind_of_tweet(card: str, comparison: Comparison) -> None:
    found = comparison.entries[0].slices
    weakest = min(found, key=lambda name: getattr(found[name], "value", 1.0))
    assert f'is "{weakest.strip(chr(34))}": accuracy {found[weakest]:.3f}' in card


@pytest.mark.parametrize(
    ("names", "time"),
    [
        (["sentiment140.csv.gz"], "2009"),
        (["sentiment140.csv.gz", "smileys_2011.csv.gz"], "2009 and 2011"),
        (["sentiment140.csv", "mine.csv"], "2009 and an unrecorded time"),
        (["mine.csv"], "an unrecorded time"),
    ],
)
def test_the_card_names_the_time_of_the_tweets(names: list[str], time: str) -> None:
    assert f"**English tweets of {time}.**" in card_of(
        with_files(make_run("bert", make_set(rows=20)), *names)
    )


def test_the_card_has_the_command_that_trains_the_model_again(card: str) -> None:
    assert (
        "\npython -m training train bert --data tweets.csv --run-name bert"
        " --set max_features=200000 --set cell=gru\n"
    ) in card
    distilled = with_provenance(
        make_run("bert", make_set(rows=20)), teacher="A and B", libraries={"torch": "2"}
    )
    assert re.search(
        r"\nenv KERAS_BACKEND=torch python .* --teacher BUNDLE_OF_A --teacher BUNDLE_OF_B ",
        card_of(distilled),
    )


def test_the_figure_is_an_svg_that_no_setting_of_the_user_changes(comparison: Comparison) -> None:
    figure = draw_accuracy(comparison)
    assert ElementTree.fromstring(figure).tag == "{http://www.w3.org/2000/svg}svg"
    assert b"<dc:date>" not in figure
    assert b"<text" not in figure
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "svg.hashsalt": "mine"}):
        assert draw_accuracy(comparison) == figure


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 00 s"), (83.4, "1 min 23 s"), (9000, "2 h 30 min")],
)
def test_durations_have_their_two_largest_units(seconds: float, expected: str) -> None:
    assert format_duration(seconds) == expected
