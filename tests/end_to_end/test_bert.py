from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import serve
from tests.support.tiny_bert import write_tiny_bert
from tests.support.tweets import split_made_up
from training.models.base import TrainingTask
from training.models.bert import HEAD_ONLY, BertModel, BertParameters, fit, load
from training.models.pretrained import MINILM, attribution
from training.split import Split


@pytest.fixture(scope="module")
def split() -> Split:
    return split_made_up(1500)


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> BertParameters:
    encoder = write_tiny_bert(tmp_path_factory.mktemp("encoder"))
    return BertParameters(
        encoder=str(encoder), epochs=3.0, batch_size=32, max_tokens=24, learning_rate=5e-3
    )


@pytest.fixture(scope="module")
def model(split: Split, parameters: BertParameters) -> BertModel:
    return fit(TrainingTask(split.training, split.validation), parameters)


def accuracy(model: BertModel, split: Split) -> float:
    logits = model.logits(split.test.texts)
    return float(((logits >= 0) == (split.test.labels == 1)).mean())


def test_fine_tuning_learns(model: BertModel, split: Split) -> None:
    assert accuracy(model, split) > 0.8
    assert model.parameters["mode"] == "fine-tune"


def test_a_head_on_a_frozen_encoder_learns_less(split: Split, parameters: BertParameters) -> None:
    task, head = TrainingTask(split.training, split.validation), replace(parameters, mode=HEAD_ONLY)
    frozen, fewer = fit(task, head), fit(task, replace(head, head_rows=100))
    assert accuracy(frozen, split) > 0.6
    texts = split.test.texts[:10]
    assert not np.allclose(frozen.logits(texts), fewer.logits(texts))


def test_the_shipped_model_scores_like_its_float_parent_alone_and_in_batches(
    model: BertModel, split: Split
) -> None:
    classifier, texts = serve(model.export()), split.test.texts
    parent, shipped = model.logits(texts), classifier.logits(texts)
    assert np.abs(shipped - parent).max() < 0.35
    assert ((shipped >= 0) == (parent >= 0)).mean() > 0.97
    alone = [classifier.predict(text).logit for text in texts[:20]]
    assert alone == pytest.approx(shipped[:20].tolist(), abs=0.05)
    assert classifier.predict("day " * 100).truncated


def test_what_was_trained_in_bfloat16_ships_in_float32(
    split: Split, parameters: BertParameters
) -> None:
    task = TrainingTask(split.training, split.validation)
    mixed = fit(task, replace(parameters, precision="mixed_bfloat16"))
    assert accuracy(mixed, split) > 0.8
    texts = split.test.texts
    assert np.abs(serve(mixed.export()).logits(texts) - mixed.logits(texts)).max() < 0.35


def test_an_interrupted_fit_resumes_where_it_was(
    tmp_path: Path, split: Split, parameters: BertParameters, model: BertModel
) -> None:
    reports: list[int] = []

    def report(number: int, metrics: Mapping[str, float]) -> None:
        assert 0 <= metrics["accuracy"] <= 1
        reports.append(number)
        if len(reports) == 12:
            raise KeyboardInterrupt

    task = TrainingTask(split.training, split.validation, tmp_path, report)
    with pytest.raises(KeyboardInterrupt):
        fit(task, parameters)
    fit(task, replace(parameters, learning_rate=0.5, epochs=0.1))  # another fit has its own state
    resumed = fit(task, parameters)
    assert reports[12:14] == [1, 13]
    assert resumed.seconds > 0
    assert resumed.checkpoint in tmp_path.iterdir()
    texts = split.test.texts
    assert resumed.logits(texts) == pytest.approx(model.logits(texts), abs=0.05)


def test_a_saved_model_is_loaded_as_it_was_and_names_no_folder_of_the_machine(
    tmp_path: Path, split: Split, model: BertModel, parameters: BertParameters
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    replace(model, settings=replace(parameters, start=str(tmp_path))).save(folder)
    loaded = load(folder)
    texts = split.test.texts
    assert loaded.logits(texts) == pytest.approx(model.logits(texts), abs=1e-5)
    assert loaded.seconds == model.seconds > 0
    assert loaded.parameters == {**model.parameters, "start": tmp_path.name}
    assert attribution(loaded.settings.encoder) == attribution(parameters.encoder)
    with zipfile.ZipFile(folder / "model.keras") as archive:
        kept = [archive.read(name) for name in archive.namelist()]
    kept += [path.read_bytes() for path in folder.iterdir()]
    assert not any(str(tmp_path.parent).encode() in content for content in kept)


def test_a_fit_goes_on_from_a_saved_model(
    tmp_path: Path, split: Split, model: BertModel, parameters: BertParameters
) -> None:
    model.save(tmp_path)
    few = replace(parameters, encoder=MINILM, start=str(tmp_path), epochs=0.1, learning_rate=1e-6)
    further = fit(TrainingTask(split.training, split.validation), few)
    assert attribution(further.settings.encoder) == attribution(model.settings.encoder)
    assert attribution(further.settings.encoder) != attribution(MINILM)
    assert further.settings.start == str(tmp_path)
    assert further.seconds > model.seconds
    texts = split.test.texts
    assert further.logits(texts) == pytest.approx(model.logits(texts), abs=0.05)
