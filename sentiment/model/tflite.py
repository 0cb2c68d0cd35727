"""The TFLite runtime, whichever of its two names is installed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.model.bundle import MODEL_FILE, BundleError

PACKAGES = ("ai_edge_litert", "tflite_runtime")
INPUT_NAME, OUTPUT_NAME = "token_ids", "logit"


def find_interpreter(packages: Sequence[str] = PACKAGES) -> Any:
    """Return the class ``Interpreter`` of the first of some packages that loads.

    Raises:
        BundleError: None is installed, or what is installed does not load.
    """
    broken = ""
    for name in packages:
        try:
            return import_module(f"{name}.interpreter").Interpreter
        except (ImportError, OSError) as error:
            if getattr(error, "name", None) != name:
                broken = broken or f"{name} is installed, but does not load: {error}"
    raise BundleError(
        broken
        or "No TFLite runtime is installed; there is one for Linux, Windows and Macs with Apple"
        " silicon: pip install -r requirements.txt"
    )


class TfliteModel:
    """A loaded ``model.tflite``: token ids in, logits out. Safe to call from many threads.

    Args:
        content: The bytes of the model.
        threads: How many threads one call may use.

    Raises:
        BundleError: The bytes are no TFLite model or have another signature than
            int32 [batch, tokens] to float32 [batch].
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        self._lock = threading.Lock()
        self._interpreter = _load(content, threads)
        self._input, self._output = _check_signature(self._interpreter)
        self._fixed = tuple(int(size) for size in self._input["shape_signature"])
        self._shape: tuple[int, ...] = ()

    @property
    def largest_width(self) -> int | None:
        """The number of tokens that the model reads at most; None where it reads any number."""
        return None if self._fixed[1] < 0 else self._fixed[1]

    def fit_width(self, tokens: int) -> int:
        """Return the number of tokens that the model takes for texts of up to ``tokens``."""
        return tokens if self._fixed[1] < 0 else self._fixed[1]

    def logits(self, token_ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the logit of "positive" for each row of int32 [batch, tokens], 0 being padding."""
        if self._fixed[0] == 1 and len(token_ids) > 1:
            return np.concatenate([self._run(row[np.newaxis]) for row in token_ids])
        return self._run(token_ids)

    def _run(self, token_ids: NDArray[np.int32]) -> NDArray[np.float32]:
        with self._lock:
            if token_ids.shape != self._shape:
                self._interpreter.resize_tensor_input(self._input["index"], token_ids.shape)
                self._interpreter.allocate_tensors()
                self._shape = token_ids.shape
            self._interpreter.set_tensor(self._input["index"], token_ids)
            self._interpreter.invoke()
            output: NDArray[np.float32] = self._interpreter.get_tensor(self._output["index"])
        return output.reshape(-1)


def _load(content: bytes, threads: int) -> Any:
    interpreter = find_interpreter()
    try:
        loaded = interpreter(model_content=content, num_threads=threads)
        loaded.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        hint = ""
        if interpreter.__module__.startswith("tflite_runtime"):
            hint = " Neural models need its successor: pip install ai-edge-litert"
        raise BundleError(f"{MODEL_FILE} cannot be loaded: {reason}.{hint}") from error
    return loaded


def _check_signature(interpreter: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    names = [
        (each["inputs"], each["outputs"]) for each in interpreter.get_signature_list().values()
    ]
    fits = (
        names == [([INPUT_NAME], [OUTPUT_NAME])]
        and [(each["dtype"], len(each["shape_signature"])) for each in inputs] == [(np.int32, 2)]
        and [(each["dtype"], len(each["shape_signature"])) for each in outputs] == [(np.float32, 1)]
    )
    if not fits:
        raise BundleError(
            f"{MODEL_FILE} has another signature than {INPUT_NAME} int32 [batch, tokens] to"
            f" {OUTPUT_NAME} float32 [batch]."
        )
    return inputs[0], outputs[0]
