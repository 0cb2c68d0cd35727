"""Ctrl-C, which ends the host quietly from its first moment on.

It needs nothing but the standard library, so that it is there before anything else is loaded.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


def catch() -> None:
    """Let Ctrl-C and a request to end raise KeyboardInterrupt, once; what was held comes now."""
    # Ctrl-C is set too, since a shell starts background jobs with it ignored.
    for each in _ENDING:
        signal.signal(each, _interrupt)
    release()


def hold() -> None:
    """Hold Ctrl-C back; a process that is started now does so too, until it calls ``catch``."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def release() -> None:
    """Let what was held back come.

    Raises:
        KeyboardInterrupt: Something was.
    """
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # Once only: a terminal's Ctrl-C reaches the server directly and through the reloader.
    for each in _ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt
