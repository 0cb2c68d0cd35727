"""The streams that command lines print to."""

from __future__ import annotations

import io
from typing import TextIO


def escape_unprintable(*streams: TextIO) -> None:
    """Let streams escape the characters that their encoding lacks, in place of an error."""
    # A file or a pipe on Windows has a code page that holds no emoji.
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
