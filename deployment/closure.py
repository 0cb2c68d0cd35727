"""The packages that are deployed, each with its version and hashes, for the Python of the cloud."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PYTHON = "3.13"
UV = (sys.executable, "-m", "uv")
PLATFORM = "x86_64-manylinux_2_28"
LOCK = Path(__file__).with_name("requirements.lock")
LEFT_OUT = Path(__file__).with_name("left_out.txt")

_TARGET = ("--python-version", PYTHON, "--python-platform", PLATFORM, "--no-python-downloads")


def write_lock(root: Path) -> None:
    """Resolve ``requirements.txt`` without what is left out, and replace the lock.

    Versions that the lock holds already are kept where they fit.

    Raises:
        subprocess.CalledProcessError: There is no solution, or the index cannot be reached.
    """
    _uv(
        root,
        *("compile", "requirements.txt", *_TARGET, "--override", LEFT_OUT, "--output-file", LOCK),
        *("--generate-hashes", "--no-build", "--no-header", "--quiet"),
    )


def install(folder: Path) -> None:
    """Install exactly the packages of the lock into a folder, whatever Python runs this.

    Raises:
        subprocess.CalledProcessError: A package cannot be had, or its hash differs.
    """
    _uv(
        LOCK.parent,
        *("install", *_TARGET, "--target", folder, "--requirements", LOCK, "--require-hashes"),
        *("--no-deps", "--only-binary", ":all:", "--link-mode", "copy", "--quiet"),
    )


def left_out() -> list[str]:
    """Return the packages that some package declares and that are not deployed."""
    lines = LEFT_OUT.read_text(encoding="utf-8").splitlines()
    return [line.partition(";")[0] for line in lines if line and not line.startswith("#")]


def _uv(folder: Path, *arguments: str | Path) -> None:
    subprocess.run([*UV, "pip", *arguments], cwd=folder, check=True)
