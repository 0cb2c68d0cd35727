from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from training.export import ConversionError, convert

INPUTS, UNITS = 64, 96


def graph(source: Path) -> Any:
    """Return a dense layer; the converter leaves smaller ones as they are."""
    import tensorflow as tf

    kernel = np.load(source)

    class Graph(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, INPUTS], tf.float32, name="x")])
        def serve(self, x: Any) -> dict[str, Any]:
            return {"y": tf.matmul(x, tf.constant(kernel))}

    return Graph()


def test_a_quantised_kernel_has_a_scale_for_each_of_its_output_units(tmp_path: Path) -> None:
    source = tmp_path / "kernel.npy"
    np.save(source, np.random.default_rng(7).normal(size=(INPUTS, UNITS)).astype(np.float32))
    model = convert("tests.end_to_end.test_export:graph", source)
    details = Interpreter(model_content=model).get_tensor_details()
    (kernel,) = (each for each in details if sorted(each["shape"]) == [INPUTS, UNITS])
    assert len(kernel["quantization_parameters"]["scales"]) == UNITS
    assert kernel["dtype"] == np.int8


def test_a_failing_conversion_ends_with_the_converters_message(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"absent\.npz"):
        convert("training.models.logistic:graph", tmp_path / "absent.npz")
