"""Bundles in blob storage: immutable versions, and one small pointer to the current one."""

from __future__ import annotations

from typing import Literal

import msgspec


class RegistryError(Exception):
    """The registry cannot be read or refuses a change; the message holds no credential."""


class ConflictError(RegistryError):
    """Somebody else changed the registry meanwhile; nothing was overwritten."""


class RegistryStatus(msgspec.Struct, frozen=True):
    """Whether the served model is the registry's current one; ``detail`` says what is wrong.

    ``unchecked``: not asked yet; ``current``: it is the promoted one; ``empty``: nothing was
    promoted yet; ``unreachable``: the registry cannot be read; ``refused``: the promoted bundle
    cannot be served.
    """

    state: Literal["unchecked", "current", "empty", "unreachable", "refused"]
    detail: str = ""
