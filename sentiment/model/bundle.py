"""The model bundle: a folder with a manifest and the data files that it vouches for."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, UnsetType

from sentiment.files import current_folder, make_part, replace_file, replace_folder
from sentiment.model.reference import Reference

SCHEMA_VERSION = 2
MANIFEST_FILE = "manifest.json"
MODEL_FILE = "model.tflite"
NAME = "tweet-sentiment"

Label = Literal["negative", "positive"]
LABELS: tuple[Label, Label] = get_args(Label)

_PUBLIC_PROVENANCE = ("data_attribution", "encoder_attribution", "rows")
_VERSION = re.compile(r"[\w.-]{1,64}", re.ASCII)


class BundleError(Exception):
    """A bundle cannot be used; the message names the file and what was expected."""


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file must be: its SHA-256 in hexadecimal and its size in bytes."""

    sha256: str
    size: int


class Encoder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How text becomes token ids."""

    type: str
    file: str
    max_tokens: int
    normalizer: str
    options: dict[str, Any] = {}


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a logit becomes an answer.

    The probability of "positive" is sigmoid(logit / temperature); from ``threshold`` up the label
    is positive; inside ``uncertain`` (low, high) the answer is "not sure".
    """

    temperature: float
    threshold: float
    uncertain: tuple[float, float]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The complete description of a bundle, kept in ``manifest.json``.

    ``reference`` came with schema version 2; bundles of version 1 have none and are still read.
    """

    schema_version: int
    name: str
    version: str
    family: str
    created: str
    labels: tuple[str, str]
    encoder: Encoder
    decision: Decision
    files: dict[str, FileEntry]
    metrics: dict[str, Any] = {}
    provenance: dict[str, Any] = {}
    reference: Reference | UnsetType = UNSET

    def public(self) -> dict[str, Any]:
        """Return the manifest as JSON types, without what describes the machine that made it."""
        shown: dict[str, Any] = msgspec.to_builtins(self)
        provenance = shown["provenance"]
        shown["provenance"] = {
            name: provenance[name] for name in _PUBLIC_PROVENANCE if name in provenance
        }
        return shown


class _Header(msgspec.Struct):
    schema_version: int
    name: str


@dataclass(frozen=True)
class Bundle:
    """A verified bundle: its manifest and the bytes of its files, as they were when checked."""

    manifest: Manifest
    contents: Mapping[str, bytes]

    @property
    def model(self) -> bytes:
        """The TFLite model."""
        return self.contents[MODEL_FILE]

    @property
    def encoder_file(self) -> bytes:
        """The file that the encoder is made from."""
        return self.contents[self.manifest.encoder.file]


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle and check everything its manifest says.

    Raises:
        BundleError: The manifest is missing, malformed, of another project or of a newer schema,
            or a file is missing, has another size or another hash.
    """
    current = current_folder(folder)
    return assemble(read_manifest(current), lambda name: _read_file(current / name))


def assemble(manifest: Manifest, read: Callable[[str], bytes]) -> Bundle:
    """Read every file that a manifest names, and check its size and its hash.

    Args:
        manifest: What ``parse_manifest`` returned.
        read: Returns the bytes of a file by its name.

    Raises:
        BundleError: A file has another size or another hash.
    """
    contents = {}
    for name, entry in manifest.files.items():
        contents[name] = read(name)
        _check_file(name, contents[name], entry)
    return Bundle(manifest, contents)


def read_manifest(folder: Path) -> Manifest:
    """Read and check ``manifest.json`` alone.

    Raises:
        BundleError: It is missing, malformed, of another project or of a newer schema.
    """
    path = current_folder(folder) / MANIFEST_FILE
    try:
        return parse_manifest(path.read_bytes())
    except OSError as error:
        raise BundleError(
            f"{MANIFEST_FILE} cannot be read in {folder.name}/: {error.strerror}."
        ) from error


def parse_manifest(content: bytes) -> Manifest:
    """Check the bytes of a manifest and return it.

    Raises:
        BundleError: They are malformed, of another project or of a newer schema.
    """
    try:
        header = msgspec.json.decode(content, type=_Header)
        if header.schema_version > SCHEMA_VERSION:
            raise BundleError(
                f"{MANIFEST_FILE} has schema version {header.schema_version}; this app reads up to"
                f" {SCHEMA_VERSION}. Deploy a newer app or an older bundle."
            )
        if header.name != NAME:
            raise BundleError(f"{MANIFEST_FILE} describes {header.name!r}; {NAME!r} was expected.")
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{MANIFEST_FILE} is not a valid manifest: {error}.") from error
    _check_manifest(manifest)
    return manifest


def write_bundle(folder: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> Manifest:
    """Write a bundle aside, verify it, and put it in the place of ``folder`` in one step.

    Args:
        folder: Where the bundle shall stand; what stood there is replaced as a whole.
        manifest: Its ``files`` are filled in from ``contents``.
        contents: File names and their bytes.

    Returns:
        The manifest as written.

    Raises:
        BundleError: The manifest does not fit the contents, or ``folder`` holds something else.
        OSError: The disk is full or cannot be written; ``folder`` is as it was.
    """
    check_replaceable(folder)
    files = {name: file_entry(content) for name, content in sorted(contents.items())}
    manifest = msgspec.structs.replace(manifest, files=files)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = make_part(folder)
    try:
        for name, content in contents.items():
            replace_file(part / name, content)
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
        replace_file(part / MANIFEST_FILE, text)
        read_bundle(part)
        part.chmod(0o755)
        replace_folder(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest


def check_replaceable(folder: Path) -> None:
    """Raise BundleError unless a bundle may be written to a folder.

    It may where nothing stands, where the folder is empty, and in the place of another bundle.
    """
    if not folder.exists():
        above = next(each for each in folder.absolute().parents if each.exists())
        if not above.is_dir() or not os.access(above, os.W_OK):
            raise BundleError(f"{folder} cannot be made in {above}; choose another folder.")
        return
    held = list(folder.iterdir()) if folder.is_dir() else [folder]
    is_bundle = (folder / MANIFEST_FILE).is_file() and all(path.is_file() for path in held)
    if held and not is_bundle:
        raise BundleError(
            f"{folder} holds something other than a bundle, which would be lost;"
            " choose another folder."
        )


def is_version(text: str) -> bool:
    """Return whether a text may name a version; such a name is safe as a folder's."""
    return _VERSION.fullmatch(text) is not None


def file_entry(content: bytes) -> FileEntry:
    """Return the hash and size of a file's bytes."""
    return FileEntry(hashlib.sha256(content).hexdigest(), len(content))


def _check_manifest(manifest: Manifest) -> None:
    decision = manifest.decision
    low, high = decision.uncertain
    checks = (
        (manifest.labels == LABELS, f"labels {list(manifest.labels)}; {list(LABELS)} expected"),
        (is_version(manifest.version), "a malformed version"),
        (decision.temperature > 0, "a temperature that is not above 0"),
        (0 < decision.threshold < 1, "a threshold outside 0 to 1"),
        (0 <= low <= decision.threshold <= high <= 1, "a band that does not hold the threshold"),
        (manifest.encoder.max_tokens > 0, "max_tokens below 1"),
        (MODEL_FILE in manifest.files, f"no entry for {MODEL_FILE}"),
        (manifest.encoder.file in manifest.files, f"no entry for {manifest.encoder.file}"),
        (
            manifest.reference is UNSET or manifest.reference.is_sound(),
            "a reference whose bins and shares contradict each other",
        ),
    )
    for holds, problem in checks:
        if not holds:
            raise BundleError(f"{MANIFEST_FILE} has {problem}.")
    for name in manifest.files:
        if name in {"", ".", "..", MANIFEST_FILE} or not set(name).isdisjoint("/\\:\0"):
            raise BundleError(f"{MANIFEST_FILE} names {name!r}; plain file names are expected.")


def _read_file(path: Path) -> bytes:
    try:
        if path.is_symlink():
            raise BundleError(f"{path.name} is a link; a bundle holds its files itself.")
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path.name} cannot be read: {error.strerror}.") from error


def _check_file(name: str, content: bytes, entry: FileEntry) -> None:
    if len(content) != entry.size:
        raise BundleError(f"{name} has {len(content)} bytes; the manifest says {entry.size}.")
    if file_entry(content) != entry:
        raise BundleError(f"{name} has another SHA-256 than the manifest says ({entry.sha256}).")
