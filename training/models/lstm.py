"""A recurrent network over word vectors: simple RNN, GRU or LSTM, in one or both directions."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.model.encoder import PAD_ID
from training.export import convert
from training.models.base import (
    Between,
    ExportedModel,
    ModelFamily,
    OneOf,
    TrainingTask,
    parameter,
    read_metadata,
)
from training.models.batches import batches_of_an_epoch, pad
from training.models.checkpoint import CheckpointFile, Progress
from training.models.network import (
    ENCODER_FILE,
    NETWORK_FILE,
    KerasModel,
    NetworkModel,
    Sequences,
    encode,
    read_state,
    restore_state,
    score,
)
from training.models.recurrent_graph import CELLS, POOLINGS, write_weights
from training.models.vocabulary import learn_vocabulary, words_of
from training.models.word_vectors import learn_vectors, random_vectors, read_vectors

LEARNED, PRETRAINED = "learned", "pretrained"
PRECISIONS = ("float32", "mixed_bfloat16")

_CLIP_NORM = 1.0


@dataclass(frozen=True)
class LstmParameters:
    """What a fit depends on."""

    embedding: str = parameter(
        PRETRAINED,
        "learned (from random numbers), pretrained (from how the words of the training rows occur"
        " together) or the path of a word-vector file in text format",
        search=OneOf([LEARNED, PRETRAINED]),
        is_path=lambda value: value not in (LEARNED, PRETRAINED),
    )
    dimension: int = parameter(128, "numbers in a word vector", search=Between(50, 250))
    vocabulary_size: int = parameter(30_000, "words kept at most, the most frequent first")
    min_occurrences: int = parameter(2, "how often a word must occur in the training rows")
    max_tokens: int = parameter(
        48, "words of a tweet that are read; the rest is cut off", search=Between(24, 64)
    )
    cell: str = parameter("lstm", "recurrent cell: rnn, gru or lstm", search=OneOf(CELLS))
    bidirectional: bool = parameter(
        True, "read the tweet in both directions", search=OneOf([False, True])
    )
    units: int = parameter(
        128, "units of the cell, in each direction", search=Between(32, 192, log=True)
    )
    pooling: str = parameter(
        "max", "what becomes of the cell's outputs: last, max or mean", search=OneOf(POOLINGS)
    )
    embedding_dropout: float = parameter(
        0.4, "share of the vectors' dimensions dropped in training", search=Between(0.1, 0.6)
    )
    dropout: float = parameter(
        0.5, "share of the pooled outputs dropped in training", search=Between(0.2, 0.7)
    )
    label_smoothing: float = parameter(0.0, "how far labels are moved towards one half")
    learning_rate: float = parameter(
        5e-3,
        "of Adam at the start; it falls linearly to zero",
        search=Between(1e-3, 2e-2, log=True),
    )
    batch_size: int = parameter(256, "tweets in a step", search=OneOf([128, 256, 512]))
    epochs: int = parameter(3, "passes over the training rows at most")
    patience: int = parameter(1, "epochs without a lower validation loss before the fit stops")
    precision: str = parameter("float32", "number format in training: float32 or mixed_bfloat16")
    seed: int = parameter(7, "of weights, dropout and the order of the rows")

    def __post_init__(self) -> None:
        choices = {"cell": CELLS, "pooling": POOLINGS, "precision": PRECISIONS}
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(known)}."
                )
        for name in ("dimension", "max_tokens", "units", "batch_size", "epochs", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1.")


@dataclass(frozen=True, kw_only=True)
class LstmModel(NetworkModel):
    """A fitted network and the vocabulary that feeds it."""

    family = "lstm"

    def export(self) -> ExportedModel:
        """Convert to TFLite with int8 weights; both dimensions of the input stay free."""
        with tempfile.TemporaryDirectory(prefix="lstm-") as folder:
            source = Path(folder) / "weights.npz"
            write_weights(
                source, weights_of(self.network), self.settings.cell, self.settings.pooling
            )
            model = convert("training.models.recurrent_graph:graph", source)
        return ExportedModel(model, self.encoder, self.tokenizer.encode())


def load(folder: Path) -> LstmModel:
    """Return the model that was saved in a folder.

    Raises:
        OSError: A file is missing.
        ValueError, KeyError: A file is damaged.
    """
    import keras

    return LstmModel(
        network=keras.models.load_model(folder / NETWORK_FILE, compile=False),
        tokenizer=(folder / ENCODER_FILE).read_text(encoding="utf-8"),
        **read_metadata(folder, LstmParameters),
    )


def fit(task: TrainingTask, parameters: LstmParameters) -> LstmModel:
    """Fit on the training rows; keep the weights of the epoch with the lowest validation loss.

    Raises:
        WordVectorError: The word-vector file cannot be used.
        ValueError: Keras runs on another backend than TensorFlow, the checkpoint is damaged, or
            the fit diverged.
        OSError: The checkpoint cannot be written.
    """
    started = time.monotonic()
    _seed_tensorflow(parameters.seed)
    tokenizer = learn_vocabulary(
        task.training.texts, parameters.vocabulary_size, parameters.min_occurrences
    )
    words = words_of(tokenizer)
    sequences = encode(tokenizer, task.training.texts, parameters.max_tokens)
    held_out = encode(tokenizer, task.validation.texts, parameters.max_tokens)
    network = build(parameters, len(words))
    train_epoch = _make_trainer(network, parameters, sequences, task.targets)
    checkpoint = CheckpointFile("lstm", task, asdict(parameters))
    progress = checkpoint.load()
    if progress.done:
        restore_state(network, progress.state)
    else:
        vectors = _initial_vectors(parameters, words, sequences)
        network.get_layer("embedding").set_weights([vectors])
    started -= progress.seconds
    while not _is_done(progress, parameters):
        epoch = progress.done + 1
        training_loss = train_epoch(epoch)
        metrics = _measure(score(network, held_out), task.validation.labels)
        seconds = time.monotonic() - started
        progress = replace(progress, done=epoch, seconds=seconds, state=read_state(network))
        if (loss := metrics["loss"]) < progress.best_loss:
            best = network.get_weights()
            progress = replace(progress, best_epoch=epoch, best_loss=loss, best=best)
        checkpoint.save(progress)
        task.report(epoch, {**metrics, "training_loss": training_loss})
    network.set_weights(progress.best)
    return LstmModel(
        settings=parameters,
        seconds=progress.seconds,
        checkpoint=checkpoint.path,
        network=network,
        tokenizer=tokenizer,
    )


def _seed_tensorflow(seed: int) -> None:
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ValueError("The lstm family needs TensorFlow: unset KERAS_BACKEND and try again.")
    keras.utils.set_random_seed(seed)


def build(parameters: LstmParameters, words: int) -> KerasModel:
    """Return the Keras model: token ids int32 [batch, tokens] to logits float32 [batch, 1]."""
    import keras
    from keras import layers, ops

    precision = parameters.precision
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    mask = ops.not_equal(token_ids, PAD_ID)
    embedded = layers.Embedding(words, parameters.dimension, dtype=precision, name="embedding")(
        token_ids
    )
    embedded = layers.SpatialDropout1D(parameters.embedding_dropout, dtype=precision)(embedded)
    pooled = _pool(parameters.pooling, _recurrent_layer(parameters)(embedded, mask=mask), mask)
    pooled = layers.Dropout(parameters.dropout, dtype=precision)(pooled)
    return keras.Model(token_ids, layers.Dense(1, dtype="float32", name="logit")(pooled))


def _recurrent_layer(parameters: LstmParameters) -> Any:
    from keras import layers

    cell = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}[parameters.cell]
    precision = parameters.precision
    every_step = parameters.pooling != "last"
    name = "recurrent"
    if not parameters.bidirectional:
        return cell(parameters.units, return_sequences=every_step, dtype=precision, name=name)
    one_way = cell(parameters.units, return_sequences=every_step, dtype=precision)
    return layers.Bidirectional(one_way, dtype=precision, name=name)


def _pool(pooling: str, outputs: Any, mask: Any) -> Any:
    """Return [batch, units]; zero for a row without a token."""
    from keras import ops

    if pooling == "last":
        return outputs
    is_token = ops.expand_dims(ops.cast(mask, outputs.dtype), -1)
    if pooling == "mean":
        return ops.sum(outputs * is_token, 1) / ops.maximum(ops.sum(is_token, 1), 1)
    # Every output lies between -1 and 1, so that -1 stands for none.
    return ops.max(outputs * is_token + is_token - 1, 1) * ops.max(is_token, 1)


def _make_trainer(
    network: KerasModel,
    parameters: LstmParameters,
    sequences: Sequences,
    targets: NDArray[np.float32],
) -> Callable[[int], float]:
    """Return what trains a network for an epoch, counted from 1, and returns the mean loss.

    Args:
        network: The result of ``build``.
        parameters: What the fit depends on.
        sequences: Token ids of each training row.
        targets: The probability of positive to learn for each, [rows].
    """
    from tqdm import tqdm

    _compile(network, parameters, len(sequences))
    step = _make_step(network)
    lengths = np.array([len(ids) for ids in sequences])

    def train_epoch(epoch: int) -> float:
        title = f"epoch {epoch}/{parameters.epochs}"
        batches = batches_of_an_epoch(lengths, parameters.batch_size, parameters.seed, epoch)
        network.reset_metrics()
        for rows in tqdm(batches, title, unit="batch", leave=False, disable=None):
            step(pad([sequences[row] for row in rows]), targets[rows, np.newaxis])
        return float(network.get_metrics_result()["loss"])

    return train_epoch


def _compile(network: KerasModel, parameters: LstmParameters, rows: int) -> None:
    import keras

    steps = parameters.epochs * -(-rows // parameters.batch_size)
    schedule = keras.optimizers.schedules.PolynomialDecay(parameters.learning_rate, steps, 0.0)
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=_CLIP_NORM)
    optimizer.build(network.trainable_variables)
    loss = keras.losses.BinaryCrossentropy(
        from_logits=True, label_smoothing=parameters.label_smoothing
    )
    # XLA would compile anew for every width, and was slower on a CPU even so.
    network.compile(optimizer, loss, jit_compile=False)


def _make_step(network: KerasModel) -> Callable[[Any, Any], None]:
    """Return a training step that is traced once for all widths."""
    import tensorflow as tf

    signature = [tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, 1], tf.float32)]

    @tf.function(input_signature=signature)
    def step(token_ids: Any, targets: Any) -> None:
        network.train_step((token_ids, targets))

    return step


def _initial_vectors(
    parameters: LstmParameters, words: Sequence[str], sequences: Sequences
) -> NDArray[np.float32]:
    dimension, seed = parameters.dimension, parameters.seed
    if parameters.embedding == LEARNED:
        return random_vectors(len(words), dimension, seed)
    if parameters.embedding == PRETRAINED:
        return learn_vectors(sequences, len(words), dimension, seed)
    return read_vectors(Path(parameters.embedding).expanduser(), words, dimension, seed)


def _measure(logits: NDArray[np.float32], labels: NDArray[np.uint8]) -> dict[str, float]:
    if not np.isfinite(logits).all():
        raise ValueError(
            "The fit diverged: its logits of validation rows are no finite numbers any more. Lower"
            " learning_rate."
        )
    signed = np.where(labels == 1, logits, -logits).astype(np.float64)
    loss = float(np.logaddexp(0.0, -signed).mean())
    return {"accuracy": float(((logits >= 0) == (labels == 1)).mean()), "loss": loss}


def _is_done(progress: Progress, parameters: LstmParameters) -> bool:
    stale = progress.done - progress.best_epoch
    return progress.done >= parameters.epochs or (
        progress.done > 0 and stale >= parameters.patience
    )


def weights_of(network: KerasModel) -> dict[str, NDArray[np.float32]]:
    """Return the weights by the names that ``recurrent_graph.write_weights`` expects."""
    recurrent = network.get_layer("recurrent")
    forward = getattr(recurrent, "forward_layer", recurrent)
    backward = getattr(recurrent, "backward_layer", None)
    kernel, bias = network.get_layer("logit").get_weights()
    weights = {"kernel": kernel, "bias": bias}
    (weights["embedding"],) = network.get_layer("embedding").get_weights()
    for direction, layer in (("forward", forward), ("backward", backward)):
        if layer is not None:
            names = (f"{direction}_{part}" for part in ("kernel", "recurrent_kernel", "bias"))
            weights |= zip(names, layer.get_weights(), strict=True)
    return weights


FAMILY = ModelFamily(
    "lstm",
    "recurrent network over word vectors: RNN, GRU or LSTM (a quarter of an hour)",
    LstmParameters,
    fit,
    load,
)
