"""The best parameters that ``tune`` found, one JSON file a family in the folder ``parameters``.

A family that was also tuned with a teacher has a second file: soft targets are learned with other
parameters than labels, which are noisier.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from sentiment.files import replace_file
from training.models.base import ModelFamily

_logger = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().with_suffix("")
_REQUIRED = ("family", "parameters", "found")


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
    path = source_file(family, distilled=distilled, folder=folder)
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ParametersError(f"{path} cannot be read: {error}.") from error
    try:
        found = json.loads(content)
    except json.JSONDecodeError as error:
        raise _malformed(path, f"is no JSON ({error})") from error
    return _checked(found, family, path)


def source_file(family: ModelFamily, *, distilled: bool = False, folder: Path = FOLDER) -> Path:
    """Return the file that ``load_parameters`` reads with these arguments; it need not exist."""
    path = parameters_file(family.name, folder, distilled)
    return path if path.exists() or not distilled else parameters_file(family.name, folder)


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
    if tuned:
        source = source_file(family, distilled=distilled)
        _logger.info("What is not given is as tuning found it best: %s", source)
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


def _checked(found: Any, family: ModelFamily, path: Path) -> dict[str, Any]:
    if not isinstance(found, dict) or any(name not in found for name in _REQUIRED):
        raise _malformed(path, f"lacks one of {', '.join(_REQUIRED)}")
    if found["family"] != family.name:
        raise _malformed(path, f"is for the family {found['family']!r}, not {family.name!r}")
    values = found["parameters"]
    if not isinstance(values, dict):
        raise _malformed(path, "holds no names and values under `parameters`")
    known: dict[str, type[Any]] = {
        each.name: type(each.default) for each in fields(family.parameters)
    }
    for name, value in values.items():
        if name not in known:
            raise _malformed(path, f"names {name!r}, which {family.name} does not have")
        if not _fits(value, known[name]):
            raise _malformed(path, f"has {value!r} for {name}; {known[name].__name__} is expected")
    return {name: known[name](value) for name, value in values.items()}


def _fits(value: Any, kind: type) -> bool:
    # JSON does not tell 2 from 2.0, and a boolean is an int to Python.
    return type(value) is kind or (kind is float and type(value) is int)


def _malformed(path: Path, problem: str) -> ParametersError:
    return ParametersError(
        f"{path} {problem}. Tune again, restore the file from git, or delete it to use the"
        " defaults."
    )
