"""What makes a training on PyTorch faster gives what Keras itself does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.support.pythons import ROOT

pytestmark = pytest.mark.proof

CHILD = """
import json
import keras, numpy as np
from training.models.torch_backend import make_adamw, plain_attention, runs_on_torch

def train(make):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((6, 8))
    attended = keras.layers.MultiHeadAttention(2, 4)(inputs, inputs)
    network = keras.Model(inputs, keras.layers.Dense(1)(keras.ops.mean(attended, axis=1)))
    optimizer = make(learning_rate=0.05, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    network.compile(optimizer, "mse")
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(16, 6, 8)), generator.normal(size=(16, 1))
    with plain_attention():
        return [float(network.train_on_batch(x, y)) for _ in range(30)]

print(json.dumps([runs_on_torch(), train(make_adamw), train(keras.optimizers.AdamW)]))
"""


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
def test_the_optimizer_is_adamw_on_pytorch_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    on_torch, losses, expected = json.loads(done.stdout.splitlines()[-1])
    assert on_torch
    assert losses[-1] < losses[0] / 2
    assert losses == pytest.approx(expected, rel=5e-3)
