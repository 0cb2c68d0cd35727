"""``python -m operations drift`` on events in files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from operations.cli import main
from tests.support.traffic import (
    USUAL,
    VERSION,
    Traffic,
    reference_of,
    send_feedback,
    send_predictions,
    write_bundle_with,
)

GOOD = ["correct"] * 85 + ["incorrect"] * 15
Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle_with(tmp_path_factory.mktemp("bundles") / "bundle", reference_of())


def drift(bundle: Path, events: Path, *more: str) -> int:
    return main(["drift", "--bundle", str(bundle), "--events", str(events), *more])


def verdict(capsys: Said) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_a_period_without_drift_passes(bundle: Path, tmp_path: Path, capsys: Said) -> None:
    send_predictions(tmp_path, USUAL, 300)
    send_feedback(tmp_path, GOOD)
    assert drift(bundle, tmp_path) == 0
    assert verdict(capsys) == "No drift."


@pytest.mark.parametrize(
    ("name", "traffic"),
    [
        ("share of positive", replace(USUAL, positive=0.8)),
        ("confidence", replace(USUAL, sureness=1.0)),
        ("length", replace(USUAL, length=110.0)),
        ("unknown-token rate", replace(USUAL, unknown=0.14)),
    ],
)
def test_a_drift_of_one_measure_is_found_and_named_and_no_other(
    bundle: Path, tmp_path: Path, capsys: Said, name: str, traffic: Traffic
) -> None:
    send_predictions(tmp_path, traffic, 500)
    send_feedback(tmp_path, GOOD)
    assert drift(bundle, tmp_path) == 2
    assert verdict(capsys) == f"Drift: {name}."


def test_bad_feedback_is_found_and_named_and_no_other(
    bundle: Path, tmp_path: Path, capsys: Said
) -> None:
    send_predictions(tmp_path, USUAL, 300)
    send_feedback(tmp_path, ["incorrect"] * 45 + ["correct"] * 55)
    assert drift(bundle, tmp_path) == 2
    said = capsys.readouterr().out
    assert (
        "Negative feedback: 45 of 100, 45.0% (35.6% to 54.8%) with its 95% interval, at most 30.0%"
        in said
    )
    assert said.endswith("Drift: negative feedback.\n")
    assert drift(bundle, tmp_path, "--most-negative", "0.4") == 0
    send_feedback(tmp_path, GOOD)  # the same users, with other verdicts
    assert drift(bundle, tmp_path) == 0


def test_the_table_is_aligned_and_says_what_is_compared(
    bundle: Path, tmp_path: Path, capsys: Said
) -> None:
    send_predictions(tmp_path, USUAL, 300)
    drift(bundle, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"Model {VERSION}, ")
    assert lines[1] == "300 predictions beside 5,000 validation tweets"
    (header,) = [line for line in lines if line.startswith("measure")]
    rows = lines[lines.index(header) + 1 :][:5]
    assert [row.split("  ")[0] for row in rows] == [
        "share of positive",
        "probability of positive",
        "confidence",
        "length",
        "unknown-token rate",
    ]
    ends = [header.index(name) + len(name) for name in ("reference", "now", "PSI", "chance")]
    assert all(row[end - 1] != " " and row[end] == " " for row in rows for end in ends)
    assert "none of either kind was given" in "\n".join(lines)


def test_events_of_other_versions_and_malformed_lines_are_counted(
    bundle: Path, tmp_path: Path, capsys: Said
) -> None:
    send_predictions(tmp_path, USUAL, 300)
    send_predictions(tmp_path, replace(USUAL, length=300), 300, version="older")
    (file,) = tmp_path.iterdir()
    with file.open("a") as lines:
        lines.write('{"name": "prediction", "probability": NaN}\n{"time": "20')
    assert drift(bundle, tmp_path) == 0
    said = capsys.readouterr().out
    assert "Events of other versions, not compared: 300, of older (300)." in said
    assert "Malformed events, passed over: 2." in said


def test_too_few_predictions_decide_nothing(bundle: Path, tmp_path: Path, capsys: Said) -> None:
    send_predictions(tmp_path, USUAL, 30)
    assert drift(bundle, tmp_path) == 1
    said = capsys.readouterr().out
    assert "Too few predictions to tell drift from chance: 30, 200 are needed." in said
    assert said.endswith("Undecided.\n")
    assert drift(bundle, tmp_path, "--least-events", "30") == 0


def test_a_period_without_events_of_the_version_is_an_error_that_names_the_others(
    bundle: Path, tmp_path: Path, capsys: Said
) -> None:
    for version, count in (("a", 1), ("b", 3), ("c", 2), ("d", 4)):
        send_predictions(tmp_path, USUAL, count, version=version)
    assert drift(bundle, tmp_path) == 1
    assert "not compared: 10, of d (4), b (3), c (2) and 1 more." in capsys.readouterr().err
    assert drift(bundle, tmp_path, "--since", "2020-01-01", "--until", "2020-01-02") == 1
    assert "from 2020-01-01 00:00 to 2020-01-02 00:00 UTC" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--events", "none"], "There is no folder none with events"),
        (["--events", ".", "--workspace", "x"], "either --events or --workspace"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "not before its end"),
        (["--most-negative", "1.1"], "--most-negative 1.1 is not within 0 to 1"),
        (["--most-negative", "nan"], "--most-negative nan is not within 0 to 1"),
        (["--least-events", "0"], "'0' is no whole number above 0"),
    ],
)
def test_options_that_make_no_sense_are_an_error_in_one_sentence(
    bundle: Path, capsys: Said, options: list[str], reason: str
) -> None:
    assert main(["drift", "--bundle", str(bundle), *options]) == 1
    said = capsys.readouterr()
    assert reason in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_bundle_without_a_reference_is_an_error(tmp_path: Path, capsys: Said) -> None:
    older = write_bundle_with(tmp_path / "bundle", None)
    assert drift(older, tmp_path) == 1
    assert "has no reference to compare with" in capsys.readouterr().err
