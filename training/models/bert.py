"""BERT: a pretrained encoder with mean pooling and one dense unit, fine-tuned or frozen."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.files import file_digest
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
from training.models.batches import batches_of_an_epoch, in_batches, pad
from training.models.checkpoint import CheckpointFile, Progress
from training.models.network import (
    ENCODER_FILE,
    NETWORK_FILE,
    SCORING_BATCH,
    KerasModel,
    NetworkModel,
    Sequences,
    encode,
    read_state,
    restore_state,
)
from training.models.pretrained import (
    MINILM,
    attribution,
    compact_tokenizer,
    encoder_folder,
    is_folder,
)
from training.models.regression import fit_regression
from training.models.torch_backend import make_adamw, plain_attention

FINE_TUNE, HEAD_ONLY = "fine-tune", "head"

_UNUSED_LAYER = "pooled_dense"
_REPORTS_PER_EPOCH = 10
_REPORT_ROWS = 2000
_SMOOTHING_STEPS = 100


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


@dataclass(frozen=True, kw_only=True)
class BertModel(NetworkModel):
    """A fitted network and the tokenizer of its encoder.

    ``seconds`` is the time of its training, that of the model it went on from included.
    """

    family = "bert"

    def export(self) -> ExportedModel:
        """Convert to TFLite with dynamic-range int8 weights."""
        with tempfile.TemporaryDirectory(prefix="bert-") as folder:
            source = Path(folder) / NETWORK_FILE
            self.network.save(source)
            model = convert("training.models.bert:graph", source)
        credit = attribution(self.settings.encoder)
        return ExportedModel(model, self.encoder, self.tokenizer.encode(), credit)


def load(folder: Path) -> BertModel:
    """Return the model that was saved in a folder.

    Raises:
        OSError: A file is missing.
        ValueError, KeyError: A file is damaged.
    """
    return BertModel(
        network=_read_network(folder / NETWORK_FILE),
        tokenizer=(folder / ENCODER_FILE).read_text(encoding="utf-8"),
        **read_metadata(folder, BertParameters),
    )


def _read_network(file: Path) -> KerasModel:
    import keras
    from keras_hub.models import BertBackbone

    known = {BertBackbone.__name__: BertBackbone}
    network = keras.models.load_model(file, custom_objects=known, compile=False)
    encoder = next(layer for layer in network.layers if isinstance(layer, BertBackbone))
    encoder.get_layer(_UNUSED_LAYER).trainable = False  # a file does not keep that
    return network


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
    sequences = encode(model.tokenizer, task.training.texts, parameters.max_tokens)
    if parameters.mode == HEAD_ONLY:
        sequences = sequences[: parameters.head_rows or None]  # rows lie in a random order
        _train_head(model.network, sequences, task)
        seconds = model.seconds + time.monotonic() - started
        model = replace(model, seconds=seconds, fitted_rows=len(sequences))
    else:
        model = _fine_tune(model, sequences, task, started)
    return replace(model, network=_in_float32(model))


def _begin(parameters: BertParameters) -> BertModel:
    if parameters.start:
        model = load(Path(parameters.start).expanduser())
        return replace(model, settings=replace(parameters, encoder=model.settings.encoder))
    tokenizer = compact_tokenizer(encoder_folder(parameters.encoder))
    network = build(parameters)
    return BertModel(settings=parameters, seconds=0.0, network=network, tokenizer=tokenizer)


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
    checkpoint = CheckpointFile("bert", task, _identify(parameters))
    progress = checkpoint.load()
    if progress.done:
        restore_state(network, progress.state)
    started -= progress.seconds
    losses: list[float] = []
    batches: list[NDArray[np.int64]] = []
    done = progress.done
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
            seconds = time.monotonic() - started
            progress = Progress(done=step + 1, seconds=seconds, state=read_state(network))
            checkpoint.save(progress)
            correct = (model.logits(sample.texts) >= 0) == (sample.labels == 1)
            loss = float(np.mean(losses[-per_report:]))
            number = -(-(step + 1) // per_report)
            task.report(number, {"loss": loss, "accuracy": float(correct.mean())})
    seconds = model.seconds + progress.seconds
    return replace(model, seconds=seconds, checkpoint=checkpoint.path)


def _identify(parameters: BertParameters) -> dict[str, Any]:
    """Return what tells one fit's checkpoint from another's, beside the rows."""
    values = asdict(parameters)
    if parameters.start:
        values["start"] = file_digest(Path(parameters.start).expanduser() / NETWORK_FILE)
    return values


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
    features = in_batches(pooled.predict_on_batch, sequences, SCORING_BATCH, "Encoding")
    solver = LogisticRegression(max_iter=1000)
    fit_regression(solver, features, task.targets[: len(sequences)])
    weights = [solver.coef_.T.astype(np.float32), solver.intercept_.astype(np.float32)]
    network.get_layer("logit").set_weights(weights)


def _in_float32(model: BertModel) -> KerasModel:
    """Return the network with the same weights that computes in float32: bfloat16 cannot ship."""
    parameters = model.settings
    if parameters.precision == "float32" or parameters.start:  # what is saved is float32
        return model.network
    network = build(replace(parameters, precision="float32"))
    network.set_weights(model.network.get_weights())
    return network


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
