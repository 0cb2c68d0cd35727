"""What a fit keeps on disk: its state, so that a kill costs little, and its float model.

The state is a file that a fit replaces as it goes, and that ``train`` deletes once the bundle is
written. A float checkpoint is a folder that a person asks for, to go on training from.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.models.base import FittedModel, TrainingTask

_logger = logging.getLogger(__name__)

Arrays = Sequence[NDArray[Any]]

_PROGRESS = "progress"


@dataclass(frozen=True)
class Progress:
    """How far a fit has come.

    Attributes:
        done: Epochs, or steps, that are done.
        best_epoch: The epoch with the lowest validation loss; 0 before the first.
        best_loss: That loss.
        seconds: How long it took, over all its sittings.
        state: All variables of the model and its optimiser now.
        best: The model's weights after ``best_epoch``.
    """

    done: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    seconds: float = 0.0
    state: Arrays = field(default_factory=list)
    best: Arrays = field(default_factory=list)


class CheckpointFile:
    """The file that holds the progress of one fit.

    Its name depends on the parameters and the rows, so that a fit never resumes from another's.

    Args:
        family: The name of the family, with which the file's name begins.
        task: What the fit works on.
        parameters: What else the result depends on, in JSON types.
    """

    def __init__(self, family: str, task: TrainingTask, parameters: Mapping[str, Any]) -> None:
        described = json.dumps(
            [task.digest(), task.validation.digest(), dict(parameters)], sort_keys=True
        )
        digest = hashlib.sha256(described.encode()).hexdigest()
        self.path = task.checkpoints and task.checkpoints / f"{family}-{digest[:16]}.npz"

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
        numbers = [progress.done, progress.best_epoch, progress.best_loss, progress.seconds]
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
                done, best_epoch, best_loss, seconds = file[_PROGRESS].tolist()
                state, best = _listed(file, "state"), _listed(file, "best")
        except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"The checkpoint {self.path} is damaged ({error}); delete it to start anew."
            ) from error
        return Progress(int(done), int(best_epoch), best_loss, seconds, state, best)


def _listed(file: Any, prefix: str) -> list[NDArray[Any]]:
    count = sum(name.startswith(prefix) for name in file.files)
    return [file[f"{prefix}{at}"] for at in range(count)]


def check_free(folder: Path) -> None:
    """Check that a float checkpoint can be written to ``folder`` without anything being lost.

    Raises:
        FileExistsError: Something is there.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} exists and would be lost; choose another folder.")


def save_float_checkpoint(model: FittedModel, folder: Path) -> None:
    """Write a float model aside, then rename.

    Raises:
        OSError: The folder is not free, or cannot be written; nothing is left of the model.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        part = Path(scratch) / folder.name
        part.mkdir()
        model.save(part)
        check_free(folder)
        part.replace(folder)
    _logger.info("Wrote the float checkpoint to %s/", folder)
