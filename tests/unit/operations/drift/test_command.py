"""The command as a user calls it, on events that the app's own sink wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from operations.registry import publish
from sentiment.model.bundle import MANIFEST_FILE
from tests.support.app_client import running_app
from tests.support.azurite import Azurite
from tests.support.registry import new_registry
from tests.support.traffic import (
    USUAL,
    VERSION,
    Traffic,
    reference_of,
    send_feedback,
    send_predictions,
    write_bundle_with,
)
from training.cli import main

GOOD = ["correct"] * 85 + ["incorrect"] * 15


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle_with(tmp_path_factory.mktemp("bundles") / "bundle", reference_of())


def monitor(bundle: Path, events: Path, *more: str) -> int:
    return main(["monitor", "--bundle", str(bundle), "--events", str(events), *more])


def verdict(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("seed", range(5))
def test_a_period_without_drift_passes(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    send_predictions(tmp_path, USUAL, 300, seed)
    send_feedback(tmp_path, GOOD)
    assert monitor(bundle, tmp_path) == 0
    assert verdict(capsys) == "No drift."


@pytest.mark.parametrize(
    ("name", "traffic"),
    [
        ("share of positive", replace(USUAL, positive=0.8)),
        ("share of positive", replace(USUAL, positive=0.2)),
        ("confidence", replace(USUAL, sureness=1.0)),
        ("confidence", replace(USUAL, sureness=6.0)),
        ("length", replace(USUAL, length=110.0)),
        ("unknown-token rate", replace(USUAL, unknown=0.14)),
    ],
)
def test_a_drift_of_one_measure_is_found_and_named_and_no_other(
    bundle: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    traffic: Traffic,
) -> None:
    send_predictions(tmp_path, traffic, 500)
    send_feedback(tmp_path, GOOD)
    assert monitor(bundle, tmp_path) == 2
    assert verdict(capsys) == f"Drift: {name}."


def test_bad_feedback_is_found_and_named_and_no_other(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send_predictions(tmp_path, USUAL, 300)
    send_feedback(tmp_path, ["incorrect"] * 45 + ["correct"] * 55)
    assert monitor(bundle, tmp_path) == 2
    said = capsys.readouterr().out
    assert "Negative feedback: 45 of 100, 45.0% (95% interval 35.6% to 54.8%)" in said
    assert said.endswith("Drift: negative feedback.\n")
    assert monitor(bundle, tmp_path, "--most-negative", "0.4") == 0


def test_a_verdict_that_was_taken_back_does_not_count(bundle: Path, tmp_path: Path) -> None:
    send_predictions(tmp_path, USUAL, 300)
    send_feedback(tmp_path, ["incorrect"] * 100)
    assert monitor(bundle, tmp_path) == 2
    send_feedback(tmp_path, GOOD)
    assert monitor(bundle, tmp_path) == 0


def test_the_table_is_aligned_and_says_what_is_compared(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send_predictions(tmp_path, USUAL, 300)
    monitor(bundle, tmp_path)
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


def test_events_of_other_versions_and_malformed_lines_are_told(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send_predictions(tmp_path, USUAL, 300)
    send_predictions(tmp_path, replace(USUAL, length=300), 300, version="older")
    (file,) = tmp_path.iterdir()
    with file.open("a") as lines:
        lines.write('{"name": "prediction", "probability": NaN}\n{"time": "20')
    assert monitor(bundle, tmp_path) == 0
    said = capsys.readouterr().out
    assert "Events of other versions, not compared: 300, of older (300)." in said
    assert "Malformed events, passed over: 2." in said


def test_too_few_predictions_are_told_and_decide_nothing(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send_predictions(tmp_path, USUAL, 30)
    assert monitor(bundle, tmp_path) == 1
    said = capsys.readouterr().out
    assert "Too few predictions to tell drift from chance: 30, 200 are needed." in said
    assert said.endswith("Undecided.\n")
    assert monitor(bundle, tmp_path, "--least-events", "30") == 0


def test_a_folder_that_is_empty_or_missing_is_an_error(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert monitor(bundle, tmp_path) == 1
    assert f"There is no event of the model {VERSION} from" in capsys.readouterr().err
    assert monitor(bundle, tmp_path / "absent") == 1
    assert "There is no folder" in capsys.readouterr().err


def test_a_period_without_events_is_an_error(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send_predictions(tmp_path, USUAL, 10)
    assert monitor(bundle, tmp_path, "--since", "2020-01-01", "--until", "2020-01-02") == 1
    assert "from 2020-01-01 00:00 to 2020-01-02 00:00 UTC" in capsys.readouterr().err


def test_events_of_other_versions_alone_are_an_error_that_names_them(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for version, count in (("a", 1), ("b", 3), ("c", 2), ("d", 4)):
        send_predictions(tmp_path, USUAL, count, version=version)
    assert monitor(bundle, tmp_path) == 1
    assert "not compared: 10, of d (4), b (3), c (2) and 1 more." in capsys.readouterr().err


def test_a_period_that_ends_before_it_begins_is_an_error(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert monitor(bundle, tmp_path, "--since", "2026-03-02", "--until", "2026-03-01") == 1
    assert "not before its end" in capsys.readouterr().err


def test_a_bundle_without_a_reference_is_an_error_that_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = write_bundle_with(tmp_path / "bundle", None)
    assert monitor(older, tmp_path) == 1
    assert "has no reference to compare with" in capsys.readouterr().err


def test_the_report_is_written_beside_the_table(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events, output = tmp_path / "events", tmp_path / "new" / "drift.html"
    send_predictions(events, replace(USUAL, length=110.0), 500)
    assert monitor(bundle, events, "--output", str(output)) == 1
    said = capsys.readouterr()
    assert f"there is no folder {output.parent}. Make it first" in said.err
    assert said.out == ""
    output.parent.mkdir()
    assert monitor(bundle, events, "--output", str(output)) == 2
    assert f"Wrote {output}" in capsys.readouterr().out
    content = output.read_text(encoding="utf-8")
    assert "<h1>Drift: length.</h1>" in content
    assert str(tmp_path) not in content


def test_the_events_of_the_app_are_those_that_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        answers = client.post("predict", {"texts": ["so good", "zzzqqq hmm"]}).json
        for answer in answers["predictions"]:
            body = {"prediction_id": answer["prediction_id"], "verdict": "incorrect"}
            assert client.post("feedback", body).status == 201
        version = answers["model"]["version"]
    (file,) = (tmp_path / "events").iterdir()
    events = [json.loads(line) for line in file.read_text().splitlines()]
    send_predictions(tmp_path / "made", USUAL, 1)
    send_feedback(tmp_path / "made", ["correct"])
    (file,) = (tmp_path / "made").iterdir()
    made = [json.loads(line) for line in file.read_text().splitlines()]
    passed_over = {"cold_start"}
    read = [event for event in events if event["name"] not in passed_over]
    assert {*map(tuple, read)} == {*map(tuple, made)}
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    bundle = write_bundle_with(tmp_path / "bundle", reference_of())
    manifest = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(json.dumps({**manifest, "version": version}))
    assert main(["monitor", "--bundle", str(bundle)]) == 1
    said = capsys.readouterr().out
    assert said.splitlines()[1].startswith("2 predictions")
    assert "Negative feedback: 2 of 2" in said


def test_the_help_teaches_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["monitor", "--help"])
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    assert "its 95% interval" in " ".join(said.split())
    assert "python -m training monitor --days 7" in " ".join(said.split())
    assert "exit code: 0 no drift, 2 drift, 1 an error" in " ".join(said.split())


def test_the_version_that_the_registry_serves_is_compared(
    bundle: Path, tmp_path: Path, emulator: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, packaged = tmp_path / "events", tmp_path / "packaged"
    send_predictions(events, USUAL, 300)
    write_bundle_with(packaged, None)  # which has nothing to compare with
    registry = new_registry(emulator)
    monkeypatch.setattr("operations.drift.command.open_registry", lambda: registry)
    assert monitor(packaged, events, "--registry") == 1
    publish(registry, bundle, print)
    assert monitor(packaged, events, "--registry") == 0
    assert monitor(packaged, events) == 1


def test_a_manifest_that_was_not_promoted_is_not_compared_with(
    bundle: Path,
    tmp_path: Path,
    emulator: Azurite,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    events = tmp_path / "events"
    send_predictions(events, USUAL, 300)
    registry = new_registry(emulator)
    monkeypatch.setattr("operations.drift.command.open_registry", lambda: registry)
    publish(registry, bundle, print)
    changed = registry.manifest(VERSION) + b" "
    blob = f"bundles/{VERSION}/{MANIFEST_FILE}"
    registry.container.upload_blob(blob, changed, overwrite=True)
    assert monitor(bundle, events, "--registry") == 1
    assert "is not the one that was promoted" in capsys.readouterr().err
