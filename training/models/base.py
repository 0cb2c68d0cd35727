"""The model families, all fitted, measured and exported through one protocol."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import Field, asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from sentiment.files import file_digest
from sentiment.model.bundle import MODEL_FILE, Encoder
from training.split import Rows

if TYPE_CHECKING:
    import optuna

_METADATA_FILE = "facts.json"  # as in the models that are stored
_IS_PATH, _SEARCH = "is_path", "search"
_DIGITS = 12


@dataclass(frozen=True)
class ExportedModel:
    """A converted model: its bytes, the encoder that feeds it and the encoder's file.

    ``attribution`` names a pretrained model that it was made from, with its licence.
    """

    model: bytes
    encoder: Encoder
    encoder_content: bytes
    attribution: str = ""

    def contents(self) -> Mapping[str, bytes]:
        """Return the files of the bundle, less the manifest."""
        return {MODEL_FILE: self.model, self.encoder.file: self.encoder_content}


@dataclass(frozen=True)
class Between:
    """A range that a search draws from, both ends included; ``log`` draws the logarithm evenly."""

    low: float
    high: float
    log: bool = False

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}{', logarithmic' if self.log else ''}"

    def draw(self, trial: optuna.Trial, name: str, kind: type[Any]) -> Any:
        """Return a value of a parameter: a whole number where its default is one."""
        if kind is int:
            return trial.suggest_int(name, int(self.low), int(self.high), log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)


@dataclass(frozen=True)
class OneOf:
    """Values that a search chooses from."""

    choices: Sequence[Any]

    def __str__(self) -> str:
        return ", ".join(map(str, self.choices))

    def draw(self, trial: optuna.Trial, name: str, _kind: type[Any]) -> Any:
        """Return one of the values."""
        return trial.suggest_categorical(name, list(self.choices))


def parameter(
    default: Any,
    text: str,
    *,
    search: Between | OneOf | None = None,
    is_path: Callable[[str], bool] | None = None,
) -> Any:
    """Return a dataclass field that describes one parameter of a family.

    Args:
        default: Its value where nothing else is given.
        text: What it means, for ``--help``.
        search: Where ``tune`` looks for a better value; None where it does not.
        is_path: Returns whether a value is a path, the empty one aside; None where none is one.
    """
    return field(default=default, metadata={"help": text, _SEARCH: search, _IS_PATH: is_path})


def describe_parameters(parameters: Any) -> dict[str, Any]:
    """Return parameters as they may be recorded, in JSON types, without paths of the machine.

    A path becomes the name of its file, with the start of the SHA-256 of what is in it, as in
    ``vectors.txt (sha256 0123456789ab)``; the name alone where that cannot be read, or of a folder.
    """
    values = asdict(parameters)
    for each in fields(parameters):
        is_path, value = each.metadata.get(_IS_PATH), values[each.name]
        if is_path is not None and value and is_path(value):
            shown = _without_folder(Path(value))
            # What is named like a value that is no path must not be taken for it.
            values[each.name] = shown if is_path(shown) else f"./{shown}"
    return values


def _without_folder(path: Path) -> str:
    name = path.absolute().name
    try:
        path = path.expanduser()
        return f"{name} (sha256 {file_digest(path)[:_DIGITS]})" if path.is_file() else name
    except (OSError, RuntimeError):  # the latter where the home folder is unknown
        return name


EpochReport = Callable[[int, Mapping[str, float]], None]
"""Called after each epoch (or part of one) with its number, from 1, and its metrics.

May raise to end the fit early; the fit lets what it raises pass.
"""


@dataclass(frozen=True)
class TrainingTask:
    """What a fit works on.

    Attributes:
        training: Rows to learn from.
        validation: Rows for early stopping and reports; never learned from.
        checkpoints: A folder for the state of a long fit, which resumes from it; None for none.
        report: Called after every epoch.
        soft_targets: The probability of positive to learn for each training row, [rows], in the
            place of its label; None where nothing but labels is known.
    """

    training: Rows
    validation: Rows
    checkpoints: Path | None = None
    report: EpochReport = lambda _epoch, _metrics: None
    soft_targets: NDArray[np.float32] | None = None

    @property
    def targets(self) -> NDArray[np.float32]:
        """What is to be learned of each training row, 0 to 1, [rows]."""
        if self.soft_targets is None:
            return self.training.labels.astype(np.float32)
        return self.soft_targets

    def digest(self) -> str:
        """Return the SHA-256 of what is learned: equal digests mean equal rows and targets."""
        if self.soft_targets is None:
            return self.training.digest()
        content = self.training.digest().encode() + self.soft_targets.tobytes()
        return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, kw_only=True)
class FittedModel(ABC):
    """A trained float model.

    Attributes:
        settings: The parameters of the fit; of a model that was loaded, with paths as recorded.
        seconds: How long the fit took, over all the sittings of one that was interrupted.
        fitted_rows: How many training rows it was fitted on; None for all.
        checkpoint: The file of the fit's state, until the bundle is written; None for none.
        family: The name of the family.
    """

    settings: Any
    seconds: float
    fitted_rows: int | None = None
    checkpoint: Path | None = None
    family: ClassVar[str]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it was fitted with, as it may be recorded; see ``describe_parameters``."""
        return describe_parameters(self.settings)

    @abstractmethod
    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the logit of "positive" for each normalised text."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the float model to a folder that exists, without pickles."""

    @abstractmethod
    def export(self) -> ExportedModel:
        """Convert to a quantised TFLite model.

        Raises:
            ConversionError: The converter failed.
        """


def write_metadata(model: FittedModel, folder: Path) -> None:
    """Write what ``read_metadata`` reads."""
    metadata = {"family": model.family, "parameters": model.parameters, "seconds": model.seconds}
    (folder / _METADATA_FILE).write_text(json.dumps(metadata))


def read_metadata(folder: Path, kind: type[Any]) -> dict[str, Any]:
    """Return ``settings``, which are a ``kind``, and ``seconds`` of a model saved in a folder.

    Raises:
        OSError: There are none.
        ValueError, KeyError: They are damaged.
    """
    metadata = json.loads((folder / _METADATA_FILE).read_text())
    return {"settings": kind(**metadata["parameters"]), "seconds": metadata["seconds"]}


@dataclass(frozen=True)
class ModelFamily:
    """A kind of model.

    Attributes:
        name: As the command line and the manifest call it.
        summary: One line for ``--help``.
        parameters: A frozen dataclass of plain values (str, int, float, bool), every field
            made by ``parameter``.
        fit: Fits a model; deterministic for a seed as far as the libraries allow.
        load: Returns the float model that was saved in a folder.
    """

    name: str
    summary: str
    parameters: type[Any]
    fit: Callable[[TrainingTask, Any], FittedModel]
    load: Callable[[Path], FittedModel]

    def suggest(self, trial: optuna.Trial) -> dict[str, Any]:
        """Return drawn values of the parameters that are searched; the rest keep their defaults."""
        return {
            each.name: each.metadata[_SEARCH].draw(trial, each.name, type(each.default))
            for each in fields(self.parameters)
            if each.metadata[_SEARCH] is not None
        }

    def describe(self) -> list[tuple[str, str]]:
        """Return each parameter's name, and its meaning, default and range, for ``--help``."""
        return [(each.name, _describe(each)) for each in fields(self.parameters)]

    def read_values(self, settings: Sequence[str]) -> dict[str, Any]:
        """Return the values of parameters that are written as NAME=VALUE.

        Raises:
            ValueError: There is no such parameter, or a text is none of its values.
        """
        texts = {name: text for name, _, text in (each.partition("=") for each in settings)}
        kinds = self._kinds(texts)
        return {name: _read(name, text, kinds[name]) for name, text in texts.items()}

    def make_parameters(self, values: Mapping[str, Any]) -> Any:
        """Return the parameters with some values set.

        Raises:
            ValueError: A name is none of this family's parameters.
        """
        self._kinds(values)
        return self.parameters(**values)

    def _kinds(self, names: Iterable[str]) -> dict[str, type[Any]]:
        """Return the type of each parameter, after a check that the names are among them."""
        kinds: dict[str, type[Any]] = {
            each.name: type(each.default) for each in fields(self.parameters)
        }
        for name in names:
            if name not in kinds:
                raise ValueError(
                    f"{self.name} has no parameter {name!r}; it has {', '.join(sorted(kinds))}."
                )
        return kinds


def _read(name: str, text: str, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(
            f"{name} is {text!r}, which is no {kind.__name__}; write --set {name}=VALUE."
        ) from error


def _describe(each: Field[Any]) -> str:
    search = each.metadata[_SEARCH]
    searched = f"; searched: {search}" if search is not None else ""
    default = repr(each.default) if each.default == "" else each.default
    return f"{each.metadata['help']} (default: {default}{searched})"
