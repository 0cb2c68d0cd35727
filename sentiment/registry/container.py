"""The registry in a blob container: ``bundles/<version>/<file>`` and ``current.json``."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sentiment.bundle import (
    MANIFEST_FILE,
    Bundle,
    BundleError,
    assemble,
    parse_manifest,
)
from sentiment.registry import ConflictError, RegistryError
from sentiment.registry.pointer import Pointer, parse_pointer

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

CONTAINER = "models"
POINTER_BLOB = "current.json"

_FOLDER = "bundles"
_LARGEST_FILE = 1 << 28
_DOWNLOAD_SECONDS = 60.0
_NOT_MODIFIED, _NOT_FOUND, _CONFLICTS = 304, 404, (409, 412)


@dataclass(frozen=True)
class TaggedPointer:
    """A pointer as it was read; ``etag`` is None where there is none yet."""

    pointer: Pointer
    etag: str | None


class Registry:
    """Reads and writes bundles.

    Attributes:
        container: The blob container, which must exist; see ``prepare``.
    """

    def __init__(self, container: ContainerClient) -> None:
        self.container = container

    def prepare(self) -> None:
        """Make the container if it is missing.

        Raises:
            RegistryError: It cannot be made.
        """
        from azure.core.exceptions import ResourceExistsError

        with told("made"):
            try:
                self.container.create_container()
            except ResourceExistsError:
                return

    def pointer(self) -> TaggedPointer:
        """Return the pointer.

        Raises:
            RegistryError: It cannot be read or is damaged.
        """
        found = self.pointer_unless(None)
        return found if found is not None else TaggedPointer(Pointer(), None)

    def pointer_unless(self, etag: str | None) -> TaggedPointer | None:
        """Return the pointer, or None if it is absent or its ETag is still the given one.

        Raises:
            RegistryError: It cannot be read or is damaged.
        """
        from azure.core import MatchConditions
        from azure.core.exceptions import HttpResponseError

        condition: dict[str, Any] = {}
        if etag is not None:
            condition = {"etag": etag, "match_condition": MatchConditions.IfModified}
        with told("read"):
            try:
                blob = self.container.download_blob(POINTER_BLOB, **condition)
            except HttpResponseError as error:
                missing = error.status_code == _NOT_FOUND and etag is None
                if missing or error.status_code == _NOT_MODIFIED:
                    return None
                raise
            return TaggedPointer(parse_pointer(blob.readall()), blob.properties.etag)

    def move_pointer(self, seen: TaggedPointer, pointer: Pointer) -> None:
        """Replace the pointer that was seen.

        Raises:
            ConflictError: It is no longer the one that was seen.
            RegistryError: It cannot be written.
        """
        from azure.core import MatchConditions

        condition = (
            {"overwrite": True, "etag": seen.etag, "match_condition": MatchConditions.IfNotModified}
            if seen.etag
            else {"overwrite": False}
        )
        with told("moved"):
            self.container.upload_blob(POINTER_BLOB, pointer.encode(), **condition)

    def versions(self) -> list[str]:
        """Return every version that is complete, in order.

        Raises:
            RegistryError: The container cannot be read.
        """
        with told("read"):
            names = [blob.name.split("/") for blob in self.container.list_blobs(f"{_FOLDER}/")]
        return sorted(parts[1] for parts in names if parts[2:] == [MANIFEST_FILE])

    def upload(self, version: str, contents: Mapping[str, bytes]) -> None:
        """Add the files of a version, its manifest last; files that are there already stay.

        Raises:
            ConflictError: A file is there with other content.
            RegistryError: A file cannot be written.
        """
        for name in sorted(contents, key=lambda name: (name == MANIFEST_FILE, name)):
            self._add(version, name, contents[name])

    def manifest(self, version: str) -> bytes:
        """Return the bytes of a version's manifest, which are not checked.

        Raises:
            RegistryError: There is no such version, or it cannot be read.
        """
        return self._read(version, MANIFEST_FILE)

    def download(self, version: str, manifest_sha256: str | None = None) -> Bundle:
        """Return a version, verified.

        Args:
            version: Of the bundle.
            manifest_sha256: What its manifest must be; None where nothing vouches for it.

        Raises:
            BundleError: It is incomplete, or not what its manifest or the pointer says.
            RegistryError: It cannot be read.
        """
        content = self.manifest(version)
        if manifest_sha256 not in (None, hashlib.sha256(content).hexdigest()):
            raise BundleError(f"{MANIFEST_FILE} of {version} is not the one that was promoted.")
        manifest = parse_manifest(content)
        if manifest.version != version:
            raise BundleError(f"{MANIFEST_FILE} of {version} describes {manifest.version}.")
        return assemble(manifest, lambda name: self._read(version, name))

    def _add(self, version: str, name: str, content: bytes) -> None:
        try:
            with told("written"):
                self.container.upload_blob(f"{_FOLDER}/{version}/{name}", content)
        except ConflictError:
            if self._read(version, name) != content:
                raise ConflictError(
                    f"Version {version} is already published with another {name}. A version never"
                    " changes: train anew, which gives a new one."
                ) from None

    def _read(self, version: str, name: str) -> bytes:
        deadline = time.monotonic() + _DOWNLOAD_SECONDS
        with told("read", f"{name} of {version}"):
            blob = self.container.download_blob(f"{_FOLDER}/{version}/{name}")
            if blob.size > _LARGEST_FILE:
                raise BundleError(f"{name} of {version} has {blob.size} bytes; that is no bundle.")
            parts = []
            for part in blob.chunks():
                parts.append(part)
                if time.monotonic() > deadline:
                    raise RegistryError(f"{name} of {version} took too long to download.")
        return b"".join(parts)


@contextmanager
def told(what: str, item: str = "The registry's pointer") -> Iterator[None]:
    """Turn Azure's errors into ours; theirs may quote addresses with signatures.

    Args:
        what: What cannot be done when it fails, such as "read".
        item: What it cannot be done to.

    Raises:
        ConflictError: A condition does not hold, or the item exists.
        RegistryError: Anything else failed.
    """
    from azure.core.exceptions import AzureError, HttpResponseError

    try:
        yield
    except HttpResponseError as error:
        if error.status_code in _CONFLICTS:
            raise ConflictError(
                "Somebody else published or promoted meanwhile, and nothing was overwritten:"
                " list the versions, then promote the one that shall serve."
            ) from None
        if error.status_code == _NOT_FOUND:
            raise RegistryError(f"{item} is not in the registry.") from None
        raise RegistryError(f"{item} cannot be {what}: {_reason(error)}.") from None
    except AzureError as error:
        raise RegistryError(f"{item} cannot be {what}: {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    code = getattr(error, "error_code", None) or getattr(error, "status_code", None)
    return f"{type(error).__name__}{f' ({code})' if code else ''}"
