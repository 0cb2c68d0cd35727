"""The state of a long fit on disk, so that a kill costs no more than the epoch under way."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.models.base import TrainingTask

Arrays = Sequence[NDArray[Any]]

STATE_FILE = "progress.json"
"""In a checkpoint that is a folder: names the last of the other files."""

_PROGRESS = "progress"


@dataclass(frozen=True)
class Progress:
    """How far a fit has come.

    Attributes:
        epoch: Epochs done.
        best_epoch: The epoch with the lowest validation loss; 0 before the first.
        best_loss: That loss.
        seconds: How long it took, over all its sittings.
        state: All variables of the model and its optimiser after ``epoch``.
        best: The model's weights after ``best_epoch``.
    """

    epoch: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    seconds: float = 0.0
    state: Arrays = field(default_factory=list)
    best: Arrays = field(default_factory=list)

    def with_best(self, loss: float, weights: Arrays) -> Progress:
        """Return this progress with its latest epoch as the best."""
        return replace(self, best_epoch=self.epoch, best_loss=loss, best=weights)


def fit_name(family: str, described: Any) -> str:
    """Return a name for a fit and no other.

    Args:
        family: The name of the family, with which it begins.
        described: What the result depends on, in JSON types.
    """
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
    return f"{family}-{digest[:16]}"


def discard(checkpoint: Path | None) -> None:
    """Delete the file or folder of a checkpoint, if there is one.

    Raises:
        OSError: It cannot be deleted.
    """
    if checkpoint is None:
        return
    if not checkpoint.is_dir():
        checkpoint.unlink(missing_ok=True)
        return
    (checkpoint / STATE_FILE).unlink(missing_ok=True)  # first: what a kill leaves is no state
    shutil.rmtree(checkpoint)


class CheckpointFile:
    """The file that holds the progress of one fit.

    Its name depends on the parameters and the rows, so that a fit never resumes from another's.

    Args:
        family: The name of the family, with which the file's name begins.
        task: What the fit works on.
        parameters: What else the result depends on, in JSON types.
    """

    def __init__(self, family: str, task: TrainingTask, parameters: Mapping[str, Any]) -> None:
        described = [task.digest(), task.validation.digest(), dict(parameters)]
        self.path = task.checkpoints and task.checkpoints / f"{fit_name(family, described)}.npz"

    def save(self, progress: Progress) -> None:
        """Write the progress aside, then rename; does nothing where no folder was given.

        Raises:
            OSError: The file cannot be written; the previous one is as it was.
        """
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        arrays = {f"state{at}": array for at, array in enumerate(progress.state)}
        arrays |= {f"best{at}": array for at, array in enumerate(progress.best)}
        numbers = [progress.epoch, progress.best_epoch, progress.best_loss, progress.seconds]
        try:
            with part.open("wb") as file:
                np.savez(file, allow_pickle=False, **{_PROGRESS: np.array(numbers)}, **arrays)
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)

    def load(self) -> Progress:
        """Return the progress last saved, or that of a fit that has not begun.

        Raises:
            ValueError: The file is damaged.
        """
        if self.path is None or not self.path.is_file():
            return Progress()
        try:
            with self.path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                epoch, best_epoch, best_loss, seconds = file[_PROGRESS].tolist()
                state, best = _listed(file, "state"), _listed(file, "best")
        except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"The checkpoint {self.path} is damaged ({error}); delete it to start anew."
            ) from error
        return Progress(int(epoch), int(best_epoch), best_loss, seconds, state, best)


def _listed(file: Any, prefix: str) -> list[NDArray[Any]]:
    count = sum(name.startswith(prefix) for name in file.files)
    return [file[f"{prefix}{at}"] for at in range(count)]
