"""Runs recorded in plain files, where no MLflow can be written to."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from training.tracking.entry import Content, Entry, File, Folder
from training.tracking.place import Record

ENTRIES_FILE = "entries.jsonl"


@dataclass(frozen=True)
class FolderRecord:
    """A folder with a line of JSON for each entry, and the artifacts beside it."""

    folder: Path

    id = None

    @property
    def artifacts(self) -> str:
        """The folder."""
        return str(self.folder)

    def write(self, entry: Entry) -> None:
        """Append an entry; copy what it brings along."""
        if isinstance(entry, Content):
            self._target(entry.path).write_bytes(entry.content)
            self._append({"kind": "Content", "path": entry.path})
        elif isinstance(entry, Folder):
            for name, content in entry.contents.items():
                self._target(f"{entry.path}/{name}").write_bytes(content)
            self._append({"kind": "Folder", "path": entry.path})
        elif isinstance(entry, File):
            shutil.copyfile(entry.source, self._target(f"{entry.folder}/{entry.source.name}"))
            self._append({"kind": "File", "path": f"{entry.folder}/{entry.source.name}"})
        else:
            self._append({"kind": type(entry).__name__, **asdict(entry)})

    def _target(self, path: str) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _append(self, line: dict[str, object]) -> None:
        with (self.folder / ENTRIES_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")


@dataclass(frozen=True)
class FolderPlace:
    """A folder with one folder for each run.

    Attributes:
        folder: Made when the first run starts.
    """

    folder: Path

    @property
    def title(self) -> str:
        """The folder's path."""
        return f"the folder {self.folder}"

    def open(self, name: str, parent: Record | None, known_id: str | None) -> FolderRecord:  # noqa: ARG002
        """Make a folder for the run, inside that of its parent."""
        within = parent.folder if isinstance(parent, FolderRecord) else self.folder
        within.mkdir(parents=True, exist_ok=True)
        return FolderRecord(Path(tempfile.mkdtemp(prefix=f"{name}-", dir=within)))

    def answers(self) -> bool:
        """Return whether the folder is there."""
        return self.folder.is_dir()
