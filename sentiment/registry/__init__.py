"""Bundles in blob storage: immutable versions, and one small pointer to the current one."""

from __future__ import annotations


class RegistryError(Exception):
    """The registry cannot be read or refuses a change; the message holds no credential."""


class ConflictError(RegistryError):
    """Somebody else changed the registry meanwhile; nothing was overwritten."""
