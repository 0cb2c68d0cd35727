"""Distillation: a model learns from what a better one says, as well as from the labels.

Labels that come from emoticons are often wrong, and say nothing of how clear a tweet is. What the
teacher says of the training rows repairs both (Hinton, Vinyals and Dean 2015, Distilling the
Knowledge in a Neural Network).
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.files import replace_file
from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.settings import data_home
from training.evaluate import probabilities
from training.split import Rows

SHARE = 0.8
"""Of the teacher in what is learned; the rest is the label's."""

SEVERAL = " and "
"""Between the versions of several teachers."""

_CHUNK = 4096

Say = Callable[[str], None]


@dataclass(frozen=True)
class Lesson:
    """What teachers make of training rows.

    Attributes:
        teacher: The version of its bundle, or of each of theirs.
        targets: The probability of positive to learn for each row, [rows].
    """

    teacher: str
    targets: NDArray[np.float32]


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--teacher`` to a command that trains."""
    parser.add_argument("--teacher", type=Path, action="append", default=[], metavar="FOLDER",
                        help="bundle of a better model, trained by this project on the same base"
                        " data, whose answers are learned beside the labels; of several, their"
                        " mean")  # fmt: skip


def ask_teachers(
    folders: Sequence[Path], rows: Rows, say: Say, reviewed: NDArray[np.uint64] | None = None
) -> Lesson | None:
    """Ask the bundles in folders about training rows; None without a folder.

    Of rows that a person reviewed, the label is learned as it is, whatever a teacher says.

    Answers are kept in ``SENTIMENT_HOME`` and asked for only once; an interrupted call goes on
    where it was.

    Args:
        folders: The teachers' bundles; what is learned is the mean of their probabilities.
        rows: The training rows.
        say: Told of what takes long.
        reviewed: The keys of the rows whose labels a person reviewed, in any order.

    Raises:
        BundleError: A bundle cannot be used.
        OSError: The answers cannot be kept.
    """
    if not folders:
        return None
    teachers = [Classifier(read_bundle(folder)) for folder in folders]
    said = np.mean([_probabilities(teacher, rows, say) for teacher in teachers], axis=0)
    share = np.full(len(rows), SHARE)
    if reviewed is not None:
        share[np.isin(rows.keys, reviewed)] = 0.0
    targets = (share * said + (1.0 - share) * rows.labels).astype(np.float32)
    return Lesson(SEVERAL.join(teacher.manifest.version for teacher in teachers), targets)


def _probabilities(teacher: Classifier, rows: Rows, say: Say) -> NDArray[np.float64]:
    version = teacher.manifest.version
    say(f"Asking {version} about {len(rows):,} rows")
    logits = _Answers(data_home() / "teachers" / f"{version}.npz").of(teacher, rows)
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
