"""The store that the settings call for."""

from __future__ import annotations

from sentiment.feedback import FeedbackArchive
from sentiment.feedback.sqlite import DATABASE_FILE, SqliteStore
from sentiment.feedback.table import TableStore
from sentiment.settings import Settings


def chosen_store(settings: Settings) -> FeedbackArchive | None:
    """Return the table of the configured account, else a file; None in Azure without an account.

    Nothing is opened yet. In Azure the local disk does not last.
    """
    if settings.storage is not None:
        return TableStore(settings.storage)
    return None if settings.in_azure else SqliteStore(settings.home / DATABASE_FILE)
