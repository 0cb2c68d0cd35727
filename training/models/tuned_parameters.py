"""The best parameters that ``tune`` found: a JSON file a family in the folder beside this file.

A family that was also tuned with a teacher has a second file: soft targets are learned with other
parameters than labels, which are noisier.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sentiment.files import replace_file
from training.models.base import ModelFamily

_logger = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().with_suffix("")


class ParametersError(ValueError):
    """A file of parameters cannot be used; the message says which and what to do."""


@dataclass(frozen=True)
class TunedParameters:
    """What a search found.

    Attributes:
        family: The name of the family.
        parameters: The values of the best trial, in JSON types.
        found: How they were found: study, trial, objective, its value, rows, digests, teacher.
    """

    family: str
    parameters: Mapping[str, Any]
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def distilled(self) -> bool:
        """Whether the trials learned from a teacher."""
        return self.found.get("teacher") is not None


def parameters_file(family: str, folder: Path = FOLDER, distilled: bool = False) -> Path:
    """Return the file of a family's parameters, without or with a teacher; it need not exist."""
    return folder / f"{family}{'-distilled' if distilled else ''}.json"


def load_parameters(
    family: ModelFamily, *, distilled: bool = False, folder: Path = FOLDER
) -> dict[str, Any]:
    """Return the parameters that were found for a family; empty if it was never tuned.

    Args:
        family: Whose parameters.
        distilled: Whether a teacher is learned from. Where the family was not tuned with one, what
            was found without is returned.
        folder: Of the files.

    Raises:
        ParametersError: The file cannot be read, is malformed, or does not fit the family.
    """
    path = parameters_file(family.name, folder, distilled)
    if not path.exists():
        return load_parameters(family, folder=folder) if distilled else {}
    try:
        tuned = msgspec.json.decode(path.read_bytes(), type=TunedParameters)
        if tuned.family != family.name:
            raise ValueError(f"it is for the family {tuned.family!r}, not {family.name!r}")
        values = msgspec.convert(tuned.parameters, family.parameters)
        family.make_parameters(tuned.parameters)  # which refuses unknown names
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise ParametersError(
            f"{path} cannot be used: {str(error).rstrip('.')}. Tune again, restore the file from"
            " git, or delete it to use the defaults."
        ) from error
    _logger.info("The best known parameters of %s are those in %s", family.name, path)
    return {name: getattr(values, name) for name in tuned.parameters}


def choose_parameters(
    family: ModelFamily,
    settings: Sequence[str],
    *,
    init_from: Path | None = None,
    distilled: bool = False,
) -> Any:
    """Return the parameters of a fit: those given, else those that tuning found, else defaults.

    Args:
        family: Whose parameters.
        settings: Those given, each as NAME=VALUE.
        init_from: The float checkpoint to go on from.
        distilled: Whether a teacher is learned from.

    Raises:
        ValueError: A name is none of the family's parameters, or a value cannot be used.
    """
    given = family.read_values(settings)
    tuned = load_parameters(family, distilled=distilled)
    if init_from is not None and not hasattr(family.parameters, "start"):
        raise ValueError(
            f"{family.name} cannot go on from a float checkpoint: leave --init-from out."
        )
    start = {} if init_from is None else {"start": str(init_from)}
    return family.make_parameters({**tuned, **given, **start})


def save_parameters(tuned: TunedParameters, folder: Path = FOLDER) -> Path:
    """Write a family's parameters: aside, then renamed.

    Raises:
        OSError: The disk is full or cannot be written; an older file is as it was.
    """
    path = parameters_file(tuned.family, folder, tuned.distilled)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(tuned), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    replace_file(path, text.encode("utf-8"))
    return path
