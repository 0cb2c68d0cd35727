"""The two READMEs say the same: the same figures, the same diagram."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import readme
from benchmarks.record import MEASURED
from benchmarks.sentences import SENTENCES
from tests.support.pythons import ROOT
from training.run_records import RUNS

ENGLISH, FRENCH = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "LISEZMOI.md")
)


def numbers(text: str, french: bool) -> list[str]:
    """Return the numbers of a text in English notation, in order of size."""
    if french:
        text = re.sub(r"(?<=\d)\u202f(?=\d{3})", ",", re.sub(r"(\d),(\d)", r"\1.\2", text))
    found = re.findall(r"\d[\d,]*(?:\.\d+)?", text)
    return sorted(number.rstrip(",") for number in found)


@pytest.mark.parametrize(
    "part",
    [
        readme.accuracy,
        readme.speed,
        readme.quantization,
        readme.tools,
        readme.cloud,
        readme.training,
    ],
)
def test_both_languages_have_the_same_figures(part: Callable[[bool], str]) -> None:
    english, french = part(False), part(True)
    assert english != french
    assert numbers(english, False) == numbers(french, True) != []
    assert english in ENGLISH
    assert french in FRENCH


def test_both_languages_have_the_same_sentences_with_the_same_places() -> None:
    english, french = (SENTENCES[is_french] for is_french in (False, True))
    assert english.keys() == french.keys()
    for name, sentence in english.items():
        assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", french[name]))


def test_both_languages_have_the_same_diagram() -> None:
    english, french = (arrows(text) for text in (ENGLISH, FRENCH))
    assert english == french
    assert len(english) == 12
    assert english[0] == ["user", "predict"]


def arrows(text: str) -> list[list[str]]:
    """Return, for each line of the diagram, the nodes that it joins."""
    diagram = text.partition("flowchart LR\n")[2].partition("```")[0]
    bare = re.sub(r"\(\[.*?\]\)|\[\(.*?\)\]|\[.*?\]|-- .*? -->", " ", diagram)
    return [re.findall(r"\w+", line) for line in bare.splitlines()]


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the figures, which the README is made from."""
    shutil.copytree(MEASURED, tmp_path / "measured")
    monkeypatch.setattr("benchmarks.record.MEASURED", tmp_path / "measured")
    return tmp_path / "measured"


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_the_time_of_an_explanation_is_told_with_the_tokens_of_the_tweet(measured: Path) -> None:
    change(measured / "explanation.json", tokens=24, threads=1, milliseconds=31.26)
    assert "one of a tweet of 24 tokens takes 31.3 ms on one thread" in readme.tools()
    assert "celle d'un tweet de 24 tokens prend 31,3 ms sur un fil" in readme.tools(french=True)


def test_what_exploring_takes_is_told_once_it_was_measured(measured: Path) -> None:
    file = measured / "training_scale.json"
    change(file, explored={"rows": 1_600_000, "seconds": 41.6, "peak_gigabytes": 0.52})
    assert "; exploring them took 42 s and 0.5 GB (" in readme.training()
    assert " ; les explorer a pris 42 s et 0,5 Go (" in readme.training(french=True)
    before = json.loads(file.read_text())
    del before["explored"]
    file.write_text(json.dumps(before))
    assert "explor" not in readme.training() + readme.training(french=True)


@pytest.mark.parametrize("teacher", ["20260102T030405Z-bert-0123abcd", None])
def test_the_time_of_training_is_told_to_be_without_the_teachers(
    teacher: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = json.loads((ROOT / RUNS / "bert" / "run.json").read_text())
    facts["provenance"]["teacher"] = teacher
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "run.json").write_text(json.dumps(facts))
    monkeypatch.setattr("benchmarks.readme.RUNS", tmp_path)
    for french, told in ((False, "its teacher's training"), (True, "du modèle enseignant")):
        assert (told in readme.training(french)) == (teacher is not None)


def test_the_rate_of_a_whole_file_is_told_beside_the_classifiers_on_one_thread(
    measured: Path,
) -> None:
    one_thread = {"tweets": 54_321, "ratio": 0.871}
    change(measured / "score.json", whole_file_on_one_thread=one_thread)
    assert "87% of the classifier's own rate (54,321 tweets)" in readme.tools()
