"""How far a run is, in one line: share, rows, rate and time left."""

from __future__ import annotations

import sys
import time
from typing import Any

from tqdm import tqdm


class Progress:
    """A bar on standard error, where that is a terminal.

    Args:
        quiet: Whether to show nothing on a terminal either.
    """

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None
        self._began = 0.0
        self._first_rows = 0

    def begin(self, rows: int, share: float | None) -> None:
        """Start the clock: so many rows, and this share of the input, were done before."""
        self._began, self._first_rows = time.monotonic(), rows
        end = "" if share is None else "{percentage:3.0f}% {bar:24} "
        left = "{elapsed} so far" if share is None else "{remaining} left"
        self._bar = tqdm(
            desc=f"{rows:,} tweets",
            total=1.0,
            initial=share or 0.0,
            file=sys.stderr,
            leave=False,
            bar_format=f"{end}{{desc}}, {left}",
            disable=True if self._quiet else None,
        )

    def show(self, rows: int, share: float | None) -> None:
        """Show how far the run is, if it is time to.

        Args:
            rows: Scored so far.
            share: Of the input that was read, 0 to 1, or None.
        """
        self._bar.set_description_str(f"{rows:,} tweets, {self.rate(rows):,.0f}/s", refresh=False)
        self._bar.update((share or 0.0) - self._bar.n)

    def end(self) -> None:
        """Clear the line."""
        if self._bar is not None:
            self._bar.close()

    def rate(self, rows: int) -> float:
        """Return how many rows a second were scored since ``begin``."""
        return (rows - self._first_rows) / max(time.monotonic() - self._began, 1e-9)
