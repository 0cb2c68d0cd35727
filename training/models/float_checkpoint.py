"""Float checkpoints: float models in folders of their own, from which a later training goes on."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from training.models.base import FittedModel

_logger = logging.getLogger(__name__)


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
