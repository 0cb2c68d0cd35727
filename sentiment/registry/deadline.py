"""A limit for a whole download, where the library's own are for a single read from the socket."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sentiment.registry import RegistryError


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
    watch = _Watch()
    timer = threading.Timer(seconds, watch.expire)
    timer.daemon = True
    timer.start()
    try:
        yield watch.see
    except Exception:
        if watch.expired:
            watch.close()
            raise RegistryError(f"{item} took too long to download.") from None
        raise
    finally:
        timer.cancel()


class _Watch:
    def __init__(self) -> None:
        self.expired = False
        self._body: Any = None

    def see(self, response: Any) -> None:
        self._body = response.http_response.internal_response.raw
        if self.expired:  # the library tries again
            raise TimeoutError

    def close(self) -> None:
        """Give the connection up, which is not fit for another request."""
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            if self._body is not None:
                self._body.close()

    def expire(self) -> None:
        self.expired = True
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # it is read or closed
            if self._body is not None:
                self._body.shutdown()
