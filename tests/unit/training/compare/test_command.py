from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.run_records import FIGURES, make_run, make_set, write_bundle_of
from training.cli import main
from training.run_records import save_record

WRITTEN = [*FIGURES, "model_card.md", "results.md"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two recorded runs and a bundle, as arguments."""
    folder = tmp_path_factory.mktemp("places")
    test = make_set(rows=120)
    best = make_run("bert", test, noise=0.7)
    for run in (best, make_run("logistic", test, seed=4)):
        save_record(run, folder / "runs")
    bundle = write_bundle_of(best, folder / "bundle")
    return ["compare", "--runs", str(folder / "runs"), "--bundle", str(bundle)]


@pytest.fixture(scope="module")
def docs(places: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "docs"
    assert main([*places, "--output", str(folder)]) == 0
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_command_writes_pages_and_figures(docs: Path) -> None:
    assert sorted(contents(docs)) == WRITTEN


def test_the_pages_name_no_place_of_the_machine(places: list[str], docs: Path) -> None:
    for content in contents(docs).values():
        assert str(docs.parent).encode() not in content
        assert str(Path(places[2]).parent).encode() not in content


def test_a_second_run_gives_the_same_bytes_so_that_check_passes(
    places: list[str], docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*places, "--output", str(docs), "--check"]) == 0
    assert f"{len(WRITTEN)} files" in capsys.readouterr().out


def test_check_notices_a_changed_file_and_mends_nothing(
    places: list[str], docs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "docs"
    (changed / "figures").mkdir(parents=True)
    for name, content in contents(docs).items():
        (changed / name).write_bytes(content)
    text = (changed / "results.md").read_text()
    (changed / "results.md").write_text(text.replace("accuracy 0.", "accuracy 1.", 1))
    before = contents(changed)
    assert main([*places, "--output", str(changed), "--check"]) == 1
    assert "results.md" in capsys.readouterr().err
    assert contents(changed) == before


def test_without_records_or_bundle_nothing_is_written(
    places: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent, output = str(tmp_path / "absent"), tmp_path / "docs"
    for arguments, reason in (
        (["compare", "--runs", absent, *places[3:]], "No run is recorded"),
        ([*places[:3], "--bundle", absent], "manifest.json"),
    ):
        assert main([*arguments, "--output", str(output)]) == 1
        assert reason in capsys.readouterr().err
    assert not output.exists()
