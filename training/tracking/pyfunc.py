"""Models as MLflow keeps them: their own files, the code that answers, and no pickle."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sentiment
import training
from training.provenance import library_versions
from training.tracking.client import quiet

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

FILES_FOLDER = "model"
"""Among the artifacts of a float model: its own files."""

EXAMPLES = ["What a lovely phone", "My train is late again"]

_HERE = Path(__file__).parent
_PACKAGES = [*sentiment.__path__, *training.__path__]
_REQUIREMENTS = Path(training.__path__[0]).resolve().parent / "requirements.txt"


class Saveable(Protocol):
    """A fitted model that can write its float form without pickles."""

    @property
    def family(self) -> str:
        """The name of the family that loads it."""

    def save(self, folder: Path) -> None:
        """Write the model's files into an existing folder."""


def save_bundle(bundle: Path, target: Path) -> None:
    """Write a bundle as an MLflow model that answers as the app does.

    Args:
        bundle: The folder of the bundle.
        target: The folder to write; it must not exist.
    """
    answer = {"label": "string", "probability": "double", "certain": "boolean"}
    _save(target, "champion.py", answer, _deployed(), artifacts={"bundle": str(bundle)},
          input_example=EXAMPLES)  # fmt: skip


def save_float_model(model: Saveable, target: Path) -> None:
    """Write a float model as an MLflow model.

    Args:
        model: Fitted.
        target: The folder to write; it must not exist.
    """
    answer = {"label": "string", "logit": "float"}
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        files = Path(folder) / FILES_FOLDER
        files.mkdir()
        model.save(files)
        artifacts = {FILES_FOLDER: str(files)}
        _save(target, "float_model.py", answer, _trained_with(), artifacts=artifacts,
              model_config={"family": model.family})  # fmt: skip


def _save(
    target: Path, code: str, answer: Mapping[str, str], requirements: Sequence[str], **more: Any
) -> None:
    with quiet(), tempfile.TemporaryDirectory(prefix="code-") as folder:
        from mlflow import pyfunc

        pyfunc.save_model(
            target,
            # A copy, since MLflow notes the path, which shall tell nothing of the machine.
            python_model=shutil.copy(_HERE / code, folder),
            code_paths=_PACKAGES,
            signature=_signature(answer),
            pip_requirements=[*requirements, f"pandas=={version('pandas')}"],
            **more,
        )


def _signature(answer: Mapping[str, str]) -> ModelSignature:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    # The input has no name, since MLflow takes lists of texts only for a column without one.
    columns: list[Any] = [ColSpec(DataType[kind], name) for name, kind in answer.items()]
    return ModelSignature(Schema([ColSpec(DataType.string)]), Schema(columns))


def _trained_with() -> list[str]:
    """Return what a float model needs: the libraries of its training and what serves any model."""
    versions = library_versions()
    # A part such as +cpu names a build that not every index has.
    libraries = [f"{name}=={found.partition('+')[0]}" for name, found in versions.items()]
    return [*libraries, *(line for line in _deployed() if line.partition("==")[0] not in versions)]


def _deployed() -> list[str]:
    """Return what the classifier needs: what is deployed, less the web framework."""
    lines = _REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "azure-functions"))]
