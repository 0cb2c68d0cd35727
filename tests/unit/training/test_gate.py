from __future__ import annotations

import numpy as np
import optuna
import pytest

from operations.deployed import NotDeployedError, check_deployed, deployed_forms
from sentiment.model.bundle import Encoder, read_bundle
from sentiment.model.encoder import NGRAMS
from sentiment.model.ngrams import LEMMA, PLAIN, STEM
from sentiment.settings import read_settings
from training.gate import (
    GateError,
    check_parity,
    find_foreign_operators,
    measure_parity,
)
from training.models.catalog import FAMILIES

LABELS = np.array([0, 1] * 500, np.uint8)
PARENT = np.where(LABELS == 1, 1.0, -1.0).astype(np.float32)


def flipped(count: int) -> np.ndarray:
    converted = PARENT.copy()
    converted[:count] *= -1
    return converted


def test_a_faithful_model_passes() -> None:
    parity = measure_parity(LABELS, PARENT, PARENT * 0.99)
    check_parity(parity)
    assert (parity.accuracy_loss, parity.labels_changed) == (0, 0)


def test_a_loss_of_accuracy_is_refused_with_its_figure() -> None:
    check_parity(measure_parity(LABELS, PARENT, flipped(3)))
    with pytest.raises(GateError, match=r"loses 0\.40% of accuracy"):
        check_parity(measure_parity(LABELS, PARENT, flipped(4)))


def test_too_many_changed_labels_are_refused_even_if_accuracy_holds() -> None:
    noisy = PARENT.copy()
    noisy[:21] *= -1
    swapped = PARENT.copy()
    swapped[21:42] *= -1
    with pytest.raises(GateError, match=r"4\.20% of its labels change"):
        check_parity(measure_parity(LABELS, noisy, swapped))


def test_a_logit_that_is_no_number_is_refused() -> None:
    converted = PARENT.copy()
    converted[7] = np.nan
    with pytest.raises(GateError, match="not finite"):
        check_parity(measure_parity(LABELS, PARENT, converted))


def test_foreign_operators_are_refused_by_name() -> None:
    with pytest.raises(GateError, match="FlexTensorListReserve"):
        check_parity(measure_parity(LABELS, PARENT, PARENT, ("FlexTensorListReserve",)))


def test_the_shipped_model_has_built_in_operators_only() -> None:
    assert find_foreign_operators(read_bundle(read_settings({}).bundle).model) == ()


def test_what_the_interpreter_cannot_load_is_refused() -> None:
    with pytest.raises(GateError, match="cannot load"):
        find_foreign_operators(b"nothing")


def encoder(forms: str) -> Encoder:
    return Encoder(NGRAMS, "ngrams.txt", 64, "tweet-1", {"words": [1, 2], "forms": forms})


def test_the_search_draws_only_forms_that_may_ship() -> None:
    assert deployed_forms() == [PLAIN, STEM]
    for seed in range(20):
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
        check_deployed(encoder(FAMILIES["logistic"].suggest(study.ask())["forms"]))


def test_a_package_that_no_app_deploys_is_refused_with_what_to_do() -> None:
    with pytest.raises(NotDeployedError, match=r"simplemma, which is not deployed.*--set forms"):
        check_deployed(encoder(LEMMA))
