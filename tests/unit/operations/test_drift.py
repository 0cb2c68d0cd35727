"""``python -m operations drift`` on events in files, and what it judges by."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from operations.cli import main
from operations.drift import (
    CHANCE,
    LEAST_FEEDBACKS,
    DriftStatus,
    DriftThresholds,
    Findings,
    Psi,
    compare_measures,
    measure_psi,
)
from operations.events import Observed
from operations.period import Period
from tests.support.traffic import (
    USUAL,
    VERSION,
    Traffic,
    observed_of,
    reference_of,
    send_feedback,
    send_predictions,
    write_bundle_with,
)

EVEN = np.full(10, 2000.0)
GOOD = ["correct"] * 85 + ["incorrect"] * 15
PERIOD = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
REFERENCE = reference_of()
MODERATE, SIGNIFICANT, STABLE = DriftStatus.MODERATE, DriftStatus.SIGNIFICANT, DriftStatus.STABLE
Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle_with(tmp_path_factory.mktemp("bundles") / "bundle", REFERENCE)


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
    rows = lines[lines.index(header) + 1 :][:4]
    assert [row.split("  ")[0] for row in rows] == [
        "share of positive",
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
    for version, count in (("a", 1), ("b", 3)):
        send_predictions(tmp_path, USUAL, count, version=version)
    assert drift(bundle, tmp_path) == 1
    assert "not compared: 4, of b (3), a (1)." in capsys.readouterr().err
    assert drift(bundle, tmp_path, "--since", "2020-01-01", "--until", "2020-01-02") == 1
    assert "from 2020-01-01 00:00 to 2020-01-02 00:00 UTC" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--events", "none"], "There is no folder none with events"),
        (["--events", ".", "--workspace", "x"], "either --events or --workspace"),
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
    assert (said.err.count("\n"), said.out) == (1, "")


def test_a_bundle_without_a_reference_is_an_error(tmp_path: Path, capsys: Said) -> None:
    older = write_bundle_with(tmp_path / "bundle", None)
    assert drift(older, tmp_path) == 1
    assert "has no reference to compare with" in capsys.readouterr().err


def found(observed: Observed) -> Findings:
    measures = compare_measures(REFERENCE, observed, least=200)
    return Findings(VERSION, PERIOD, REFERENCE.rows, observed, measures, DriftThresholds())


@pytest.mark.parametrize("events", [200, 500])
def test_periods_of_a_few_hundred_events_without_drift_pass(events: int) -> None:
    findings = [found(observed_of(USUAL, events, seed)) for seed in range(300)]
    assert [each.names(SIGNIFICANT) for each in findings] == [[]] * 300
    moderate = sum(bool(each.names(MODERATE)) for each in findings)
    assert moderate <= 6, "Fewer than one period in fifty may be called moderate."


@pytest.mark.parametrize(
    ("negative", "total", "status"),
    [
        (0, 0, None),
        (LEAST_FEEDBACKS - 1, LEAST_FEEDBACKS - 1, None),
        (LEAST_FEEDBACKS, LEAST_FEEDBACKS, SIGNIFICANT),
        (38, 100, STABLE),
        (42, 100, SIGNIFICANT),
    ],
)
def test_negative_feedback_is_an_alarm_where_its_whole_interval_is_above_the_limit(
    negative: int, total: int, status: DriftStatus | None
) -> None:
    given = ["incorrect"] * negative + ["correct"] * (total - negative)
    verdicts = {str(at): (PERIOD.since, verdict) for at, verdict in enumerate(given)}
    findings = found(Observed(verdicts=verdicts))  # type: ignore[arg-type]
    assert findings.feedback_status is status
    assert (findings.code == 2) == (status is SIGNIFICANT)


def drawn(count: int, rows: int) -> NDArray[np.int64]:
    """Return what was counted in each of some periods without drift, [periods, bins]."""
    return np.random.default_rng(3).multinomial(rows, np.full(10, 0.1), count)


def test_the_index_is_that_of_the_definition() -> None:
    many = 10**8
    psi = measure_psi(np.array([0.5, 0.5]) * many, np.array([many // 4, 3 * many // 4]))
    expected = (0.25 - 0.5) * math.log(0.5) + (0.75 - 0.5) * math.log(1.5)
    assert psi.index == pytest.approx(expected, abs=1e-6)


def test_an_empty_bin_is_no_infinity() -> None:
    psi = measure_psi(np.array([1000.0, 0.0]), np.array([500, 500]))
    assert math.isfinite(psi.index)
    assert psi.status is SIGNIFICANT


@pytest.mark.parametrize("rows", [50, 1000])
def test_without_drift_the_index_is_what_theory_says(rows: int) -> None:
    # The reference is given without error here, so that 1 / rows of it is left out.
    psis = [measure_psi(EVEN * 1e6, counts) for counts in drawn(2000, rows)]
    assert np.mean([each.index for each in psis]) == pytest.approx(9 / rows, rel=0.1)
    assert np.mean([each.index > each.chance_level for each in psis]) <= 3 * CHANCE


@pytest.mark.parametrize(
    ("index", "chance_level", "status"),
    [
        (0.09, 0.01, STABLE),
        (0.1, 0.01, MODERATE),
        (0.15, 0.2, STABLE),
        (0.24, 0.2, MODERATE),
        (0.25, 0.2, SIGNIFICANT),
        (0.3, 0.4, STABLE),
    ],
)
def test_an_index_is_judged_by_the_thresholds_and_by_chance(
    index: float, chance_level: float, status: DriftStatus
) -> None:
    assert Psi(index, chance_level).status is status
