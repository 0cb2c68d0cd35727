"""Types of arguments that several commands take."""

from __future__ import annotations

import argparse


def whole_number(text: str) -> int:
    """Return a whole number above 0, for ``argparse``.

    Raises:
        argparse.ArgumentTypeError: The text is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)
