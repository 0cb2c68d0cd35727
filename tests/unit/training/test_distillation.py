from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from tests.support.tweets import made_up, write_csv
from training import distillation as teacher
from training.cli import main
from training.data import read_corpus
from training.distillation import SHARE, ask_teachers
from training.split import Rows, split_corpus


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus, a teacher's bundle and that of a model that it taught."""
    folder = tmp_path_factory.mktemp("taught")
    write_csv(folder / "data.csv", made_up(1500))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTIMENT_HOME", str(folder / "home"))
        train(folder, "teacher")
        train(folder, "pupil", "--teacher", str(folder / "teacher"))
    return folder


def train(folder: Path, name: str, *options: str) -> None:
    places = ["--output", str(folder / name), "--runs", str(folder / "runs"), "--run-name", name]
    assert main(["train", "logistic", "--data", str(folder / "data.csv"), *places, *options]) == 0


def rows_of(folder: Path) -> Rows:
    return split_corpus(read_corpus(folder / "data.csv")).training


def test_the_targets_are_a_mean_of_the_teachers_probability_and_the_label(
    taught: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTIMENT_HOME", str(taught / "home"))
    rows = rows_of(taught)
    lesson = ask_teachers([taught / "teacher"], rows, print)
    assert lesson is not None
    classifier = Classifier(read_bundle(taught / "teacher"))
    assert lesson.teacher == classifier.manifest.version
    for at in (0, 7, 400):
        said = classifier.predict(rows.texts[at]).probability
        expected = SHARE * said + (1 - SHARE) * rows.labels[at]
        assert lesson.targets[at] == pytest.approx(expected, abs=1e-4)


def test_of_several_teachers_the_mean_is_learned(
    taught: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTIMENT_HOME", str(taught / "home"))
    rows, folders = rows_of(taught), [taught / "teacher", taught / "pupil"]
    both = ask_teachers(folders, rows, print)
    each = [ask_teachers([folder], rows, print) for folder in folders]
    lessons = [lesson for lesson in (both, *each) if lesson is not None]
    assert len(lessons) == 3
    targets = [lesson.targets for lesson in lessons]
    assert not np.allclose(targets[1], targets[2])
    np.testing.assert_allclose(targets[0], (targets[1] + targets[2]) / 2, atol=1e-6)
    assert lessons[0].teacher == f"{lessons[1].teacher} and {lessons[2].teacher}"


def test_what_a_person_reviewed_is_learned_as_it_is(
    taught: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTIMENT_HOME", str(taught / "home"))
    rows = rows_of(taught)
    plain = ask_teachers([taught / "teacher"], rows, print)
    lesson = ask_teachers([taught / "teacher"], rows, print, rows.keys[[400, 3]])
    assert plain is not None
    assert lesson is not None
    changed = np.flatnonzero(lesson.targets != plain.targets)
    assert changed.tolist() == [3, 400]
    np.testing.assert_array_equal(lesson.targets[changed], rows.labels[changed])


def test_the_pupil_is_another_model_and_says_who_taught_it(taught: Path) -> None:
    by_name = {name: read_bundle(taught / name) for name in ("teacher", "pupil")}
    assert by_name["pupil"].model != by_name["teacher"].model
    provenance = by_name["pupil"].manifest.provenance
    assert provenance["teacher"] == by_name["teacher"].manifest.version
    assert "teacher" not in by_name["teacher"].manifest.provenance
    record = json.loads((taught / "runs" / "pupil" / "run.json").read_text())
    assert record["provenance"]["teacher"] == by_name["teacher"].manifest.version


def test_an_answer_is_asked_for_once_even_after_an_interruption(
    taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    monkeypatch.setattr(teacher, "_CHUNK", 500)
    asked: list[int] = []
    logits = Classifier.logits

    def counted(self: Classifier, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(asked) == 1:
            asked.append(0)
            raise KeyboardInterrupt
        asked.append(len(texts))
        return logits(self, texts)

    monkeypatch.setattr(Classifier, "logits", counted)
    rows = rows_of(taught)
    with pytest.raises(KeyboardInterrupt):
        ask_teachers([taught / "teacher"], rows, print)
    lesson = ask_teachers([taught / "teacher"], rows, print)
    assert lesson is not None
    assert sum(asked) == len(rows)
    again = ask_teachers([taught / "teacher"], rows, print)
    assert again is not None
    assert sum(asked) == len(rows)
    np.testing.assert_array_equal(again.targets, lesson.targets)
    assert math.isfinite(lesson.targets.sum())


def test_without_a_folder_nobody_teaches(taught: Path) -> None:
    assert ask_teachers([], rows_of(taught), print) is None
