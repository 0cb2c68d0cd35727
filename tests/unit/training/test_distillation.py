"""Soft targets of teachers that answer from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sentiment.model.bundle import Decision
from tests.support.tweets import made_up
from training.distillation import SHARE, teacher_targets
from training.evaluate import probabilities
from training.split import LabelledTweet, split_corpus

ROWS = split_corpus(LabelledTweet(text, label, "") for label, text in made_up(6000)).training
TEMPERATURE = 1.5


@dataclass
class Teacher:
    """Answers with the number of letters of a text, less a shift; counts what it is asked.

    ``stop_at`` is the number of the call that is interrupted.
    """

    version: str
    shift: float = 40.0
    stop_at: int | None = None
    asked: list[int] = field(default_factory=list)

    @property
    def manifest(self) -> Any:
        decision = Decision(TEMPERATURE, 0.5, (0.4, 0.6))
        return SimpleNamespace(version=self.version, decision=decision)

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(self.asked) == self.stop_at:
            self.stop_at = None
            raise KeyboardInterrupt
        self.asked.append(len(texts))
        return np.array([len(text) - self.shift for text in texts], np.float32)


def targets(
    teachers: Sequence[Any], home: Path, reviewed: NDArray[np.uint64] | None = None
) -> NDArray[np.float32]:
    found = teacher_targets(teachers, ROWS, home, reviewed)
    assert found is not None
    return found


def test_the_targets_are_a_mean_of_the_teachers_probability_and_the_label(tmp_path: Path) -> None:
    teacher = Teacher("one")
    answers = probabilities(teacher.logits(ROWS.texts), TEMPERATURE)
    expected = SHARE * answers + (1 - SHARE) * ROWS.labels
    np.testing.assert_allclose(targets([teacher], tmp_path), expected, atol=1e-6)


def test_of_several_teachers_the_mean_is_learned(tmp_path: Path) -> None:
    first, second = Teacher("one"), Teacher("two", shift=45.0)
    both = targets([first, second], tmp_path)
    each = [targets([teacher], tmp_path) for teacher in (first, second)]
    assert not np.allclose(*each)
    np.testing.assert_allclose(both, np.mean(each, axis=0), atol=1e-6)


def test_what_a_person_reviewed_is_learned_as_it_is(tmp_path: Path) -> None:
    plain = targets([Teacher("one")], tmp_path)
    reviewed = targets([Teacher("one")], tmp_path, ROWS.keys[[400, 3]])
    changed = np.flatnonzero(reviewed != plain)
    assert changed.tolist() == [3, 400]
    np.testing.assert_array_equal(reviewed[changed], ROWS.labels[changed])


def test_an_answer_is_asked_for_once_even_after_an_interruption(tmp_path: Path) -> None:
    teacher = Teacher("one", stop_at=1)
    with pytest.raises(KeyboardInterrupt):
        targets([teacher], tmp_path)
    assert 0 < sum(teacher.asked) < len(ROWS)
    found = targets([teacher], tmp_path)
    assert sum(teacher.asked) == len(ROWS)
    np.testing.assert_array_equal(targets([teacher], tmp_path), found)
    assert sum(teacher.asked) == len(ROWS)


def test_without_a_teacher_there_are_no_soft_targets(tmp_path: Path) -> None:
    assert teacher_targets([], ROWS, tmp_path) is None
