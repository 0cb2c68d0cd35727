"""Base data and float checkpoints in a private blob container, which the app never reads."""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from operations.terminal import align
from sentiment.files import file_digest
from sentiment.registry import ConflictError
from sentiment.registry.registry import storage_errors
from sentiment.settings import read_settings
from sentiment.storage import ACCOUNT, CONNECTION, StorageError

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties, ContainerClient

CONTAINER = "training"

_SHA256 = "sha256"
_HEAD = ("name", "bytes", "pushed (UTC)", "sha256")
_AGAIN = "push it again with --replace"
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
        description="Push files and folders to private storage, list or pull them." + _WHERE,
        epilog="example: python -m training data push sentiment140.csv.gz; on the other machine:"
        " python -m training data pull sentiment140.csv.gz",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    pushing = actions.add_parser("push", help="upload files, or folders with all they hold")
    pushing.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    pushing.add_argument("--replace", action="store_true",
                         help="upload over what is stored under the same names, which is refused"
                         " otherwise where it is something else")  # fmt: skip
    pushing.set_defaults(
        run=lambda options: push(_container(), options.paths, _say, options.replace)
    )
    listing = actions.add_parser("list", help="show what is stored: name, size, day and digest")
    listing.set_defaults(run=lambda _options: _say(describe(_container())))
    pulling = actions.add_parser("pull", help="download files or folders by name")
    pulling.add_argument("names", nargs="+", metavar="NAME")
    pulling.add_argument("--into", type=Path, default=Path(),
                         help="folder to write to (default: this one)")  # fmt: skip
    pulling.set_defaults(run=lambda options: pull(_container(), options.names, options.into, _say))


def push(container: ContainerClient, paths: list[Path], say: Say, replace: bool = False) -> None:
    """Upload files and folders under their own names, and read each back.

    Args:
        container: It is made if it is missing.
        paths: What stands there already with the same content is not sent again.
        say: Told what happens.
        replace: Whether to send all, over whatever is stored under the same names.

    Raises:
        VaultError: A path is missing, something else is stored under a name, in which cases
            nothing is uploaded, or a file does not come back as it was sent.
        RegistryError: The container cannot be written.
    """
    files = _named(paths)
    _prepare(container)
    sendings = [_Sending(name, file, _stored(container, name)) for name, file in files.items()]
    if not replace:
        _check_free(sendings)
    for sending in sendings:
        if sending.is_stored and not replace:
            say(f"{sending.name} is there already")
        else:
            _send(container, sending)
            say(f"Pushed {sending.name} ({sending.file.stat().st_size / 1e6:.1f} MB)")


def describe(container: ContainerClient) -> str:
    """Return what is stored as text: names, sizes, times and, where they are known, digests.

    Raises:
        RegistryError: The container cannot be read.
    """
    blobs = sorted(_blobs(container), key=lambda blob: str(blob.name))
    if not blobs:
        return "Nothing is stored yet."
    return "\n".join(align([_HEAD, *map(_cells, blobs)]))


def pull(container: ContainerClient, names: list[str], into: Path, say: Say) -> None:
    """Download files, and folders with all they hold; each is verified before it gets its name.

    Raises:
        VaultError: Nothing has that name, or a file is not what was pushed.
        RegistryError: The container cannot be read.
        OSError: A file cannot be written; what stood in its place is as it was.
    """
    for name in names:
        found = [
            str(blob.name)
            for blob in _blobs(container, name)
            if blob.name == name or blob.name.startswith(f"{name}/")
        ]
        if not found:
            raise VaultError(f"Nothing in storage has the name {name}.")
        for blob in found:
            pull_file(container, blob, into, say)


@dataclass(frozen=True)
class _Stored:
    """What has a name in storage; ``sha256`` is "" where something else put it there."""

    sha256: str
    etag: str
    size: int
    at: datetime


class _Sending:
    """A file on its way.

    Args:
        name: That it gets.
        file: Where it is.
        stored: What has the name now.
    """

    def __init__(self, name: str, file: Path, stored: _Stored | None) -> None:
        self.name, self.file, self.stored = name, file, stored
        self.sha256 = file_digest(file)

    @property
    def is_stored(self) -> bool:
        """Whether the same content has the name already."""
        return self.stored is not None and self.stored.sha256 == self.sha256


def _named(paths: list[Path]) -> Mapping[str, Path]:
    """Return the files of some paths by the names that they get."""
    found: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise VaultError(f"{path} does not exist.")
        for file in _files(path):
            name = str(PurePosixPath(path.name, *file.relative_to(path).parts))
            if found.setdefault(name, file) != file:
                raise VaultError(f"{found[name]} and {file} would both get the name {name}.")
    return found


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file())


def _check_free(sendings: list[_Sending]) -> None:
    taken = [each for each in sendings if each.stored is not None and not each.is_stored]
    if not taken:
        return
    name, stored = taken[0].name, taken[0].stored
    others = f", as is other content under {len(taken) - 1:,} more names" if taken[1:] else ""
    was = f" ({stored.size:,} bytes, pushed {_time(stored.at)})" if stored else ""
    raise VaultError(
        f"{name} is stored already with other content{was}{others}; nothing was pushed. Give"
        " --replace to overwrite what is stored, or push the file under another name."
    )


def _stored(container: ContainerClient, name: str) -> _Stored | None:
    from azure.core.exceptions import ResourceNotFoundError

    with storage_errors("read", name):
        try:
            found = container.get_blob_client(name).get_blob_properties()
        except ResourceNotFoundError:
            return None
    digest = (found.metadata or {}).get(_SHA256, "")
    return _Stored(digest, str(found.etag), found.size, found.last_modified)


def _send(container: ContainerClient, sending: _Sending) -> None:
    """Upload a file in the place of what was seen there, and read it back."""
    name, stored = sending.name, sending.stored
    try:
        with storage_errors("written", name), sending.file.open("rb") as content:
            container.upload_blob(
                name, content, metadata={_SHA256: sending.sha256}, **_condition(stored)
            )
    except ConflictError:
        # The library sends again what it had no answer for, and then finds its own.
        now = _stored(container, name)
        if now is None or now.sha256 != sending.sha256:
            raise VaultError(
                f"Somebody else pushed {name} meanwhile; theirs is kept. See `data list`."
            ) from None
    if _digest(_download(container, name)[1]) != sending.sha256:
        raise VaultError(f"{name} does not come back as it was sent; {_AGAIN}.")


def _condition(stored: _Stored | None) -> Mapping[str, Any]:
    from azure.core import MatchConditions

    if stored is None:
        return {"overwrite": False}
    condition = MatchConditions.IfNotModified
    return {"overwrite": True, "etag": stored.etag, "match_condition": condition}


def _blobs(container: ContainerClient, prefix: str = "") -> list[BlobProperties]:
    from azure.core.exceptions import ResourceNotFoundError

    with storage_errors("read", "The storage"):
        try:
            return list(container.list_blobs(prefix, include=["metadata"]))
        except ResourceNotFoundError:  # the container itself
            return []


def _cells(blob: BlobProperties) -> tuple[str, ...]:
    digest = (blob.metadata or {}).get(_SHA256, "unknown")
    return str(blob.name), f"{blob.size:,}", _time(blob.last_modified), digest


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


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
            raise VaultError(f"{name} is not what was pushed; {_AGAIN}.")
        Path(part).replace(target)
    finally:
        Path(part).unlink(missing_ok=True)
    say(f"Pulled {target}")


def _download(container: ContainerClient, name: str) -> tuple[str, Iterator[bytes]]:
    with storage_errors("read", name):
        blob = container.download_blob(name)
    return (blob.properties.metadata or {}).get(_SHA256, ""), _pieces(blob, name)


def _pieces(blob: Any, name: str) -> Iterator[bytes]:
    from tqdm import tqdm

    with (
        storage_errors("read", name),
        tqdm(total=blob.size, desc=name, unit="B", unit_scale=True) as bar,
    ):
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
    return storage.container(CONTAINER)


def _prepare(container: ContainerClient) -> None:
    with storage_errors("made", f"The container {container.container_name}"):
        if not container.exists():
            container.create_container()


def _say(message: str) -> None:
    print(message, flush=True)
