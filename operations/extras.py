"""How to install what only some commands need."""

from __future__ import annotations


def how_to_install(extra: str) -> str:
    """Return the command that installs an extra of pyproject.toml, to be given in the checkout.

    The package is on no index: what is found there under its name is somebody else's.
    """
    return f".venv/bin/python -m pip install -e '.[{extra}]'"
