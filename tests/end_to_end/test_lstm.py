"""The recurrent family on made-up tweets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sentiment.model.tflite import TfliteModel
from tests.support.bundles import serve
from tests.support.tweets import split_made_up
from training.models.base import ExportedModel, TrainingTask
from training.models.checkpoint import CheckpointFile
from training.models.lstm import FAMILY, LstmModel, LstmParameters, build, fit, weights_of
from training.models.recurrent_graph import CELLS, POOLINGS, logit
from training.models.vocabulary import words_of
from training.split import Split

# Large enough for the converter to quantise every kernel; it leaves small ones as they are.
SMALL = LstmParameters(
    dimension=32, units=32, learning_rate=1e-2, batch_size=64, epochs=2, dropout=0.1
)
KINDS = {
    "rnn forwards, mean": replace(SMALL, cell="rnn", bidirectional=False, pooling="mean"),
    "gru both ways, last": replace(SMALL, cell="gru", pooling="last", embedding="learned"),
    "lstm both ways, max": replace(SMALL, cell="lstm"),
}
QUICK = replace(SMALL, cell="rnn", bidirectional=False, epochs=4, patience=4, embedding="learned")
TOLERANCE = 0.05
"""Between the logits of the int8 model and its float parent, in units of their spread."""


@dataclass(frozen=True)
class Kind:
    parameters: LstmParameters
    model: LstmModel
    export: ExportedModel


@pytest.fixture(scope="module")
def split() -> Split:
    return split_made_up(1500)


@pytest.fixture(scope="module", params=KINDS)
def kind(split: Split, request: pytest.FixtureRequest) -> Kind:
    parameters = KINDS[request.param]
    model = fit(TrainingTask(split.training, split.validation), parameters)
    return Kind(parameters, model, model.export())


def test_every_cell_learns_in_either_direction_and_is_loaded_as_it_was_saved(
    kind: Kind, split: Split, tmp_path: Path
) -> None:
    logits = kind.model.logits(split.test.texts)
    assert ((logits >= 0) == split.test.labels).mean() > 0.8
    kind.model.save(tmp_path)
    loaded = FAMILY.load(tmp_path)
    assert loaded.parameters == kind.model.parameters == asdict(kind.parameters)
    assert loaded.seconds == kind.model.seconds
    np.testing.assert_allclose(loaded.logits(split.test.texts), logits, atol=1e-5)


def test_the_shipped_model_agrees_with_its_float_parent(kind: Kind, split: Split) -> None:
    texts = [*split.test.texts, "", "zzzz", "great " * 100]
    parent, shipped = kind.model.logits(texts), serve(kind.export).logits(texts)
    assert np.abs(shipped - parent).max() < TOLERANCE * parent.std()
    assert ((shipped >= 0) != (parent >= 0)).mean() < 0.02


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_the_graph_computes_what_keras_does(cell: str, bidirectional: bool, pooling: str) -> None:
    network = build(
        replace(SMALL, cell=cell, bidirectional=bidirectional, pooling=pooling), words=50
    )
    generator = np.random.default_rng(1)
    network.set_weights(
        [generator.normal(0, 0.5, weights.shape) for weights in network.get_weights()]
    )
    # Word vectors that are exact in int8, in which the graph keeps them.
    vectors = generator.choice([-0.5, 0.5], (50, SMALL.dimension))
    network.get_layer("embedding").set_weights([vectors])
    token_ids = padded_ids(lengths=(6, 3, 1, 0))
    expected = np.asarray(network(token_ids))[:, 0]
    weights = weights_of(network) | {"cell": np.array(cell), "pooling": np.array(pooling)}
    np.testing.assert_allclose(logit(weights, token_ids), expected, atol=1e-5)


def padded_ids(lengths: tuple[int, ...]) -> NDArray[np.int32]:
    token_ids = np.zeros((len(lengths), max(lengths)), np.int32)
    for row, tokens in enumerate(lengths):
        token_ids[row, :tokens] = np.arange(2, 2 + tokens)
    return token_ids


def test_neither_padding_nor_the_rest_of_the_batch_changes_a_logit(kind: Kind) -> None:
    model = TfliteModel(kind.export.model)
    token_ids = padded_ids(lengths=(7, 3, 1, 0))
    logits = model.logits(token_ids)
    wider = model.logits(np.pad(token_ids, ((0, 0), (0, 9))))
    alone = [model.logits(row[np.newaxis])[0] for row in token_ids]
    np.testing.assert_array_equal(wider, logits)
    np.testing.assert_array_equal(alone, logits)


def test_the_best_epoch_is_kept_and_the_fit_stops_when_none_is_better(split: Split) -> None:
    losses: list[float] = []
    parameters = replace(QUICK, dropout=0.0, embedding_dropout=0.0, epochs=30, patience=3)
    task = TrainingTask(
        split.training.head(200),
        split.validation,
        report=lambda _, metrics: losses.append(metrics["loss"]),
    )
    model = fit(task, parameters)
    best = int(np.argmin(losses)) + 1
    assert len(losses) == best + 3 < 30
    signed = np.where(split.validation.labels == 1, 1, -1) * model.logits(split.validation.texts)
    assert np.logaddexp(0, -signed).mean() == pytest.approx(losses[best - 1], rel=1e-5)


def test_a_fit_resumes_after_the_last_whole_epoch(split: Split, tmp_path: Path) -> None:
    epochs: list[int] = []

    def report(epoch: int, _metrics: Mapping[str, float]) -> None:
        epochs.append(epoch)
        if len(epochs) == 2:
            raise KeyboardInterrupt

    task = TrainingTask(split.training, split.validation, tmp_path, report)
    with pytest.raises(KeyboardInterrupt):
        fit(task, QUICK)
    resumed = fit(task, QUICK)
    assert epochs == [1, 2, 3, 4]
    whole, texts = fit(TrainingTask(split.training, split.validation), QUICK), split.test.texts
    np.testing.assert_allclose(resumed.logits(texts), whole.logits(texts), atol=1e-3)
    assert [resumed.checkpoint] == list(tmp_path.iterdir())


def test_a_fit_that_diverges_is_an_error_of_its_parameters(split: Split, tmp_path: Path) -> None:
    task = TrainingTask(split.training.head(200), split.validation, tmp_path)
    with pytest.raises(ValueError, match=r"The fit diverged: .* Lower learning_rate\."):
        fit(task, replace(QUICK, learning_rate=1e38))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_checkpoint_is_named(split: Split, tmp_path: Path) -> None:
    task = TrainingTask(split.training, split.validation, tmp_path)
    path = CheckpointFile("lstm", task, asdict(QUICK)).path
    assert path is not None
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(ValueError, match=rf"{path.name} is damaged.*delete it"):
        fit(task, QUICK)


def test_word_vectors_may_come_from_a_file(split: Split, tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text("day 1 2 3\nnight 4 5 6\n")
    parameters = replace(
        QUICK, embedding=str(path), dimension=3, units=4, epochs=1, learning_rate=1e-9
    )
    model = fit(TrainingTask(split.training.head(100), split.validation), parameters)
    (vectors,) = model.network.get_layer("embedding").get_weights()
    np.testing.assert_allclose(vectors[words_of(model.tokenizer).index("day")], [1, 2, 3])
    assert model.parameters["embedding"].startswith("vectors.txt (sha256 ")
