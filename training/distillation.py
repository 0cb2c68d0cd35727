"""Distillation: a model learns from the answers of a better one, as well as from the labels.

Labels that come from emoticons are often wrong, and say nothing of how clear a tweet is. What the
teacher answers to the training rows repairs both (Hinton, Vinyals and Dean 2015, Distilling the
Knowledge in a Neural Network).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
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
    """Return the answers of one teacher; those that are not on disk are asked for, and kept."""
    from tqdm import tqdm

    version = teacher.manifest.version
    _logger.info("Asking the teacher %s about %s rows", version, f"{len(rows):,}")
    file = home / "teachers" / f"{version}.npz"
    known: dict[int, float] = {}
    if file.is_file():
        stored = np.load(file)
        known = dict(zip(stored["keys"].tolist(), stored["logits"].tolist(), strict=True))
    keys = rows.keys.tolist()
    missing = [at for at, key in enumerate(keys) if key not in known]
    with tqdm(total=len(missing), desc="Asking", unit=" tweets", unit_scale=True) as bar:
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            logits = teacher.logits([rows.texts[at] for at in chunk])
            known |= zip((keys[at] for at in chunk), logits.tolist(), strict=True)
            _keep(file, known)
            bar.update(len(chunk))
    answers = np.array([known[key] for key in keys], np.float32)
    return probabilities(answers, teacher.manifest.decision.temperature)


def _keep(file: Path, known: Mapping[int, float]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    keys = np.array(list(known), np.uint64)
    np.savez(content, keys=keys, logits=np.array(list(known.values()), np.float32))
    replace_file(file, content.getvalue())
