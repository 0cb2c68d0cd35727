"""The files of this repository that are deployed: those that ``.funcignore`` leaves."""

from __future__ import annotations

import subprocess
from pathlib import Path

IGNORE_FILE = ".funcignore"


def deployed_files(root: Path) -> list[str]:
    """Return the paths, relative to the repository, of the tracked files that are deployed.

    Args:
        root: The repository. What git does not track is never deployed.

    Raises:
        OSError: There is no git, or no ``.funcignore``.
        subprocess.CalledProcessError: This is no repository.
    """
    (root / IGNORE_FILE).stat()
    tracked = _list(root)
    ignored = _list(root, "--ignored", f"--exclude-from={IGNORE_FILE}")
    return sorted(tracked - ignored)


def _list(root: Path, *options: str) -> set[str]:
    command = ["git", "ls-files", "--cached", "-z", *options]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split("\0")) - {""}
