"""The registry in a blob container: ``bundles/<version>/<file>`` and ``current.json``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sentiment.model.bundle import (
    MANIFEST_FILE,
    Bundle,
    BundleError,
    Manifest,
    assemble,
    parse_manifest,
)
from sentiment.registry import ConflictError, RegistryError
from sentiment.registry.deadline import limited
from sentiment.registry.pointer import DamagedPointerError, Pointer, parse_pointer
from sentiment.storage import describe_failure, error_code

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

CONTAINER = "models"
POINTER_BLOB = "current.json"
DOWNLOAD_SECONDS = 60.0

_FOLDER = "bundles"
_POINTER = "The registry's pointer"
_LARGEST_FILE = 1 << 28
_NOT_MODIFIED, _NOT_FOUND, _CONFLICTS = 304, 404, (409, 412)
_BEING_DELETED = "ContainerBeingDeleted"
_ABSENT = frozenset({"", "BlobNotFound", "ResourceNotFound"})


@dataclass(frozen=True)
class TaggedPointer:
    """A pointer as it was read; ``etag`` is None where there is none yet."""

    pointer: Pointer
    etag: str | None


class Registry:
    """Reads and writes bundles.

    Args:
        container: The blob container. To read, it need not exist: it is an empty registry then.
        download_seconds: After which the download of a file is given up.
    """

    def __init__(
        self, container: ContainerClient, download_seconds: float = DOWNLOAD_SECONDS
    ) -> None:
        self.container = container
        self._download_seconds = download_seconds

    def prepare(self) -> None:
        """Make the container if it is missing, so that it can be written.

        Raises:
            RegistryError: It cannot be made.
        """
        from azure.core.exceptions import ResourceExistsError

        with storage_errors("made", f"The container {self.container.container_name}"):
            try:
                self.container.create_container()
            except ResourceExistsError as error:
                if error_code(error) == _BEING_DELETED:
                    raise

    def pointer(self) -> TaggedPointer:
        """Return the pointer.

        Raises:
            DamagedPointerError: It is no pointer; promoting a version replaces it.
            RegistryError: It cannot be read.
        """
        return self.pointer_unless(None) or TaggedPointer(Pointer(), None)

    def pointer_unless(self, etag: str | None) -> TaggedPointer | None:
        """Return the pointer, or None if it is absent or its ETag is still the given one.

        Raises:
            DamagedPointerError: It is no pointer; promoting a version replaces it.
            RegistryError: It cannot be read.
        """
        from azure.core import MatchConditions
        from azure.core.exceptions import HttpResponseError

        condition: dict[str, Any] = {}
        if etag is not None:
            condition = {"etag": etag, "match_condition": MatchConditions.IfModified}
        with storage_errors("read", _POINTER), limited(self._download_seconds, _POINTER) as hook:
            try:
                blob = self.container.download_blob(
                    POINTER_BLOB, raw_response_hook=hook, **condition
                )
            except HttpResponseError as error:
                missing = error.status_code == _NOT_FOUND and etag is None
                if missing or error.status_code == _NOT_MODIFIED:
                    return None
                raise
            content, found = blob.readall(), blob.properties.etag
        try:
            return TaggedPointer(parse_pointer(content), found)
        except DamagedPointerError as error:
            error.etag = found
            raise

    def move_pointer(self, seen: TaggedPointer, pointer: Pointer) -> None:
        """Replace the pointer that was seen.

        It is no conflict if the pointer is there already: the library sends a request again whose
        answer was lost.

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
        try:
            with storage_errors("moved", _POINTER):
                self.container.upload_blob(POINTER_BLOB, pointer.encode(), **condition)
        except ConflictError:
            if self.pointer().pointer != pointer:
                raise ConflictError(
                    "Somebody else published or promoted meanwhile, and nothing was overwritten:"
                    " list the versions, then promote the one that shall serve."
                ) from None

    def versions(self) -> list[str]:
        """Return every version that is complete, in order.

        Raises:
            RegistryError: The container cannot be read.
        """
        from azure.core.exceptions import ResourceNotFoundError

        with storage_errors("read", "The registry"):
            try:
                names = [blob.name.split("/") for blob in self.container.list_blobs(f"{_FOLDER}/")]
            except ResourceNotFoundError:  # the container itself
                return []
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

    def checked_manifest(self, version: str, manifest_sha256: str | None = None) -> Manifest:
        """Return the manifest of a version, verified; its other files are not read.

        Args:
            version: Of the bundle.
            manifest_sha256: What its bytes must be; None where nothing vouches for them.

        Raises:
            BundleError: It is malformed, or not that of the version or of the pointer.
            RegistryError: It cannot be read.
        """
        content = self.manifest(version)
        if manifest_sha256 not in (None, hashlib.sha256(content).hexdigest()):
            raise BundleError(f"{MANIFEST_FILE} of {version} is not the one that was promoted.")
        manifest = parse_manifest(content)
        if manifest.version != version:
            raise BundleError(f"{MANIFEST_FILE} of {version} describes {manifest.version}.")
        return manifest

    def download(self, version: str, manifest_sha256: str | None = None) -> Bundle:
        """Return a version, verified.

        Args:
            version: Of the bundle.
            manifest_sha256: What its manifest must be; None where nothing vouches for it.

        Raises:
            BundleError: It is incomplete, or not what its manifest or the pointer says.
            RegistryError: It cannot be read.
        """
        manifest = self.checked_manifest(version, manifest_sha256)
        return assemble(manifest, lambda name: self._read(version, name))

    def _add(self, version: str, name: str, content: bytes) -> None:
        try:
            with storage_errors("written", f"{name} of {version}"):
                self.container.upload_blob(f"{_FOLDER}/{version}/{name}", content)
        except ConflictError:
            if self._read(version, name) != content:
                raise ConflictError(
                    f"Version {version} is already published with another {name}. A version never"
                    " changes: train anew, which gives a new one."
                ) from None

    def _read(self, version: str, name: str) -> bytes:
        item = f"{name} of {version}"
        with storage_errors("read", item), limited(self._download_seconds, item) as hook:
            blob = self.container.download_blob(
                f"{_FOLDER}/{version}/{name}", raw_response_hook=hook
            )
            if blob.size > _LARGEST_FILE:
                raise BundleError(f"{item} has {blob.size} bytes; that is no bundle.")
            return blob.readall()


@contextmanager
def storage_errors(what: str, item: str) -> Iterator[None]:
    """Turn Azure's errors into ours; theirs may quote addresses with signatures.

    Args:
        what: What cannot be done when it fails, such as "read".
        item: What it cannot be done to.

    Raises:
        ConflictError: A condition does not hold, or the item exists.
        RegistryError: Anything else failed.
    """
    from azure.core.exceptions import AzureError

    try:
        yield
    except AzureError as error:
        status = getattr(error, "status_code", None)
        if status == _NOT_FOUND and error_code(error) in _ABSENT:
            raise RegistryError(f"{item} is not in storage.") from None
        kind = ConflictError if status in _CONFLICTS else RegistryError
        raise kind(f"{item} cannot be {what}: {describe_failure(error)}.") from None
