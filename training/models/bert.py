"""BERT: a pretrained encoder with mean pooling and one dense unit, fine-tuned or frozen."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.files import file_digest, replace_file
from sentiment.model.bundle import Encoder
from sentiment.model.encoder import PAD_ID, TOKENIZERS
from sentiment.text import NORMALIZER
from training.export import convert
from training.models.base import (
    Between,
    ExportedModel,
    ModelFamily,
    OneOf,
    TrainingTask,
    describe_parameters,
    parameter,
    read_metadata,
    write_metadata,
)
from training.models.batches import batches_of_an_epoch, in_batches, pad, score
from training.models.checkpoint import STATE_FILE, fit_name
from training.models.pretrained import (
    MINILM,
    attribution,
    compact_tokenizer,
    encode,
    encoder_folder,
    is_folder,
)
from training.models.regression import fit_regression
from training.models.torch_backend import make_adamw, plain_attention

ENCODER_FILE = "tokenizer.json"
FINE_TUNE, HEAD_ONLY = "fine-tune", "head"

_NETWORK_FILE = "model.keras"
_UNUSED_LAYER = "pooled_dense"
_REPORTS_PER_EPOCH = 10
_REPORT_ROWS = 2000
_SMOOTHING_STEPS = 100
_INFERENCE_BATCH = 64

KerasModel = Any
Sequences = Sequence[NDArray[np.int32]]


@dataclass(frozen=True)
class BertParameters:
    """What a fit depends on.

    The learning rate rises over ``warmup_share`` of all steps, holds, and falls to zero over the
    last ``decay_share``.
    """

    encoder: str = parameter(MINILM, "minilm, a folder, or hub:OWNER/NAME", is_path=is_folder)
    start: str = parameter(
        "", "float checkpoint to go on from, in the encoder's place (--init-from)", is_path=bool
    )
    mode: str = parameter(FINE_TUNE, "fine-tune the encoder, or train the head only")
    epochs: float = parameter(2.0, "passes over the training rows")
    batch_size: int = parameter(128, "tweets in a step", search=OneOf([64, 128, 256]))
    head_rows: int = parameter(60_000, "tweets that a head is trained on at most; 0 for all")
    max_tokens: int = parameter(64, "word pieces read of a tweet, special tokens included")
    learning_rate: float = parameter(1.5e-4, "at its highest", search=Between(3e-5, 3e-4, log=True))
    weight_decay: float = parameter(0.01, "of AdamW, on weight matrices")
    warmup_share: float = parameter(0.05, "of all steps")
    decay_share: float = parameter(0.5, "of all steps", search=Between(0.2, 1.0))
    label_smoothing: float = parameter(0.05, "towards one half", search=Between(0.0, 0.2))
    dropout: float = parameter(0.0, "in the encoder and before the head")
    clip_norm: float = parameter(1.0, "of the gradient of all weights")
    precision: str = parameter("float32", "or mixed_bfloat16, faster where the processor has it")
    seed: int = parameter(7, "of the order of rows and of the new weights")

    def __post_init__(self) -> None:
        if self.mode not in (FINE_TUNE, HEAD_ONLY):
            raise ValueError(f"mode is {self.mode!r}; it must be {FINE_TUNE} or {HEAD_ONLY}.")


@dataclass(frozen=True)
class BertModel:
    """A fitted model: token ids [batch, tokens] to logits [batch, 1], with its tokenizer.

    ``seconds`` is the time of its training, that of the model it went on from included. Of a model
    that was loaded, ``settings`` hold paths as they are recorded.
    """

    settings: BertParameters
    network: KerasModel
    tokenizer: bytes
    seconds: float = 0.0
    fitted_rows: int | None = None
    checkpoint: Path | None = None

    family = "bert"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What the model was fitted with."""
        return describe_parameters(self.settings)

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the logit of each normalised text."""
        sequences = encode(texts, self.tokenizer, self.settings.max_tokens)
        return _logits(self.network, sequences)

    def save(self, folder: Path) -> None:
        """Write the network in Keras's format, the tokenizer and the parameters."""
        self.network.save(folder / _NETWORK_FILE)
        (folder / ENCODER_FILE).write_bytes(self.tokenizer)
        write_metadata(self, folder)

    def export(self) -> ExportedModel:
        """Convert to TFLite with dynamic-range int8 weights."""
        with tempfile.TemporaryDirectory(prefix="bert-") as folder:
            source = Path(folder) / _NETWORK_FILE
            self.network.save(source)
            model = convert("training.models.bert:graph", source)
        encoder = Encoder(TOKENIZERS, ENCODER_FILE, self.settings.max_tokens, NORMALIZER)
        return ExportedModel(model, encoder, self.tokenizer, attribution(self.settings.encoder))


def load(folder: Path) -> BertModel:
    """Return the model that was saved in a folder.

    Raises:
        OSError: A file is missing.
        ValueError, KeyError: A file is damaged.
    """
    facts = read_metadata(folder)
    settings = BertParameters(**facts.parameters)
    network = _read_network(_network_file(folder))
    return BertModel(settings, network, (folder / ENCODER_FILE).read_bytes(), facts.seconds)


def _network_file(folder: str | Path) -> Path:
    return Path(folder).expanduser() / _NETWORK_FILE


def _read_network(file: Path) -> KerasModel:
    import keras

    known = _own_layers()
    network = keras.models.load_model(file, custom_objects=known, compile=False)
    encoder = next(layer for layer in network.layers if type(layer) in known.values())
    encoder.get_layer(_UNUSED_LAYER).trainable = False  # a file does not keep that
    return network


def _own_layers() -> dict[str, Any]:
    from keras_hub.models import BertBackbone

    return {BertBackbone.__name__: BertBackbone}


def fit(task: TrainingTask, parameters: BertParameters) -> BertModel:
    """Fine-tune the encoder, or train a head on it.

    Raises:
        EncoderError: The pretrained encoder cannot be had.
        OSError: The model to go on from cannot be read.
        ValueError: The checkpoint is damaged.
    """
    import keras

    started = time.monotonic()
    keras.utils.set_random_seed(parameters.seed)
    model = _begin(parameters)
    sequences = encode(task.training.texts, model.tokenizer, parameters.max_tokens)
    if parameters.mode == HEAD_ONLY:
        sequences = sequences[: parameters.head_rows or None]  # rows lie in a random order
        _train_head(model.network, sequences, task)
        seconds = model.seconds + time.monotonic() - started
        model = replace(model, seconds=seconds, fitted_rows=len(sequences))
    else:
        model = _fine_tune(model, sequences, task, started)
    return replace(model, network=in_float32(model.network))


def in_float32(network: KerasModel) -> KerasModel:
    """Return the network with the same weights that computes in float32: bfloat16 cannot ship."""
    import keras

    described = keras.saving.serialize_keras_object(network)
    described.pop("compile_config", None)  # the optimizer's work is done
    config = json.dumps(described)
    if "bfloat16" not in config:
        return network
    config = config.replace("mixed_bfloat16", "float32").replace("bfloat16", "float32")
    copy = keras.saving.deserialize_keras_object(json.loads(config), _own_layers())
    copy.set_weights(network.get_weights())
    return copy


def _begin(parameters: BertParameters) -> BertModel:
    if parameters.start:
        model = load(Path(parameters.start).expanduser())
        return replace(model, settings=replace(parameters, encoder=model.settings.encoder))
    tokenizer = compact_tokenizer(encoder_folder(parameters.encoder))
    return BertModel(parameters, build(parameters), tokenizer)


def build(parameters: BertParameters) -> KerasModel:
    """Return the network with pretrained encoder weights and a new head."""
    import keras
    import keras_hub

    encoder = keras_hub.models.BertBackbone.from_preset(
        str(encoder_folder(parameters.encoder)),
        dtype=parameters.precision,
        dropout=parameters.dropout,
    )
    encoder.get_layer(_UNUSED_LAYER).trainable = False  # BERT's own pooling
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.ops.cast(keras.ops.not_equal(token_ids, PAD_ID), "int32")
    hidden = encoder(
        {
            "token_ids": token_ids,
            "segment_ids": keras.ops.zeros_like(token_ids),
            "padding_mask": mask,
        }
    )["sequence_output"]
    weights = keras.ops.expand_dims(keras.ops.cast(mask, hidden.dtype), -1)
    pooled = keras.ops.sum(hidden * weights, axis=1) / keras.ops.sum(weights, axis=1)
    pooled = keras.layers.Dropout(parameters.dropout, name="pooled")(pooled)
    logit = keras.layers.Dense(1, dtype="float32", name="logit")(pooled)
    return keras.Model(token_ids, logit)


def learning_rate_at(step: int, steps: int, parameters: BertParameters) -> float:
    """Return the learning rate of a step: warm-up, hold, linear decay (Hu et al. 2024)."""
    rising = (step + 1) / max(1.0, parameters.warmup_share * steps)
    falling = (steps - step) / max(1.0, parameters.decay_share * steps)
    return parameters.learning_rate * min(1.0, rising, falling)


def _fine_tune(
    model: BertModel, sequences: Sequences, task: TrainingTask, started: float
) -> BertModel:
    """Train for all steps that are not done yet; the seconds are those of all sittings."""
    from tqdm import tqdm

    parameters, network = model.settings, model.network
    _compile(network, parameters)
    sample = task.validation.head(_REPORT_ROWS)
    lengths = np.array([len(ids) for ids in sequences])
    targets = task.targets
    per_epoch = -(-len(sequences) // parameters.batch_size)
    steps = round(per_epoch * parameters.epochs)
    per_report = max(1, per_epoch // _REPORTS_PER_EPOCH)
    checkpoint = _Checkpoint.of(task, parameters)
    done, earlier = checkpoint.restore(network)
    seconds = earlier
    losses: list[float] = []
    batches: list[NDArray[np.int64]] = []
    bar = tqdm(range(done, steps), initial=done, total=steps, desc="Fine-tuning", unit=" steps")
    for step in bar:
        epoch, at = divmod(step, per_epoch)
        if at == 0 or not batches:
            batches = batches_of_an_epoch(lengths, parameters.batch_size, parameters.seed, epoch)
        rows = batches[at]
        network.optimizer.learning_rate = learning_rate_at(step, steps, parameters)
        wanted = targets[rows, np.newaxis]
        with plain_attention():
            loss = network.train_on_batch(pad([sequences[r] for r in rows]), wanted)
        losses.append(float(loss))
        bar.set_postfix(loss=f"{np.mean(losses[-_SMOOTHING_STEPS:]):.4f}")
        if (step + 1) % per_report == 0 or step + 1 == steps:
            seconds = earlier + time.monotonic() - started
            checkpoint.save(network, step + 1, seconds)
            correct = (model.logits(sample.texts) >= 0) == (sample.labels == 1)
            loss = float(np.mean(losses[-per_report:]))
            number = -(-(step + 1) // per_report)
            task.report(number, {"loss": loss, "accuracy": float(correct.mean())})
    return replace(model, seconds=model.seconds + seconds, checkpoint=checkpoint.folder)


def _compile(network: KerasModel, parameters: BertParameters) -> None:
    import keras

    optimizer = make_adamw(
        learning_rate=parameters.learning_rate,
        weight_decay=parameters.weight_decay,
        global_clipnorm=parameters.clip_norm,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = keras.losses.BinaryCrossentropy(
        from_logits=True, label_smoothing=parameters.label_smoothing
    )
    network.compile(optimizer, loss)
    optimizer.build(network.trainable_variables)  # so that a checkpoint can restore its state


def _train_head(network: KerasModel, sequences: Sequences, task: TrainingTask) -> None:
    """Fit the dense unit by logistic regression on the outputs of the frozen encoder."""
    import keras
    from sklearn.linear_model import LogisticRegression

    pooled = keras.Model(network.input, network.get_layer("pooled").output)
    encode_batch = _counted(pooled.predict_on_batch, len(sequences))
    features = in_batches(encode_batch, sequences, _INFERENCE_BATCH)
    solver = LogisticRegression(max_iter=1000)
    fit_regression(solver, features, task.targets[: len(sequences)])
    weights = [solver.coef_.T.astype(np.float32), solver.intercept_.astype(np.float32)]
    network.get_layer("logit").set_weights(weights)


def _counted(compute: Any, rows: int) -> Any:
    from tqdm import tqdm

    bar = tqdm(total=rows, desc="Encoding", unit=" tweets", unit_scale=True)

    def counted(batch: NDArray[np.int32]) -> NDArray[np.float32]:
        result = np.asarray(compute(batch))
        bar.update(len(batch))
        return result

    return counted


def _logits(network: KerasModel, sequences: Sequences) -> NDArray[np.float32]:
    return score(network.predict_on_batch, sequences, _INFERENCE_BATCH)


@dataclass(frozen=True)
class _Checkpoint:
    """The last state of one fit on disk, in a folder of its own; None to keep nothing."""

    folder: Path | None

    @classmethod
    def of(cls, task: TrainingTask, parameters: BertParameters) -> _Checkpoint:
        """Return that of a fit and no other."""
        described = {**asdict(parameters), "rows": task.digest()}
        if parameters.start:
            described["start"] = file_digest(_network_file(parameters.start))
        return cls(task.checkpoints and task.checkpoints / fit_name("bert", described))

    def save(self, network: KerasModel, step: int, seconds: float) -> None:
        """Write weights, optimiser state and the step aside, then rename: a kill costs nothing."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"step-{step}.keras"
        part = self.folder / f"part-{os.getpid()}.keras"  # of no equal fit at the same time
        try:
            network.save(part)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        state = {"step": step, "seconds": seconds, "file": file.name}
        replace_file(self.folder / STATE_FILE, json.dumps(state).encode())
        for old in self.folder.glob("step-*.keras"):
            if old != file:
                old.unlink(missing_ok=True)

    def restore(self, network: KerasModel) -> tuple[int, float]:
        """Load the last state into a compiled network; return its steps and their seconds.

        Raises:
            ValueError: The checkpoint is damaged.
        """
        if self.folder is None or not (self.folder / STATE_FILE).is_file():
            return 0, 0.0
        try:
            state = json.loads((self.folder / STATE_FILE).read_text())
            done, seconds = int(state["step"]), float(state["seconds"])
            network.load_weights(self.folder / state["file"])
        except (KeyError, OSError, TypeError, ValueError) as error:
            raise ValueError(
                f"The checkpoint {self.folder} is damaged ({error}); delete it to start anew."
            ) from error
        return done, seconds


def graph(source: Path) -> Any:
    """Return the TensorFlow module of a saved Keras network."""
    import tensorflow as tf

    network = _read_network(source)

    class Graph(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.kept = [variable.value for variable in network.variables]

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32, name="token_ids")])
        def serve(self, token_ids: Any) -> dict[str, Any]:
            return {"logit": tf.squeeze(network(token_ids, training=False), axis=1)}

    return Graph()


FAMILY = ModelFamily(
    "bert",
    "a pretrained BERT encoder, fine-tuned (hours) or frozen (minutes)",
    BertParameters,
    fit,
    load,
)
