"""Bundles into the registry that apps read: publish, list, promote, roll back."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from operations.deployed import check_deployed
from sentiment.model.bundle import MANIFEST_FILE, is_version, read_bundle
from sentiment.registry import ConflictError, RegistryError
from sentiment.registry.pointer import DamagedPointerError, Pointer, Promotion
from sentiment.registry.registry import CONTAINER, Registry, TaggedPointer
from sentiment.settings import read_settings
from sentiment.storage import ACCOUNT, CONNECTION

Say = Callable[[str], None]

DEFAULT_BUNDLE = Path("model_artifacts")
_WHERE = (
    f"The registry is the container {CONTAINER} of the storage account that {CONNECTION} (a"
    f" connection string) or {ACCOUNT} (reached with an identity) names."
)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``publish``, ``list``, ``promote`` and ``rollback`` to the command line."""
    publishing = commands.add_parser(
        "publish",
        help="put the bundle into the registry and let apps serve it",
        description="Upload a bundle, read it back, then make it the current version. " + _WHERE,
    )
    publishing.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE,
                            help="folder of the bundle (default: %(default)s)")  # fmt: skip
    publishing.add_argument("--over", metavar="VERSION",
                            help="only while this version, which it has beaten, is the current"
                            " one; empty: only while there is none")  # fmt: skip
    publishing.set_defaults(run=_publish)
    listing = commands.add_parser(
        "list", help="show the versions in the registry", description="Show versions. " + _WHERE
    )
    listing.set_defaults(run=lambda _options: _say(describe(open_registry())))
    promoting = commands.add_parser(
        "promote",
        help="let apps serve a version that is in the registry",
        description="Verify a version and make it the current one. " + _WHERE,
    )
    promoting.add_argument("version", metavar="VERSION", help="as `list` shows it")
    promoting.set_defaults(run=lambda options: promote(open_registry(), options.version, _say))
    undoing = commands.add_parser(
        "rollback",
        help="let apps serve the version before the current one",
        description="Undo the last promotion that was not undone yet. " + _WHERE,
    )
    undoing.set_defaults(run=lambda _options: roll_back(open_registry(), _say))


def open_registry() -> Registry:
    """Return the registry that the settings name; it is not asked anything yet.

    Raises:
        RegistryError: None is named.
        StorageError: The connection string is malformed.
    """
    storage = read_settings().storage
    if storage is None:
        raise RegistryError(f"No registry is configured: set {CONNECTION} or {ACCOUNT}.")
    return Registry(storage.container(CONTAINER))


def publish(registry: Registry, folder: Path, say: Say, seen: TaggedPointer | None = None) -> None:
    """Upload a bundle, verify it by reading it back, and make it the current version.

    Args:
        registry: Its container is made if it is missing.
        folder: The folder of the bundle.
        say: Told what happens.
        seen: The pointer that the decision to publish rests on; the default is the one of now.

    Raises:
        BundleError: The bundle cannot be used, or does not come back as it was sent.
        GateError: It needs what no app deploys.
        ConflictError: The version exists with other content, or somebody else promoted meanwhile.
        RegistryError: The registry cannot be read or written.
    """
    bundle = read_bundle(folder)
    check_deployed(bundle.manifest.encoder)
    registry.prepare()
    seen = seen or registry.pointer()
    manifest = (folder / MANIFEST_FILE).read_bytes()
    version = bundle.manifest.version
    say(f"Uploading {version}")
    registry.upload(version, {**bundle.contents, MANIFEST_FILE: manifest})
    _move(registry, seen, version, hashlib.sha256(manifest).hexdigest(), say)


def _publish(options: argparse.Namespace) -> None:
    registry = open_registry()
    seen = None if options.over is None else _still(registry, options.over)
    publish(registry, options.bundle, _say, seen)


def _still(registry: Registry, version: str) -> TaggedPointer:
    seen = registry.pointer()
    current = seen.pointer.current.version if seen.pointer.current else ""
    if current != version:
        raise ConflictError(
            f"The current version is {current or 'none'}, not {version or 'none'}: somebody else"
            " promoted meanwhile."
        )
    return seen


def promote(registry: Registry, version: str, say: Say) -> None:
    """Make a version of the registry the current one.

    A damaged pointer is replaced; the promotions that it told of are lost.

    Raises:
        BundleError: The version is damaged or incomplete.
        GateError: It needs what no app deploys.
        ConflictError: Somebody else promoted meanwhile.
        RegistryError: There is no such version, or the registry cannot be read or written.
    """
    if not is_version(version):
        raise RegistryError("That is not the name of a version; `list` shows them.")
    try:
        seen = registry.pointer()
    except DamagedPointerError as error:
        say("The registry's pointer is damaged: a new one replaces it, without the history")
        seen = TaggedPointer(Pointer(), error.etag)
    sha256 = hashlib.sha256(registry.manifest(version)).hexdigest()
    _move(registry, seen, version, sha256, say)


def roll_back(registry: Registry, say: Say) -> None:
    """Return to the version before the current one.

    Raises:
        BundleError: That version is damaged, incomplete or no longer what was promoted.
        GateError: It needs what no app deploys.
        ConflictError: Somebody else promoted meanwhile.
        RegistryError: There is nothing before it, or the registry cannot be read or written.
    """
    seen = registry.pointer()
    previous = seen.pointer.previous
    if previous is None:
        raise RegistryError("There is no earlier version to return to.")
    _move(registry, seen, previous.version, previous.manifest_sha256, say, rollback=True)


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
    registry: Registry,
    seen: TaggedPointer,
    version: str,
    sha256: str,
    say: Say,
    *,
    rollback: bool = False,
) -> None:
    say(f"Reading {version} back")
    check_deployed(registry.download(version, sha256).manifest.encoder)
    current = seen.pointer.current
    if current and (current.version, current.manifest_sha256) == (version, sha256):
        say(f"{version} is the current version already")
        return
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    registry.move_pointer(seen, seen.pointer.promoted(Promotion(version, sha256, at, rollback)))
    say(f"{version} is the current version now")


def _say(message: str) -> None:
    print(message, flush=True)
