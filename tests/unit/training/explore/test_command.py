"""The command as a user calls it, on made-up tweets."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from sentiment import files
from tests.support.tweets import made_up, write_csv
from training.cli import main


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "tweets.csv", made_up(400), "random")


def test_one_command_writes_the_report_and_shows_progress(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report.html"
    assert main(["explore", "--data", str(corpus), "--output", str(output)]) == 0
    said = capsys.readouterr()
    assert f"Wrote {output}" in said.out
    assert "400 tweets" in said.out
    assert "Reading" in said.err
    content = output.read_text(encoding="utf-8")
    assert content.startswith("<!DOCTYPE html>")
    assert content.rstrip().endswith("</html>")
    assert str(tmp_path) not in content


def test_several_files_make_one_report(corpus: Path, tmp_path: Path) -> None:
    other = write_csv(tmp_path / "other.csv", made_up(100, seed=3))
    output = tmp_path / "report.html"
    data = ["--data", str(corpus), "--data", str(other)]
    assert main(["explore", *data, "--output", str(output)]) == 0
    content = output.read_text(encoding="utf-8")
    assert "file tweets.csv" in content
    assert "file other.csv" in content
    assert ">500<" in content


def test_the_same_seed_gives_the_same_figures(corpus: Path, tmp_path: Path) -> None:
    def written(seed: int) -> str:
        output = tmp_path / "report.html"
        main(["explore", "--data", str(corpus), "--output", str(output), "--seed", str(seed)])
        content = output.read_text(encoding="utf-8")
        return content[content.index('id="growth"') : content.index('id="traits"')]

    assert written(5) == written(5)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("nothing\n", "no column target or label"),
        ("target,text\n0,a,b\n", "row 2: 3 columns instead of 2"),
        ("target,text\n7,hm\n", "row 2: the label is none of"),
        ("target,text\n", "nothing to explore"),
        ("target,text\n4,good\n4,fine\n", "All tweets with a text are positive"),
    ],
)
def test_data_that_cannot_be_used_are_an_error_and_leave_the_older_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, reason: str
) -> None:
    data, output = tmp_path / "bad.csv", tmp_path / "report.html"
    data.write_text(content)
    output.write_text("older")
    assert main(["explore", "--data", str(data), "--output", str(output)]) == 1
    assert reason in capsys.readouterr().err
    assert output.read_text() == "older"
    assert sorted(tmp_path.iterdir()) == [data, output]


def test_a_missing_file_is_told_before_the_others_are_read(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(corpus), "--data", str(tmp_path / "absent.csv")]
    assert main(["explore", *data, "--output", str(tmp_path / "report.html")]) == 1
    said = capsys.readouterr().err
    assert "absent.csv cannot be opened: there is no such file" in said
    assert "Reading" not in said


def test_the_data_are_never_overwritten(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = corpus.read_bytes()
    assert main(["explore", "--data", str(corpus), "--output", str(corpus)]) == 1
    assert "would replace the data" in capsys.readouterr().err
    assert corpus.read_bytes() == before


def test_a_folder_is_no_place_for_a_report(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explore", "--data", str(corpus), "--output", str(tmp_path)]) == 1
    assert "it is a folder. Name a file" in capsys.readouterr().err


def test_a_missing_folder_is_told_before_the_data_are_read(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out" / "report.html"
    assert main(["explore", "--data", str(corpus), "--output", str(output)]) == 1
    said = capsys.readouterr().err
    assert f"there is no folder {output.parent}. Make it first" in said
    assert "Reading" not in said
    assert not output.parent.exists()


def test_a_full_disk_is_told_and_leaves_nothing_behind(
    corpus: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", fail)
    output = tmp_path / "report.html"
    assert main(["explore", "--data", str(corpus), "--output", str(output)]) == 1
    assert "No space left on device. Make room there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [corpus]


def test_the_help_teaches_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["explore", "--help"])
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    assert "--data" in said
    assert "example: python -m training explore" in said
