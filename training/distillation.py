"""Distillation: a model learns from the answers of a better one, as well as from the labels.

Labels that come from emoticons are often wrong, and say nothing of how clear a tweet is. What the
teacher answers to the training rows repairs both (Hinton, Vinyals and Dean 2015, Distilling the
Knowledge in a Neural Network).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.files import replace_file
from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from training.evaluate import probabilities
from training.split import Rows

_logger = logging.getLogger(__name__)

SHARE = 0.8
"""Of the teacher in what is learned; the rest is the label's."""

_CHUNK = 4096


def read_teachers(folders: Sequence[Path]) -> list[Classifier]:
    """Return the models of bundles, to learn from.

    Raises:
        BundleError: A bundle cannot be used.
    """
    return [Classifier(read_bundle(folder)) for folder in folders]


def teacher_targets(
    teachers: Sequence[Classifier],
    rows: Rows,
    home: Path,
    reviewed: NDArray[np.uint64] | None = None,
) -> NDArray[np.float32] | None:
    """Return the probability of positive to learn for each row, [rows]; None without a teacher.

    It is the mean of the teachers' probabilities, weighted by ``SHARE``, and the label. Of rows
    whose label a person reviewed, it is the label.

    Answers are kept on disk and asked for only once; an interrupted call goes on where it was.

    Args:
        teachers: The models to learn from.
        rows: The training rows.
        home: The folder for data that outlives the work tree.
        reviewed: The keys of the rows whose labels a person reviewed, in any order.

    Raises:
        OSError: The answers cannot be kept.
    """
    if not teachers:
        return None
    answers = np.mean([_probabilities(teacher, rows, home) for teacher in teachers], axis=0)
    share = np.full(len(rows), SHARE)
    if reviewed is not None:
        share[np.isin(rows.keys, reviewed)] = 0.0
    targets: NDArray[np.float32] = share * answers + (1.0 - share) * rows.labels
    return targets.astype(np.float32)


def _probabilities(teacher: Classifier, rows: Rows, home: Path) -> NDArray[np.float64]:
    version = teacher.manifest.version
    _logger.info("Asking the teacher %s about %s rows", version, f"{len(rows):,}")
    logits = _Answers(home / "teachers" / f"{version}.npz").of(teacher, rows)
    return probabilities(logits, teacher.manifest.decision.temperature)


class _Answers:
    """A teacher's logits on disk, by the key of the text."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[int, float] = {}
        if file.is_file():
            stored = np.load(file)
            self._known = dict(zip(stored["keys"].tolist(), stored["logits"].tolist(), strict=True))

    def of(self, teacher: Classifier, rows: Rows) -> NDArray[np.float32]:
        """Return the logit of each row, after asking for those that are not known."""
        from tqdm import tqdm

        keys = rows.keys.tolist()
        missing = [at for at, key in enumerate(keys) if key not in self._known]
        with tqdm(total=len(missing), desc="Asking", unit=" tweets", unit_scale=True) as bar:
            for start in range(0, len(missing), _CHUNK):
                chunk = missing[start : start + _CHUNK]
                logits = teacher.logits([rows.texts[at] for at in chunk])
                self._known |= zip((keys[at] for at in chunk), logits.tolist(), strict=True)
                self._save()
                bar.update(len(chunk))
        return np.array([self._known[key] for key in keys], np.float32)

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        keys = np.array(list(self._known), np.uint64)
        np.savez(content, keys=keys, logits=np.array(list(self._known.values()), np.float32))
        replace_file(self._file, content.getvalue())
