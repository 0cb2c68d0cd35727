"""Bundles with made-up versions, and registries of their own in the emulator."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

import msgspec

from sentiment.model.bundle import MANIFEST_FILE, Bundle, read_bundle, write_bundle
from sentiment.registry.pointer import Promotion
from sentiment.registry.registry import Registry
from sentiment.settings import read_settings
from sentiment.storage import Storage
from tests.support.azurite import Azurite


def write_version(folder: Path, version: str, **changes: object) -> Path:
    """Write the packaged bundle under another version; return its folder."""
    packaged = read_bundle(read_settings({}).bundle)
    manifest = msgspec.structs.replace(packaged.manifest, version=version, **changes)
    write_bundle(folder / version, manifest, packaged.contents)
    return folder / version


def new_registry(emulator: Azurite) -> Registry:
    """Return an empty registry in a container that nothing else uses."""
    container = Storage(emulator.connection).container(f"models-{uuid.uuid4().hex[:12]}")
    registry = Registry(container)
    registry.prepare()
    return registry


def promote(registry: Registry, folder: Path) -> None:
    """Upload a bundle and move the pointer to it."""
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    registry.upload(folder.name, contents)
    sha256 = hashlib.sha256(contents[MANIFEST_FILE]).hexdigest()
    seen = registry.pointer()
    promotion = Promotion(folder.name, sha256, "2026-01-01T00:00:00Z")
    registry.move_pointer(seen, seen.pointer.promoted(promotion))


def same(first: Bundle, second: Bundle) -> bool:
    """Return whether two bundles are alike to the byte."""
    return first.manifest == second.manifest and dict(first.contents) == dict(second.contents)
