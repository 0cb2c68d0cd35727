"""Counts in sentences."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a count and what is counted, such as ``1 row`` or ``2,000 rows``.

    Args:
        count: How many there are.
        one: What one of them is called, a verb included where that depends on the count.
        many: What others are called; None for ``one`` with an s.
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
