"""The command as a process of its own, with the packaged model."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.settings import read_settings
from tests.support.host import APP
from tests.support.tweets import made_up

COMMAND = [sys.executable, "-m", "operations", "score"]


def run(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=APP, capture_output=True, **options)


def tweets(path: Path, count: int) -> Path:
    lines = [text for _, text in made_up(count)]
    path.write_text("text\n" + "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("names", [[], ["-", "-o", "-"]])
def test_standard_input_becomes_standard_output_with_the_models_answers(names: list[str]) -> None:
    lines = b'{"text": "I love it so much"}\n\n{"text": " "}\n{"text": "worst day ever"}\n'
    done = run(*names, "--input-format", "jsonl", input=lines)
    assert done.returncode == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["label"] for row in found] == ["positive", "negative"]
    answered = Classifier(read_bundle(read_settings({}).bundle)).predict("worst day ever")
    assert found[1]["probability"] == pytest.approx(answered.probability, abs=1e-5)
    said = done.stderr.decode()
    assert "line 3: The text is blank." in said
    assert "2 tweets are scored in standard output" in said


@pytest.mark.parametrize(
    "lines",
    [b'{"text": "I love it"}\n', b'{"id":1,"text":"I love it"}\n', b'{"text": "a, b", "n": "}'],
)
def test_json_lines_that_are_taken_for_csv_are_recognized(lines: bytes) -> None:
    done = run(input=lines)
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "--input-format jsonl" in said
    assert "--delimiter" not in said
    assert "love" not in said


@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_an_input_of_which_most_is_rejected_is_warned_of_loudly(options: list[str]) -> None:
    done = run(*options, input=b"text\n \nso good\n \n")
    assert done.returncode == 0
    last = done.stderr.decode().splitlines()[-1]
    assert last.startswith("WARNING: most of the input was not scored: 2 of 3 rows (66.7%)")
    half = run(*options, input=b"text\n \nso good\n")
    assert b"WARNING" not in half.stderr


def test_a_full_or_closed_standard_output_ends_without_a_traceback(tmp_path: Path) -> None:
    source = tweets(tmp_path / "in.csv", 5)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*COMMAND, str(source)], cwd=APP, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr
    process = subprocess.Popen(
        [*COMMAND, str(source)], cwd=APP, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1
    assert b"Traceback" not in said
    assert b"BrokenPipe" not in said


def test_ctrl_c_keeps_what_was_scored_and_says_how_to_go_on(tmp_path: Path) -> None:
    source, output = tweets(tmp_path / "in.csv", 20_000), tmp_path / "o.csv"
    process = subprocess.Popen(
        [*COMMAND, str(source), "-o", str(output)], cwd=APP, stderr=subprocess.PIPE
    )
    journal = tmp_path / "o.csv.journal"
    while process.poll() is None and not journal.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"same command again" in said
    assert b"Traceback" not in said
    assert journal.exists()
    assert not output.exists()


def test_the_help_teaches_by_examples() -> None:
    done = run("--help", check=True)
    said = done.stdout.decode()
    for each in ("scored.csv.rejected.csv", "--report report.html", "Interruptions:", "zcat"):
        assert each in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(["missing.csv", "-o", "x.csv"], "missing.csv cannot be read: No such file"),
     (["tweets.xlsx", "-o", "x.csv"], "names no format"),
     (["--bundle", "/", "-o", "x.csv"], "manifest.json"),
     (["--threds", "2"], "There is no option --threds")],
)  # fmt: skip
def test_an_error_is_one_line(arguments: list[str], reason: str) -> None:
    done = run(*arguments, input=b"text\nx\n")
    assert done.returncode == 1
    (line,) = [each for each in done.stderr.decode().splitlines() if not each.startswith("INFO")]
    assert line.startswith("error: ")
    assert reason in line
