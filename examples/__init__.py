"""Short programs that ask a running app; ``make run`` starts one on this machine.

Each reads the app's address from SENTIMENT_URL (default: http://localhost:7071) and its key from
SENTIMENT_KEY.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sentiment.client import ClientError, RefusedKeyError


@contextlib.contextmanager
def ending_shortly() -> Iterator[None]:
    """End the program with one line and the exit code 1 where a request fails."""
    try:
        yield
    except RefusedKeyError as error:
        raise SystemExit(f"error: {error} Set SENTIMENT_KEY to a key of the app.") from None
    except ClientError as error:
        raise SystemExit(f"error: {error} SENTIMENT_URL names the app's address.") from None
