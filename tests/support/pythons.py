"""Other Python versions on this machine, and virtual environments made with them."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from deployment.closure import UV

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".venvs"

# The ABI flags tell a free-threaded or a debug build, for which few packages have wheels.
_PROBE = "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2] + sys.abiflags)"
_IDENTITY = "import sys; print(sys.version, sys.base_prefix)"
_ABSENT = re.compile(r"no Python (\d+\.\d+) found")


@functools.cache
def find_python(version: str) -> Path | None:
    """Return an interpreter of a version such as "3.13", or None.

    A candidate counts only if it runs: pyenv puts a shim of every version on the PATH, which
    fails for those that are not selected.
    """
    return next((path for path in _candidates(version) if _is_python(path, version)), None)


def require_python(version: str) -> Path:
    """Return an interpreter of a version; skip the test where there is none."""
    found = find_python(version)
    if found is None:
        pytest.skip(f"no Python {version} found")
    return found


def is_absent(reason: str) -> bool:
    """Return whether a skip's reason is a Python, or PyTorch, that this machine really lacks."""
    if "PyTorch is not installed" in reason:
        return find_spec("torch") is None
    match = _ABSENT.search(reason)
    return match is not None and find_python(match[1]) is None


def environment(name: str, python: Path, requirements: Sequence[str]) -> Path:
    """Return the Python of a virtual environment that holds exactly these requirements.

    It is kept in ``.venvs/<name>``, keyed by the requirements and the interpreter, and made only
    once. Processes may call this at the same time: a half-made environment is never seen.

    Args:
        name: What the environment is for.
        python: The interpreter that it is made with.
        requirements: Lines as in a requirements file.

    Raises:
        RuntimeError: It could not be made; the message holds what uv said.
    """
    identity = _run([python, "-I", "-c", _IDENTITY])
    key = hashlib.sha256("\n".join([identity, *requirements]).encode()).hexdigest()[:12]
    folder = ENVIRONMENTS / name / key
    if not folder.exists():
        _make(folder, python, requirements)
    return folder / "bin" / "python"


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    program = f"python{version}"
    for folder in [*os.get_exec_path(), "/usr/bin", "/usr/local/bin"]:
        yield Path(folder) / program
    home = Path.home()
    for versions, pattern in (
        (Path(os.environ.get("PYENV_ROOT") or home / ".pyenv"), "versions/*/bin"),
        (Path("/opt/hostedtoolcache/Python"), "*/x64/bin"),
        (home / ".local/share/uv/python", "*/bin"),
    ):
        yield from sorted(versions.glob(f"{pattern}/{program}"), reverse=True)


def _is_python(path: Path, version: str) -> bool:
    if not path.is_file():
        return False
    try:
        return _run([path, "-I", "-c", _PROBE]).split() == ["cpython", version]
    except (OSError, RuntimeError):
        return False


def _make(folder: Path, python: Path, requirements: Sequence[str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    try:
        _run([*UV, "venv", "--quiet", "--no-project", "--python", python, part])
        listing = part / "requirements.txt"
        listing.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        _run([*UV, "pip", "install", "--quiet", "--python", part, "-r", listing])
        _put_in_place(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _put_in_place(part: Path, folder: Path) -> None:
    try:
        part.rename(folder)
    except OSError:
        # Another process was faster, and its environment is the same.
        if not folder.exists():
            raise


def _run(command: Sequence[str | Path]) -> str:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{said}")
    return done.stdout
