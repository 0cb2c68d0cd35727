"""A recurrent network as TensorFlow operations that TFLite runs with its built-in ones alone.

Keras keeps the output of every step in a list, which TFLite only takes with a fixed batch. Here
the pooled output is part of the state of the loop: there is no list, so that both the number of
tweets and the number of tokens stay free.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.model.encoder import PAD_ID

Weights = Mapping[str, NDArray[Any]]

CELLS = ("rnn", "gru", "lstm")

POOLINGS = ("last", "max", "mean")


def write_weights(target: Path, weights: Weights, cell: str, pooling: str) -> None:
    """Write what ``graph`` reads.

    Args:
        target: The file, which must end in ``.npz``.
        weights: ``embedding`` [words, dimension]; ``kernel`` and ``bias`` of the last layer;
            ``forward_`` or ``backward_`` followed by ``kernel`` [dimension, gates * units],
            ``recurrent_kernel`` [units, gates * units] and ``bias``, with the gates in the order
            of Keras.
        cell: One of ``CELLS``.
        pooling: One of ``POOLINGS``.
    """
    np.savez(target, allow_pickle=False, cell=np.array(cell), pooling=np.array(pooling), **weights)


def graph(source: Path) -> Any:
    """Return the TensorFlow module of the weights written by ``write_weights``."""
    import tensorflow as tf

    weights: Weights = dict(np.load(source))

    class Graph(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32, name="token_ids")])
        def serve(self, token_ids: Any) -> dict[str, Any]:
            return {"logit": logit(weights, token_ids)}

    return Graph()


def logit(weights: Weights, token_ids: Any) -> Any:
    """Return the logits float32 [batch] of token ids int32 [batch, tokens]."""
    import tensorflow as tf

    by_step = tf.transpose(token_ids)
    embedded = _look_up(weights["embedding"], by_step)
    is_token = tf.expand_dims(tf.cast(tf.not_equal(by_step, PAD_ID), tf.float32), -1)
    steps = tf.shape(by_step)[0]
    directions = [name for name in ("forward", "backward") if f"{name}_kernel" in weights]
    passes = [_Pass(weights, name, embedded, is_token) for name in directions]

    def advance(step: Any, states: Any) -> Any:
        return step + 1, [
            one.advance(step, state) for one, state in zip(passes, states, strict=True)
        ]

    first = [one.start() for one in passes]
    _, states = tf.while_loop(lambda step, _: step < steps, advance, (tf.constant(0), first))
    pooled = tf.concat(
        [one.pooled(state) for one, state in zip(passes, states, strict=True)], axis=1
    )
    return tf.reshape(tf.matmul(pooled, weights["kernel"]) + weights["bias"], [-1])


def _look_up(table: NDArray[np.float32], ids: Any) -> Any:
    """Return rows of a table that is kept as int8 with one scale a row."""
    import tensorflow as tf

    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-12) / np.float32(127)
    codes = np.rint(table / scales).astype(np.int8)
    rows = tf.cast(tf.gather(tf.constant(codes), ids), tf.float32)
    return rows * tf.gather(tf.constant(scales.astype(np.float32)), ids)


class _Pass:
    """One direction over the tokens: the projected inputs and how the state moves on.

    A state is the cell's own tensors, the output first, and the pooled output, each
    [batch, units]. Steps of padding leave it as it is.

    Args:
        weights: As for ``write_weights``.
        direction: ``forward`` or ``backward``.
        embedded: Inputs float32 [tokens, batch, dimension].
        is_token: 1 or 0 for padding, float32 [tokens, batch, 1].
    """

    def __init__(self, weights: Weights, direction: str, embedded: Any, is_token: Any) -> None:
        import tensorflow as tf

        self._cell = str(weights["cell"])
        self._pooling = str(weights["pooling"])
        self._recurrent = weights[f"{direction}_recurrent_kernel"]
        self._backward = direction == "backward"
        self._is_token = is_token
        self._tokens = tf.maximum(tf.reduce_sum(is_token, axis=0), 1.0)
        bias = np.atleast_2d(weights[f"{direction}_bias"])
        kernel = weights[f"{direction}_kernel"]
        flat = tf.matmul(tf.reshape(embedded, [-1, kernel.shape[0]]), kernel) + bias[0]
        shape = tf.shape(embedded)
        self._inputs = tf.reshape(flat, [shape[0], shape[1], kernel.shape[1]])
        self._recurrent_bias = bias[1] if len(bias) > 1 else None

    def start(self) -> tuple[Any, ...]:
        import tensorflow as tf

        units = self._recurrent.shape[0]
        zeros = tf.zeros([tf.shape(self._inputs)[1], units])
        own = (zeros, zeros) if self._cell == "lstm" else (zeros,)
        return (*own, zeros - 1.0 if self._pooling == "max" else zeros)

    def advance(self, step: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
        import tensorflow as tf

        at = tf.shape(self._inputs)[0] - 1 - step if self._backward else step
        present = tf.gather(self._is_token, at)
        *own, pooled = state
        recurrent = tf.matmul(own[0], self._recurrent)
        if self._recurrent_bias is not None:
            recurrent += self._recurrent_bias
        moved = _MOVES[self._cell](tf.gather(self._inputs, at), recurrent, *own)
        kept = [old + present * (new - old) for old, new in zip(own, moved, strict=True)]
        return (*kept, self._pool(pooled, moved[0], present))

    def _pool(self, pooled: Any, output: Any, present: Any) -> Any:
        import tensorflow as tf

        if self._pooling == "max":
            # Every output lies between -1 and 1, so that -1 stands for none.
            return tf.maximum(pooled, output * present + (present - 1.0))
        return pooled + present * output if self._pooling == "mean" else pooled

    def pooled(self, state: tuple[Any, ...]) -> Any:
        """Return the pooled output [batch, units]; zero for a row without a token."""
        import tensorflow as tf

        if self._pooling == "max":
            return state[-1] * tf.reduce_max(self._is_token, axis=0)
        return state[-1] / self._tokens if self._pooling == "mean" else state[0]


def _rnn(inputs: Any, recurrent: Any, _output: Any) -> tuple[Any, ...]:
    import tensorflow as tf

    return (tf.tanh(inputs + recurrent),)


def _gru(inputs: Any, recurrent: Any, output: Any) -> tuple[Any, ...]:
    """The variant of Keras that applies the reset gate after the product."""
    import tensorflow as tf

    update_in, reset_in, candidate_in = tf.split(inputs, 3, axis=-1)
    update_back, reset_back, candidate_back = tf.split(recurrent, 3, axis=-1)
    update = tf.sigmoid(update_in + update_back)
    candidate = tf.tanh(candidate_in + tf.sigmoid(reset_in + reset_back) * candidate_back)
    return (candidate + update * (output - candidate),)


def _lstm(inputs: Any, recurrent: Any, _output: Any, carry: Any) -> tuple[Any, ...]:
    import tensorflow as tf

    enter, forget, candidate, leave = tf.split(inputs + recurrent, 4, axis=-1)
    carry = tf.sigmoid(forget) * carry + tf.sigmoid(enter) * tf.tanh(candidate)
    return tf.sigmoid(leave) * tf.tanh(carry), carry


_MOVES: Mapping[str, Callable[..., tuple[Any, ...]]] = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}
