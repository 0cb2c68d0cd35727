"""The pointer: which version is current, and every promotion that led to it."""

from __future__ import annotations

import re

import msgspec

from sentiment.model.bundle import is_version
from sentiment.registry import RegistryError

POINTER_SCHEMA = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")


class DamagedPointerError(RegistryError):
    """What is in the pointer's place is no pointer.

    Attributes:
        etag: Of what is there, with which it can be replaced.
    """

    etag: str | None = None

    def __init__(self) -> None:
        super().__init__("The registry's pointer is damaged; promote a version anew.")


class Promotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version becoming the current one.

    Attributes:
        version: Of the bundle.
        manifest_sha256: Of the bytes of its manifest, which vouches for all its other files.
        at: When, in ISO 8601 and UTC.
        rollback: Whether it undid the promotion before it.
    """

    version: str
    manifest_sha256: str
    at: str
    rollback: bool = False


class Pointer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All promotions, the latest last."""

    schema_version: int = POINTER_SCHEMA
    promotions: tuple[Promotion, ...] = ()

    @property
    def current(self) -> Promotion | None:
        """The promotion that counts; None before the first."""
        return self.promotions[-1] if self.promotions else None

    @property
    def previous(self) -> Promotion | None:
        """What a rollback returns to; None where there is nothing before the current version."""
        remaining: list[Promotion] = []
        for promotion in self.promotions:
            if promotion.rollback and remaining:
                remaining.pop()
            else:
                remaining.append(promotion)
        return remaining[-2] if len(remaining) > 1 else None

    def promoted(self, promotion: Promotion) -> Pointer:
        """Return the pointer after one more promotion."""
        return msgspec.structs.replace(self, promotions=(*self.promotions, promotion))

    def encode(self) -> bytes:
        """Return the JSON of the pointer."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


class _Header(msgspec.Struct):
    schema_version: int


def parse_pointer(content: bytes) -> Pointer:
    """Return the pointer in some JSON.

    Raises:
        DamagedPointerError: It is malformed.
        RegistryError: It is of a newer schema.
    """
    try:
        newest = msgspec.json.decode(content, type=_Header).schema_version
        if newest > POINTER_SCHEMA:
            raise RegistryError(
                f"The registry's pointer has schema version {newest}; this app reads up to"
                f" {POINTER_SCHEMA}. Deploy a newer app."
            )
        pointer = msgspec.json.decode(content, type=Pointer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DamagedPointerError from None
    for promotion in pointer.promotions:
        if not is_version(promotion.version) or not _SHA256.fullmatch(promotion.manifest_sha256):
            raise DamagedPointerError
    return pointer
