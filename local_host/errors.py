"""The error that keeps the host from starting."""

from __future__ import annotations


class StartError(Exception):
    """Says why the host cannot start, and the remedy."""
