"""The command line: ``python -m local_host --help``."""

from __future__ import annotations

import sys

from local_host import interruption


def _run() -> int:
    try:
        interruption.catch()
        # Only now, as it takes a while to load.
        from local_host.command import main

        return main(sys.argv[1:])
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(_run())
