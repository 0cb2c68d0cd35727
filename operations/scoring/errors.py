"""What ends a run."""

from __future__ import annotations


class ScoringError(Exception):
    """A file cannot be scored, or not to its end; the message says where and what to do."""
