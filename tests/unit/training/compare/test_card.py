from __future__ import annotations

import re

import msgspec
import pytest
from training.compare.card import write_card
from training.compare.formats import interval
from training.compare.table import Table

from sentiment.model.bundle import Decision, Manifest
from tests.support.run_records import cells, make_manifest, make_provenance, make_set, value
from tests.unit.training.compare.test_report import check_tables
from training import slices
from training.run_records import TEST, RunRecordError


@pytest.fixture(scope="module")
def run(runs: list[Run]) -> Run:
    return next(run for run in runs if run.name == "bert")


@pytest.fixture(scope="module")
def manifest(run: Run) -> Manifest:
    return make_manifest(run)


@pytest.fixture(scope="module")
def card(manifest: Manifest, table: Table) -> str:
    return write_card(manifest, table).decode()


def test_the_card_holds_the_figures_of_the_manifest(card: str, manifest: Manifest) -> None:
    for name, form, on in (("test", "shipped", "held-out"), ("test_float", "float", "the same")):
        measured = manifest.metrics[name]
        line = next(
            line for line in card.splitlines() if line.startswith(f"| {form}") and f"| {on}" in line
        )
        assert value(measured["accuracy"]) in line
        assert value(measured["roc_auc"]) in line
    assert value(manifest.metrics["test"]["negative"]["recall"]) in card
    assert "changes 1.23% of the labels" in card


def test_human_labelled_sets_come_from_the_record(table: Table, run: Run) -> None:
    """A set that was added later is in the record only."""
    before = make_manifest(run)
    without = msgspec.structs.replace(before, metrics={**before.metrics, "benchmarks": {}})
    measured = table.best.human["by_people"]
    card = write_card(without, table).decode()
    lines = [line for line in card.splitlines() if line.startswith("| shipped (int8) | by people")]
    assert len(lines) == 3
    assert f"| 60 | {interval(measured.accuracy)} | {interval(measured.roc_auc)} |" in lines[0]
    recall = measured.classes["positive"].recall
    assert f"| positive | {interval(measured.classes['positive'].precision)} |" in lines[2]
    assert interval(recall) in lines[2]


def test_human_labelled_sets_come_from_the_manifest_without_a_record(
    manifest: Manifest, table: Table
) -> None:
    lonely = msgspec.structs.replace(manifest, version="20250101T000000Z-bert-00000000")
    card = write_card(lonely, table).decode()
    (line,) = (line for line in card.splitlines() if re.match(r".* \| by people \| 60 \|", line))
    assert value(manifest.metrics["benchmarks"]["by_people"]["accuracy"]) in line


def test_other_metrics_in_the_manifest_give_another_card(
    card: str, manifest: Manifest, table: Table
) -> None:
    metrics = msgspec.json.decode(msgspec.json.encode(manifest.metrics))
    metrics["test_float"]["roc_auc"] = {"value": 0.12345, "low": 0.11, "high": 0.13}
    changed = write_card(msgspec.structs.replace(manifest, metrics=metrics), table).decode()
    assert "0.123 (0.110 to 0.130)" in changed
    assert "0.123 (0.110 to 0.130)" not in card


def test_slices_and_band_come_from_the_run_of_the_same_version(card: str, table: Table) -> None:
    entry = table.best
    for name in slices.SLICES:
        measure = entry.slices[name]
        assert measure is not None
        assert cells(card, name)[1:] == [
            f"{table.slice_rows[name]:,}",
            f"{measure.value:.3f} ({measure.low:.3f} to {measure.high:.3f})",
        ]
    band = entry.bands[TEST]
    assert band.precision is not None
    assert band.coverage is not None
    line = cells(card, "held-out tweets")
    assert line[2].startswith(f"{band.coverage.value:.1%} (")
    assert line[3].startswith(f"{band.precision.value:.1%} (")
    assert f"expected calibration error is {entry.shipped.calibration_error:.4f}" in card
    assert "0.512 ms" in card


@pytest.mark.parametrize(
    "limit",
    ["English tweets of", "10 to 16%", "neutral", "Sarcasm", "Other languages", "Brands"],
)
def test_the_limits_are_told(card: str, limit: str) -> None:
    assert limit in card


def test_the_card_tells_data_licences_and_how_to_train_again(card: str, table: Table) -> None:
    check_tables(card)
    assert "Tweets of nobody." in card
    assert "4,000 rows for training" in card
    assert table.test.digest in card
    assert (
        "python -m training train bert --data tweets.csv --run-name bert"
        " --cell gru --max-features 200000\n"
    ) in card


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["sentiment140.csv.gz"], "2009"),
        (["sentiment140.csv.gz", "smileys_2011.csv.gz"], "2009 and 2011"),
        (
            ["sentiment140.csv.gz", "a.csv", "b.csv"],
            "2009, and of a time that is not recorded (a.csv, b.csv)",
        ),
        (["a.csv"], "a time that is not recorded (a.csv)"),
    ],
)
def test_the_time_of_the_tweets_is_that_of_the_files(
    manifest: Manifest, table: Table, names: list[str], told: str
) -> None:
    card = write_card(from_files(manifest, names), table).decode()
    assert f"- **English tweets of {told}.** That is what it learned." in card


def test_tweets_are_attributed_where_a_record_knew_less_of_them(
    manifest: Manifest, table: Table
) -> None:
    old = from_files(
        manifest, ["smileys_2011.csv"], "Tweets of unstated origin in 1 other file(s)."
    )
    card = write_card(old, table).decode()
    assert card.count("Tweets of November 2011, labelled by the smileys in them") == 2
    assert "unstated" not in card


def from_files(
    manifest: Manifest, names: list[str], attribution: str = "Tweets of nobody."
) -> Manifest:
    data = {**manifest.provenance["data"], "files": dict.fromkeys(names, "ab" * 32)}
    provenance = {**manifest.provenance, "data": data, "data_attribution": attribution}
    return msgspec.structs.replace(manifest, provenance=provenance)


def test_the_card_of_a_taught_model_tells_of_its_teacher(
    manifest: Manifest, table: Table, card: str
) -> None:
    provenance = {**manifest.provenance, "teacher": "one"}
    taught = write_card(msgspec.structs.replace(manifest, provenance=provenance), table).decode()
    assert "Training took 1 min 23 s.\n" in card
    assert "Training took 1 min 23 s, without the time that its teacher one took" in taught
    assert "`BUNDLE_OF_one` is a folder with the bundle of that version" in taught
    assert "`git log --reverse --oneline -Sone -- model_artifacts/manifest.json`" in taught
    assert "BUNDLE_OF" not in card


def test_the_command_names_extra_tweets_and_teachers_as_such(
    manifest: Manifest, table: Table
) -> None:
    data = {**manifest.provenance["data"], "extra": ["more.csv"]}
    data["files"] = {"tweets.csv": "ab" * 32, "more.csv": "ef" * 32}
    provenance = {**manifest.provenance, "data": data, "teacher": "one and other"}
    card = write_card(msgspec.structs.replace(manifest, provenance=provenance), table).decode()
    files = "--data tweets.csv --extra more.csv --teacher BUNDLE_OF_one --teacher BUNDLE_OF_other"
    assert f"python -m training train bert {files} --run-name bert" in card
    assert "KERAS_BACKEND" not in card


def test_the_command_names_the_backend_that_was_trained_on(
    manifest: Manifest, table: Table
) -> None:
    provenance = {**manifest.provenance, "libraries": {"keras": "3.0", "torch": "2.0"}}
    card = write_card(msgspec.structs.replace(manifest, provenance=provenance), table).decode()
    assert "env KERAS_BACKEND=torch python -m training train bert" in card


def test_the_card_tells_of_rows_that_were_not_fitted(
    manifest: Manifest, table: Table, card: str
) -> None:
    parameters = {"mode": "head", "head_rows": 1500}
    provenance = {**manifest.provenance, "parameters": parameters}
    head = write_card(msgspec.structs.replace(manifest, provenance=provenance), table).decode()
    assert "It was fitted on the first 1,500 of the rows for training." in head
    assert "It was fitted on" not in card


def test_a_pretrained_encoder_is_attributed(manifest: Manifest, table: Table, card: str) -> None:
    provenance = {**manifest.provenance, "encoder_attribution": "Encoder: of somebody."}
    named = write_card(msgspec.structs.replace(manifest, provenance=provenance), table).decode()
    assert "- Encoder: of somebody." in named
    assert "Encoder:" not in card


def test_a_bundle_without_a_record_gets_a_card_that_says_so(
    manifest: Manifest, table: Table
) -> None:
    lonely = msgspec.structs.replace(manifest, version="20250101T000000Z-bert-00000000")
    card = write_card(lonely, table).decode()
    check_tables(card)
    assert card.count("No run of this version is recorded") == 2
    assert value(manifest.metrics["test"]["accuracy"]) in card


def test_a_bundle_that_contradicts_its_record_is_refused(
    manifest: Manifest, table: Table, run: Run
) -> None:
    decided = msgspec.structs.replace(manifest, decision=Decision(1.0, 0.5, (0.3, 0.7)))
    elsewhere = make_provenance(make_set(seed=77))
    moved = msgspec.structs.replace(manifest, provenance=elsewhere)
    with pytest.raises(RunRecordError, match="bert contradict each other"):
        write_card(decided, table)
    with pytest.raises(RunRecordError, match="bert were measured on different test rows"):
        write_card(moved, table)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"metrics": {}}, "metrics in the bundle's manifest are incomplete"),
        ({"metrics": {"test": {"rows": 3}}}, "metrics in the bundle's manifest are incomplete"),
        ({"provenance": {}}, "provenance in the bundle's manifest is incomplete"),
    ],
)
def test_an_incomplete_manifest_is_a_clear_error(
    manifest: Manifest, table: Table, change: dict[str, object], reason: str
) -> None:
    with pytest.raises(RunRecordError, match=reason):
        write_card(msgspec.structs.replace(manifest, **change), table)
