"""What trains on PyTorch is tried on every backend of Keras that is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.pythons import ROOT

BACKENDS = [name for name in ("tensorflow", "torch") if find_spec(name)]
RATE, DECAY, STEPS = 0.05, 0.1, 5

_CHILD = """
import json, sys
import keras, numpy as np
from training.models.torch_backend import make_adamw, plain_attention, runs_on_torch
rate, decay, steps = json.loads(sys.argv[1])
keras.utils.set_random_seed(1)
inputs = keras.Input((6, 8))
attended = keras.layers.MultiHeadAttention(2, 4)(inputs, inputs)
network = keras.Model(inputs, keras.layers.Dense(1)(keras.ops.mean(attended, axis=1)))
optimizer = make_adamw(learning_rate=rate, weight_decay=decay)
optimizer.exclude_from_weight_decay(var_names=["bias"])
network.compile(optimizer, "mse")
generator = np.random.default_rng(0)
x, y = generator.normal(size=(16, 6, 8)), generator.normal(size=(16, 1))
with plain_attention():
    losses = [float(network.train_on_batch(x, y)) for _ in range(30)]
variable = keras.Variable(np.linspace(-1, 1, 6, dtype="float32"), name="kernel")
optimizer = make_adamw(learning_rate=rate, weight_decay=decay)
for step in range(steps):
    gradient = np.sin(np.arange(6) + step).astype("float32")
    optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
values = keras.ops.convert_to_numpy(variable).tolist()
print(json.dumps([runs_on_torch(), losses, values]))
"""


def adamw(start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Loshchilov and Hutter (2019), algorithm 2, with Keras's defaults."""
    weights, first, second = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, STEPS + 1):
        gradient = np.sin(np.arange(len(start)) + step - 1)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        weights -= RATE * DECAY * weights
        mean, spread = first / (1 - 0.9**step), np.sqrt(second / (1 - 0.999**step))
        weights -= RATE * mean / (spread + 1e-7)
    return weights


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_optimizer_is_adamw_on_every_backend(backend: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, json.dumps([RATE, DECAY, STEPS])],
        env={**os.environ, "KERAS_BACKEND": backend},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    on_torch, losses, values = json.loads(done.stdout.splitlines()[-1])
    assert on_torch == (backend == "torch")
    assert losses[-1] < losses[0] / 2
    assert values == pytest.approx(adamw(np.linspace(-1, 1, 6)).tolist(), abs=1e-4)
