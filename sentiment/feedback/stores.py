"""The store that the settings call for."""

from __future__ import annotations

from sentiment.feedback import FeedbackArchive
from sentiment.settings import Settings


def chosen_store(settings: Settings) -> FeedbackArchive | None:
    """Return the table of the configured account, else a file; None in Azure without an account.

    Nothing is opened yet. In Azure the local disk does not last.
    """
    # A cold start waits for what is imported, so only for the one that is used.
    if settings.storage is not None:
        from sentiment.feedback.table_store import TableStore

        return TableStore(settings.storage)
    if settings.in_azure:
        return None
    from sentiment.feedback.sqlite_store import DATABASE_FILE, SqliteStore

    return SqliteStore(settings.home / DATABASE_FILE)
