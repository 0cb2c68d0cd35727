"""What deployed apps can load: the packages of the lock decide it."""

from __future__ import annotations

import re
from pathlib import Path

from sentiment.model.bundle import Encoder
from sentiment.model.ngrams import FORM_PACKAGES

_LOCK = Path(__file__).resolve().parent.parent / "deployment" / "requirements.lock"
_PACKAGE = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)


class NotDeployedError(RuntimeError):
    """A bundle needs what is not deployed; the message names it and what to do."""


def check_deployed(encoder: Encoder) -> None:
    """Refuse an encoder that no deployed app could load.

    Raises:
        NotDeployedError: It needs a package that is not in ``deployment/requirements.lock``.
    """
    package = FORM_PACKAGES.get(str(encoder.options.get("forms")))
    if package is not None and package not in _deployed_packages():
        raise NotDeployedError(
            f"The bundle needs the package {package}, which is not deployed: every deployed app"
            " would refuse it. Train with other `--set forms=…`, or add the package to"
            " requirements.txt, run `python -m deployment lock` and deploy the app before the"
            " bundle."
        )


def _deployed_packages() -> list[str]:
    return _PACKAGE.findall(_LOCK.read_text(encoding="utf-8"))
