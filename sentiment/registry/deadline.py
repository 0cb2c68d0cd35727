"""A limit for a whole download, where the library's own are for a single read from the socket."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sentiment.registry import RegistryError

_READ_OR_CLOSED = (IndexError, OSError, RuntimeError, ValueError)
"""What closing raises where there is no body yet, or it is read to its end or closed."""


@contextmanager
def limited(seconds: float, item: str) -> Iterator[Callable[[Any], None]]:
    """Give up a download that is not done in time.

    Args:
        seconds: Until the connection is shut down and any further request is refused.
        item: What is downloaded, for the message.

    Returns:
        The ``raw_response_hook`` of the download.

    Raises:
        RegistryError: The time was up before the download was done.
    """
    expired = threading.Event()
    bodies: list[Any] = []

    def see(response: Any) -> None:
        bodies.append(response.http_response.internal_response.raw)
        if expired.is_set():  # the library tries again
            raise TimeoutError

    def expire() -> None:
        expired.set()
        with contextlib.suppress(*_READ_OR_CLOSED):
            bodies[-1].shutdown()

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield see
    except Exception:
        if not expired.is_set():
            raise
        with contextlib.suppress(*_READ_OR_CLOSED):
            bodies[-1].close()  # the connection is not fit for another request
        raise RegistryError(f"{item} took too long to download.") from None
    finally:
        timer.cancel()
