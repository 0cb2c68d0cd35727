"""Float models in folders of their own, from which a later training goes on."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from training.models.base import FittedModel


def add_option(parser: argparse.ArgumentParser, when: str = "") -> None:
    """Add ``--float-model`` to a command that trains.

    Args:
        parser: Of the command.
        when: On which condition the folder is written, for ``--help``.
    """
    parser.add_argument("--float-model", type=Path, metavar="FOLDER",
                        help="folder for the float model, to go on training from it"
                        + when)  # fmt: skip


def check_free(folder: Path) -> None:
    """Check that a float model can stand at ``folder`` without anything being lost.

    Raises:
        FileExistsError: Something is there.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} exists and would be lost; choose another folder.")


def save(model: FittedModel, folder: Path, say: Callable[[str], None]) -> None:
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
    say(f"Wrote the float model to {folder}/")
