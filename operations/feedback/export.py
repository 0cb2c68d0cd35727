"""Accepted feedback as a CSV file of labelled tweets."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sentiment.feedback import StoredFeedback
from sentiment.files import PRIVATE, check_target, replace_file
from sentiment.text import normalize

DEFAULT_PER_TEXT = 1

_TARGETS = {"negative": "0", "positive": "4"}


def cap_texts(rows: Sequence[StoredFeedback], per_text: int) -> list[StoredFeedback]:
    """Return the rows that have a text, of those with the same normalised text the latest only."""
    counts: Counter[str] = Counter()
    kept = []
    for row in sorted(rows, key=lambda row: row.feedback.received_at, reverse=True):
        text = normalize(row.feedback.text or "")
        counts[text] += 1
        if text and counts[text] <= per_text:
            kept.append(row)
    return kept[::-1]


def write_csv(rows: Sequence[StoredFeedback], path: Path) -> None:
    """Write rows as ``train`` reads them, for the owner alone: target (0 or 4) and text.

    Args:
        rows: Rows with a text.
        path: The file, replaced as a whole; it is compressed where it ends in .gz. Nobody but its
            owner may read it: consent was given for training, not for everybody on the machine.

    Raises:
        ValueError: There are no rows.
        OSError: The file cannot be written, for want of its folder too; what stood there is as
            it was.
    """
    if not rows:
        raise ValueError("No feedback with a text is accepted yet: see `feedback accept --help`.")
    check_target(path)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["target", "text"])
    writer.writerows([_TARGETS[row.feedback.resulting_label], row.feedback.text] for row in rows)
    content = lines.getvalue().encode("utf-8", "replace")
    compressed = gzip.compress(content) if path.suffix == ".gz" else content
    replace_file(path, compressed, PRIVATE)
