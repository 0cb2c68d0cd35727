"""Bundles into the registry that apps read: publish, list, promote, roll back.

A version is uploaded, read back and verified, and only then the pointer moves to it, on the
condition that the pointer is still the one that was looked at before.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime
from pathlib import Path

from operations.deployed import check_deployed
from sentiment.model.bundle import MANIFEST_FILE, is_version, read_bundle
from sentiment.registry import ConflictError, RegistryError
from sentiment.registry.pointer import DamagedPointerError, Pointer, Promotion
from sentiment.registry.registry import CONTAINER, Registry, TaggedPointer
from sentiment.storage import ACCOUNT, CONNECTION, Storage

DEFAULT_BUNDLE = Path("model_artifacts")

_logger = logging.getLogger(__name__)


def open_registry(storage: Storage | None) -> Registry:
    """Return the registry of a storage account; it is not asked anything yet.

    Raises:
        RegistryError: No account is configured.
        StorageError: The connection string is malformed.
    """
    if storage is None:
        raise RegistryError(f"No registry is configured: set {CONNECTION} or {ACCOUNT}.")
    return Registry(storage.container(CONTAINER))


def publish(registry: Registry, folder: Path, seen: TaggedPointer | None = None) -> str:
    """Upload a bundle, verify it by reading it back, and make it the current version.

    Args:
        registry: Its container is made if it is missing.
        folder: The folder of the bundle.
        seen: The pointer that the decision to publish rests on; the default is the one of now.

    Returns:
        What the current version is now, in a sentence.

    Raises:
        BundleError: The bundle cannot be used, or does not come back as it was sent.
        NotDeployedError: It needs what no app deploys.
        ConflictError: The version exists with other content, or somebody else promoted meanwhile.
        RegistryError: The registry cannot be read or written.
    """
    bundle = read_bundle(folder)
    check_deployed(bundle.manifest.encoder)
    registry.prepare()
    seen = seen or registry.pointer()
    manifest = (folder / MANIFEST_FILE).read_bytes()
    version = bundle.manifest.version
    _logger.info("Uploading %s", version)
    registry.upload(version, {**bundle.contents, MANIFEST_FILE: manifest})
    return _move(registry, seen, version, hashlib.sha256(manifest).hexdigest())


def pointer_to(registry: Registry, version: str) -> TaggedPointer:
    """Return the pointer while a version is the current one; empty: while there is none.

    Raises:
        ConflictError: Another version is.
        RegistryError: The registry cannot be read.
    """
    seen = registry.pointer()
    current = seen.pointer.current.version if seen.pointer.current else ""
    if current != version:
        raise ConflictError(
            f"The current version is {current or 'none'}, not {version or 'none'}: somebody else"
            " promoted meanwhile."
        )
    return seen


def promote(registry: Registry, version: str) -> str:
    """Make a version of the registry the current one, and return that in a sentence.

    A damaged pointer is replaced; the promotions that it held are lost.

    Raises:
        BundleError: The version is damaged or incomplete.
        NotDeployedError: It needs what no app deploys.
        ConflictError: Somebody else promoted meanwhile.
        RegistryError: There is no such version, or the registry cannot be read or written.
    """
    if not is_version(version):
        raise RegistryError("That is not the name of a version; `list` shows them.")
    try:
        seen = registry.pointer()
    except DamagedPointerError as error:
        _logger.warning(
            "The registry's pointer is damaged: a new one replaces it, without the history"
        )
        seen = TaggedPointer(Pointer(), error.etag)
    sha256 = hashlib.sha256(registry.manifest(version)).hexdigest()
    return _move(registry, seen, version, sha256)


def roll_back(registry: Registry) -> str:
    """Return to the version before the current one, and name it in a sentence.

    Raises:
        BundleError: That version is damaged, incomplete or no longer what was promoted.
        NotDeployedError: It needs what no app deploys.
        ConflictError: Somebody else promoted meanwhile.
        RegistryError: There is nothing before it, or the registry cannot be read or written.
    """
    seen = registry.pointer()
    previous = seen.pointer.previous
    if previous is None:
        raise RegistryError("There is no earlier version to return to.")
    return _move(registry, seen, previous.version, previous.manifest_sha256, rollback=True)


def describe(registry: Registry) -> str:
    """Return the versions and the promotions as text.

    Raises:
        RegistryError: The registry cannot be read.
    """
    versions = registry.versions()
    if not versions:
        return "The registry is empty."
    try:
        pointer, heading = registry.pointer().pointer, "Promotions, the latest last:"
    except DamagedPointerError as error:
        pointer, heading = Pointer(), str(error)
    serving = pointer.current.version if pointer.current else None
    listed = [f"{'*' if version == serving else ' '} {version}" for version in versions]
    history = [
        f"  {promotion.at}  {promotion.version}{'  (rollback)' if promotion.rollback else ''}"
        for promotion in pointer.promotions
    ]
    return "\n".join(["Versions (* serves):", *listed, heading, *history])


def _move(
    registry: Registry, seen: TaggedPointer, version: str, sha256: str, *, rollback: bool = False
) -> str:
    _logger.info("Reading %s back", version)
    check_deployed(registry.download(version, sha256).manifest.encoder)
    current = seen.pointer.current
    if current and (current.version, current.manifest_sha256) == (version, sha256):
        return f"{version} is the current version already"
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    registry.move_pointer(seen, seen.pointer.promoted(Promotion(version, sha256, at, rollback)))
    return f"{version} is the current version now"
