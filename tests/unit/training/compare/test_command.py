from __future__ import annotations

from pathlib import Path

import pytest

from sentiment.model.bundle import BundleError
from tests.support.run_records import make_run, make_set, write_bundle_of
from training.compare.command import StaleError, add_sets, compare
from training.run_records import RunRecordError, save_record

WRITTEN = ["figures/accuracy.svg", "model_card.md", "results.md"]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two recorded runs and a bundle."""
    folder = tmp_path_factory.mktemp("inputs")
    test = make_set(rows=120)
    best = make_run("bert", test, noise=0.7)
    for run in (best, make_run("logistic", test, seed=4)):
        save_record(run, folder / "runs")
    return {"runs": folder / "runs", "bundle": write_bundle_of(best, folder / "bundle")}


@pytest.fixture
def docs(inputs: dict[str, Path], tmp_path: Path) -> Path:
    assert compare(**inputs, output=tmp_path / "docs") == 0
    return tmp_path / "docs"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_documents_are_written_and_name_no_folder_of_the_machine(
    inputs: dict[str, Path], docs: Path
) -> None:
    assert sorted(contents(docs)) == WRITTEN
    for content in contents(docs).values():
        assert str(docs.parent).encode() not in content
        assert str(inputs["runs"].parent).encode() not in content


def test_the_same_records_give_the_same_bytes_so_that_check_passes(
    inputs: dict[str, Path], docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(**inputs, output=docs, check=True) == 0
    assert "3 files" in capsys.readouterr().out


def test_check_names_changed_and_missing_files_and_mends_nothing(
    inputs: dict[str, Path], docs: Path
) -> None:
    (docs / "results.md").write_text("changed")
    (docs / "figures" / "accuracy.svg").unlink()
    before = contents(docs)
    with pytest.raises(StaleError, match=r"results\.md, figures/accuracy\.svg in .*compare"):
        compare(**inputs, output=docs, check=True)
    assert contents(docs) == before


def test_a_bundle_without_a_record_gets_no_card(
    inputs: dict[str, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = write_bundle_of(make_run("other", make_set(rows=20)), tmp_path / "bundle")
    assert compare(runs=inputs["runs"], bundle=other, output=tmp_path / "docs") == 0
    assert sorted(contents(tmp_path / "docs")) == ["figures/accuracy.svg", "results.md"]
    assert "No card is written" in caplog.text


def test_without_records_or_bundle_nothing_is_written(
    inputs: dict[str, Path], tmp_path: Path
) -> None:
    absent, output = tmp_path / "absent", tmp_path / "docs"
    with pytest.raises(RunRecordError, match=r"No run is recorded in .*python -m training train"):
        compare(runs=absent, bundle=inputs["bundle"], output=output)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        compare(runs=inputs["runs"], bundle=absent, output=output)
    assert not output.exists()


def test_other_rows_under_the_name_of_a_set_are_refused(tmp_path: Path) -> None:
    save_record(make_run("bert", make_set(rows=20), make_set("human", 20)), tmp_path)
    with pytest.raises(RunRecordError, match=r"bert was measured on other rows .* human; rename"):
        add_sets(tmp_path, [make_set("human", 20, seed=9)])
