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
from tests.support.tweets import split_made_up
from training.distillation import SHARE, teacher_targets
from training.evaluate import probabilities

ROWS = split_made_up(6000).training
TEMPERATURE = 1.5


@dataclass
class Teacher:
    """Answers with the number of letters of a text, less a shift; counts what it is asked.

    ``stop_at`` is the number of the call that is interrupted.
    """

    version: str = "one"
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


def test_what_is_learned_is_a_mean_of_the_teachers_and_the_label(tmp_path: Path) -> None:
    teachers: Any = [Teacher("one"), Teacher("two", shift=45.0)]
    answers = [probabilities(each.logits(ROWS.texts), TEMPERATURE) for each in teachers]
    expected = SHARE * np.mean(answers, axis=0) + (1 - SHARE) * ROWS.labels
    targets = teacher_targets(teachers, ROWS, tmp_path)
    assert targets is not None
    np.testing.assert_allclose(targets, expected, atol=1e-6)
    assert teacher_targets([], ROWS, tmp_path) is None


def test_what_a_person_reviewed_is_learned_as_it_is(tmp_path: Path) -> None:
    teacher: Any = Teacher()
    plain = teacher_targets([teacher], ROWS, tmp_path)
    reviewed = teacher_targets([teacher], ROWS, tmp_path, ROWS.keys[[400, 3]])
    assert plain is not None
    assert reviewed is not None
    assert np.flatnonzero(reviewed != plain).tolist() == [3, 400]
    np.testing.assert_array_equal(reviewed[[3, 400]], ROWS.labels[[3, 400]])


def test_an_answer_is_asked_for_once_even_after_an_interruption(tmp_path: Path) -> None:
    teacher: Any = Teacher(stop_at=1)
    with pytest.raises(KeyboardInterrupt):
        teacher_targets([teacher], ROWS, tmp_path)
    assert 0 < sum(teacher.asked) < len(ROWS)
    for _ in range(2):
        teacher_targets([teacher], ROWS, tmp_path)
        assert sum(teacher.asked) == len(ROWS)
