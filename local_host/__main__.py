"""The command line: ``python -m local_host --help``."""

from __future__ import annotations

import signal
import sys
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # Once only: the app then flushes its telemetry, and nothing is to cut that short.
    for each in _ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run() -> None:
    try:
        # Ctrl-C is set too, since a shell starts background jobs with it ignored.
        for each in _ENDING:
            signal.signal(each, _interrupt)
        try:
            # Only now, as it takes a while to load.
            from local_host.cli import main
        except ModuleNotFoundError as error:
            sys.exit(
                f"The package {error.name} is missing: use `make run`, or install it in the"
                " checkout with `python -m pip install -e .[host]`."
            )
        main()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    _run()
