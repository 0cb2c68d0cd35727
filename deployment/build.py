"""The deployed package: the app's files, and beside them the packages it needs."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from deployment.closure import install
from deployment.sizes import PACKAGES, Size, by_part

IGNORE_FILE = ".funcignore"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644

# Nothing at run time reads these; licences and metadata stay.
_UNUSED = (
    "**/tests",
    "**/__pycache__",
    "**/*.pyi",
    "**/*.js.map",
    "**/*.css.map",
    "bin",
    ".lock",
    # The model runs on the processor; these are for graphics and neural processors.
    "ai_edge_litert/libLiteRtWebGpuAccelerator.so",
    "ai_edge_litert/tools",
    "ai_edge_litert/vendors",
)


@dataclass(frozen=True)
class Package:
    """A built package.

    Attributes:
        folder: What is deployed.
        archive: The same as a zip file.
        parts: What each part takes.
    """

    folder: Path
    archive: Path
    parts: dict[str, Size]


def build(root: Path, output: Path, python: Path) -> Package:
    """Build ``output/package`` and ``output/package.zip`` from what git tracks and the lock.

    Args:
        root: The repository.
        output: A folder, made if it is missing; a package in it is replaced.
        python: An interpreter of the version that the cloud runs.

    Raises:
        OSError: A file cannot be read or written.
        subprocess.CalledProcessError: A package cannot be had, or does not compile.
    """
    folder = output / "package"
    shutil.rmtree(folder, ignore_errors=True)
    for name in deployed_files(root):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
    install(folder / PACKAGES)
    _remove_unused(folder / PACKAGES)
    _compile(folder, python)
    archive = output / "package.zip"
    return Package(folder, archive, by_part(folder, write_zip(folder, archive)))


def deployed_files(root: Path) -> list[str]:
    """Return the paths, relative to the repository, of the files that are deployed.

    Args:
        root: The repository. What git does not track is never deployed.

    Returns:
        What ``.funcignore`` leaves of the tracked files, sorted.

    Raises:
        OSError: There is no git, or no ``.funcignore``.
        subprocess.CalledProcessError: This is no repository.
    """
    (root / IGNORE_FILE).stat()
    ignored = _tracked(root, "--ignored", f"--exclude-from={IGNORE_FILE}")
    return sorted(_tracked(root) - ignored)


def write_zip(folder: Path, target: Path) -> dict[str, int]:
    """Write a zip file whose bytes depend on the content of a folder alone.

    Returns:
        The packed size of each file, by its name within the folder.

    Raises:
        OSError: A file cannot be read or written.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _FILE_MODE << 16
            archive.writestr(entry, path.read_bytes())
        return {entry.filename: entry.compress_size for entry in archive.infolist()}


def _tracked(root: Path, *options: str) -> set[str]:
    command = ["git", "ls-files", "--cached", "-z", *options]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split("\0")) - {""}


def _remove_unused(packages: Path) -> None:
    for pattern in _UNUSED:
        for path in list(packages.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _compile(folder: Path, python: Path) -> None:
    """Compile to bytecode, as the deployed folder is read-only and each start would do it anew."""
    # A zip file does not keep the times of files exactly, by which bytecode is checked otherwise.
    mode = ("--invalidation-mode", "unchecked-hash")
    subprocess.run(
        [python, "-I", "-m", "compileall", "-q", "-j", "0", *mode, "-s", folder, folder], check=True
    )
