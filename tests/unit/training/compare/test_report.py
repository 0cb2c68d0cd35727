from __future__ import annotations

import re

import pytest
from training.compare.report import group_runs, list_files, write_report
from training.compare.table import Table, make_table

from tests.support.run_records import FIGURES, cells, make_run, make_set, value
from training import slices
from training.evaluate import evaluate
from training.run_records import FLOAT, SHIPPED, TEST


@pytest.fixture(scope="module")
def page(table: Table) -> str:
    return write_report(table).decode()


def check_tables(page: str) -> None:
    """Every line of a table has as many cells as its head."""
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        head, rule, *lines = block.splitlines()
        assert set(rule) == {"|", "-"}
        assert lines
        assert {line.count("|") for line in lines} == {head.count("|")} == {rule.count("|")}


def test_every_run_has_a_line_for_each_form(page: str, runs: list[Run]) -> None:
    for run in runs:
        labels = run.sets[TEST].labels
        for form, title in ((SHIPPED, "shipped"), (FLOAT, "float")):
            measured = evaluate(labels, run.logits[TEST][form].astype("float32"))
            line = cells(page, run.name, title)
            assert line[4] == value(measured["accuracy"], 4)
            assert line[5] == value(measured["roc_auc"], 4)
            pair = (measured[name]["f1"]["value"] for name in ("negative", "positive"))
            assert line[6] == " / ".join(f"{each:.3f}" for each in pair)


def test_size_latency_and_training_time_come_from_the_record(page: str) -> None:
    assert cells(page, "bert", "shipped")[10:] == ["2.35", "0.512", "1 min 23 s"]
    assert cells(page, "bert", "float")[10:] == ["–", "–", "1 min 23 s"]


def test_tables_are_whole_and_nothing_is_left_unfilled(page: str) -> None:
    check_tables(page)
    assert not re.search(r"\bnan\b|None\b(?! of)|\{\{|\{%", page)
    assert not re.search(r"\n\n\n\n", page)


def test_every_figure_is_shown_with_a_text_for_those_who_cannot_see_it(page: str) -> None:
    shown = dict(re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", page))
    assert sorted(shown.values()) == FIGURES
    assert all(len(text) > 60 for text in shown)


def test_people_labelled_sets_slices_and_neighbours_are_in_the_page(
    page: str, table: Table
) -> None:
    assert cells(page, "by people")[1] == "60"
    for name in slices.SLICES:
        assert cells(page, name)[1] == f"{table.slice_rows[name]:,}"
    test = table.neighbours[0].test
    assert cells(page, "bert", "lstm-gru")[3:5] == [str(test.only_first), str(test.only_second)]


def test_the_original_figures_are_quoted_as_not_comparable(page: str) -> None:
    (line,) = re.findall(r"For reference only.*?\n\n", page, re.DOTALL)
    assert "not comparable" in line
    for figure in ("0.78", "0.79", "0.82", "0.85", "0.88", "0.90"):
        assert figure in line


def test_the_page_says_what_was_measured(page: str, table: Table) -> None:
    assert table.test.digest in page
    assert "tweets.csv: SHA-256 `" + "ab" * 32 in page
    assert "`efefefefefef-dirty`" in page
    assert "Measured 2026-01-02. Machine: not recorded." in page
    assert "`max_features=200000`" in page


def test_other_logits_give_other_figures(page: str, runs: list[Run]) -> None:
    worse = make_run("bert", *runs[0].sets.values(), noise=3.0, seed=8)
    changed = write_report(make_table([worse, *runs[1:]])).decode()
    before, after = cells(page, "bert", "shipped"), cells(changed, "bert", "shipped")
    assert all(old != new for old, new in zip(before[4:10], after[4:10], strict=True))
    assert "**lstm-gru**: accuracy" in changed
    assert "**bert**: accuracy" in page


def test_one_run_without_other_sets_makes_a_page(runs: list[Run]) -> None:
    page = write_report(make_table([make_run("bert", make_set(rows=40))])).decode()
    check_tables(page)
    assert "nothing to test it against" in page
    assert "No run was measured on such tweets" in page


def test_machines_are_named_with_their_runs_where_they_differ() -> None:
    test = make_set(rows=20)
    fast, slow = "A chip with VNNI, 2 cores", "A chip without VNNI, 2 cores"
    runs = [
        make_run(name, test, noise=noise, machine=machine)
        for name, noise, machine in (("a", 0.1, fast), ("b", 2.0, slow), ("c", 9.0, fast))
    ]
    one = write_report(make_table(runs[:1])).decode()
    assert f"Machine: {fast}." in one
    assert "Machines:" not in one
    table = make_table(runs)
    several = group_runs(table.entries, lambda facts: facts.machine)
    assert {machine: sorted(names) for machine, names in several.items()} == {
        fast: ["a", "c"],
        slow: ["b"],
    }
    told = "; ".join(f"{machine} ({', '.join(names)})" for machine, names in several.items())
    assert f"Machines: {told}." in write_report(table).decode()


@pytest.mark.parametrize(
    ("mode", "head_rows", "fitted"),
    [("head", 1500, "1,500"), ("head", 0, "4,000"), ("head", 9000, "4,000"),
     ("fine-tune", 1500, "4,000")],
)  # fmt: skip
def test_the_rows_are_told_that_were_fitted(mode: str, head_rows: int, fitted: str) -> None:
    run = make_run("bert-head", make_set(rows=20))
    run.facts["provenance"]["parameters"] = {"mode": mode, "head_rows": head_rows}
    page = write_report(make_table([run])).decode()
    assert cells(page, "bert-head", "2026")[3:6] == [fitted, "300", "20"]
    assert cells(page, "bert-head", "float")[2:4] == ["labels", fitted]
    told = "bert-head was fitted on the first 1,500 of 4,000 training rows" in page
    assert told == (fitted == "1,500")


def test_runs_with_extra_tweets_are_marked_also_where_the_record_is_old() -> None:
    test = make_set(rows=20)
    runs = {name: make_run(name, test) for name in ("alone", "new", "old", "two")}
    for name, extra in (("new", ["more.csv"]), ("old", None), ("two", [])):
        data = runs[name].facts["provenance"]["data"]
        data["files"]["more.csv"] = "12" * 32
        if extra is not None:
            data["extra"] = extra
    page = write_report(make_table(list(runs.values()))).decode()
    assert "\n- Extra tweets, trained on only, of more.csv: new, old.\n" in page
    learned = {name: cells(page, name, "shipped")[2] for name in runs}
    assert learned == {
        "alone": "labels",
        "new": "labels + extra",
        "old": "labels + extra",
        "two": "labels",
    }


def test_taught_runs_are_marked_and_told_by_their_teachers() -> None:
    test = make_set(rows=20)
    runs = {name: make_run(name, test) for name in ("alone", "one", "other", "third")}
    for name, teacher in (("one", "A"), ("other", "A"), ("third", "A and B")):
        runs[name].facts["provenance"]["teacher"] = teacher
    page = write_report(make_table(list(runs.values()))).decode()
    assert (
        "says of the training rows (Hinton et al. 2015): one, other by A; third by A and B. Their"
        " times of training are without the teacher's"
    ) in " ".join(page.split())
    assert cells(page, "other", "shipped")[2] == "labels, teacher"
    assert cells(page, "alone", "shipped")[2] == "labels"


def test_a_page_without_teachers_and_extra_tweets_explains_neither(page: str) -> None:
    assert "- Taught" not in page
    assert "- Extra" not in page


def test_the_tests_are_told_to_compare_runs_that_may_have_learned_from_other_things(
    page: str,
) -> None:
    _, _, tests = page.partition("## Is the difference more than chance?")
    assert "Runs may differ in what they [learned from]" in " ".join(tests.split())


@pytest.mark.parametrize(
    ("machines", "untold"),
    [
        (["A", "B"], " That was not recorded of any of these runs."),
        (["A with VNNI", "B"], " That was not recorded of second."),
        (["A with VNNI", "B without VNNI"], ""),
    ],
)
def test_the_latency_is_told_to_compare_machines_alike_only(
    machines: list[str], untold: str
) -> None:
    test = make_set(rows=20)
    names = ("first", "second")
    runs = [make_run(name, test, machine=each) for name, each in zip(names, machines, strict=True)]
    page = " ".join(write_report(make_table(runs)).decode().split())
    assert (
        f"p50 compares only runs whose machines are known to be alike in that.{untold} - Intervals"
    ) in page


def test_files_that_not_all_runs_were_trained_on_are_told_with_their_runs(runs: list[Run]) -> None:
    test = make_set(rows=20)
    more = make_run("more", test)
    more.facts["provenance"]["data"]["files"]["extra.csv"] = "12" * 32
    files = list_files(make_table([make_run("less", test), more]).entries)
    assert [(file.name, sorted(file.runs)) for file in files] == [
        ("extra.csv", ["more"]),
        ("tweets.csv", ["less", "more"]),
    ]
