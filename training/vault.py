"""Base data and float checkpoints in a private blob container, which the app never reads."""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from sentiment.files import file_digest
from sentiment.registry.container import told
from sentiment.settings import read_settings
from sentiment.storage import ACCOUNT, CONNECTION, StorageError

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

CONTAINER = "training"

_SHA256 = "sha256"
_WHERE = (
    f" The container {CONTAINER} of the storage account that {CONNECTION} or {ACCOUNT} names is"
    " meant; keep it private, for it holds tweets."
)

Say = Callable[[str], None]


class VaultError(ValueError):
    """A file cannot be pushed or pulled; the message says which and why."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``data`` to the command line."""
    parser = commands.add_parser(
        "data",
        help="keep base data and checkpoints in private storage, for another machine to train on",
        description="Push files and folders to private storage, or pull them." + _WHERE,
        epilog="example: python -m training data push sentiment140.csv.gz; on the other machine:"
        " python -m training data pull sentiment140.csv.gz",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    pushing = actions.add_parser("push", help="upload files, or folders with all they hold")
    pushing.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    pushing.set_defaults(run=lambda options: push(_container(), options.paths, _say))
    pulling = actions.add_parser("pull", help="download files or folders by name")
    pulling.add_argument("names", nargs="+", metavar="NAME")
    pulling.add_argument("--into", type=Path, default=Path(),
                         help="folder to write to (default: this one)")  # fmt: skip
    pulling.set_defaults(run=lambda options: pull(_container(), options.names, options.into, _say))


def push(container: ContainerClient, paths: list[Path], say: Say) -> None:
    """Upload files and folders under their own names, and read each back.

    Raises:
        VaultError: A path is missing, or a file does not come back as it was sent.
        RegistryError: The container cannot be written.
    """
    for path in paths:
        if not path.exists():
            raise VaultError(f"{path} does not exist.")
        for file in _files(path):
            name = PurePosixPath(path.name, *file.relative_to(path).parts)
            _push_file(container, file, str(name), say)


def pull(container: ContainerClient, names: list[str], into: Path, say: Say) -> None:
    """Download files, and folders with all they hold; each is verified before it gets its name.

    Raises:
        VaultError: Nothing has that name, or a file is not what was pushed.
        RegistryError: The container cannot be read.
        OSError: A file cannot be written; what stood in its place is as it was.
    """
    for name in names:
        with told("read", name):
            found = [
                blob.name
                for blob in container.list_blobs(name)
                if blob.name == name or blob.name.startswith(f"{name}/")
            ]
        if not found:
            raise VaultError(f"Nothing in storage has the name {name}.")
        for blob in found:
            pull_file(container, blob, into, say)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file())


def _push_file(container: ContainerClient, file: Path, name: str, say: Say) -> None:
    sha256 = file_digest(file)
    if _known_digest(container, name) == sha256:
        say(f"{name} is there already")
        return
    with told("written", name), file.open("rb") as content:
        container.upload_blob(name, content, overwrite=True, metadata={_SHA256: sha256})
    if _digest(_download(container, name)[1]) != sha256:
        raise VaultError(f"{name} does not come back as it was sent; push it again.")
    say(f"Pushed {name} ({file.stat().st_size / 1e6:.1f} MB)")


def _known_digest(container: ContainerClient, name: str) -> str | None:
    from azure.core.exceptions import ResourceNotFoundError

    with told("read", name):
        try:
            properties = container.get_blob_client(name).get_blob_properties()
        except ResourceNotFoundError:
            return None
    return (properties.metadata or {}).get(_SHA256)


def pull_file(container: ContainerClient, name: str, into: Path, say: Say) -> None:
    """Download one file by its full name; see ``pull``."""
    target = into.joinpath(*PurePosixPath(name).parts)
    if not target.resolve().is_relative_to(into.resolve()):
        raise VaultError(f"{name} would be written outside of {into}; it is left where it is.")
    expected, parts = _download(container, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    digest = hashlib.sha256()
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in parts:
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != expected:
            raise VaultError(f"{name} is not what was pushed; push it again.")
        Path(part).replace(target)
    finally:
        Path(part).unlink(missing_ok=True)
    say(f"Pulled {target}")


def _download(container: ContainerClient, name: str) -> tuple[str, Iterator[bytes]]:
    with told("read", name):
        blob = container.download_blob(name)
    return (blob.properties.metadata or {}).get(_SHA256, ""), _pieces(blob, name)


def _pieces(blob: Any, name: str) -> Iterator[bytes]:
    with told("read", name), tqdm(total=blob.size, desc=name, unit="B", unit_scale=True) as bar:
        for piece in blob.chunks():
            bar.update(len(piece))
            yield piece


def _digest(pieces: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _container() -> ContainerClient:
    storage = read_settings().storage
    if storage is None:
        raise StorageError(f"No storage is configured: set {CONNECTION} or {ACCOUNT}.")
    container = storage.container(CONTAINER)
    with told("made", f"The container {CONTAINER}"):
        if not container.exists():
            container.create_container()
    return container


def _say(message: str) -> None:
    print(message, flush=True)
