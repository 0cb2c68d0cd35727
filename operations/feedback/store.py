"""The store and the keys that the settings name."""

from __future__ import annotations

import logging
from collections import Counter

from operations.terminal import counted
from sentiment.api.receipts import KEY_FILE, ReceiptSigner, local_key
from sentiment.feedback import FeedbackArchive, Selection, StoredFeedback
from sentiment.feedback.sqlite_store import DATABASE_FILE
from sentiment.feedback.stores import chosen_store
from sentiment.settings import HOME_VARIABLE, Settings
from sentiment.storage import ACCOUNT, CONNECTION

_logger = logging.getLogger(__name__)


class StoreNotFoundError(ValueError):
    """There is no feedback or no key where the settings say; the message says what to set."""


def open_store(settings: Settings) -> FeedbackArchive:
    """Return the table of the configured account, else the local file, which must exist.

    Raises:
        StoreNotFoundError: There is neither.
    """
    path = settings.home / DATABASE_FILE
    store = chosen_store(settings)
    if store is None or (settings.storage is None and not path.exists()):
        raise StoreNotFoundError(
            f"There is no feedback at {path}: set {HOME_VARIABLE} to another folder, or"
            f" {CONNECTION} or {ACCOUNT} to the storage account that holds it."
        )
    return store


def read_rows(store: FeedbackArchive, selection: Selection) -> list[StoredFeedback]:
    """Return the selected rows, the oldest first; log how many were skipped, and why.

    Raises:
        StoreUnavailableError: The store cannot be read.
    """
    skipped: Counter[str] = Counter()
    rows = list(store.rows(selection, lambda reason: skipped.update([reason])))
    for reason, count in skipped.most_common():
        _logger.warning("skipped %s, where %s", counted(count, "row"), reason)
    return sorted(rows, key=lambda row: (row.feedback.predicted_at, row.feedback.feedback_id))


def text_hashes(settings: Settings, text: str) -> tuple[str, ...]:
    """Return the hashes that a text may be stored with, one for each key there is.

    Raises:
        StoreNotFoundError: There is no key.
        OSError: The local key cannot be read.
    """
    keys = settings.receipt_keys
    if (settings.home / KEY_FILE).exists():
        keys = (*keys, local_key(settings.home))
    if not keys:
        raise StoreNotFoundError(
            "No text can be found without the app's keys: set RECEIPT_KEYS to them."
        )
    return ReceiptSigner(keys).text_hashes(text)
