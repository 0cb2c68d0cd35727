from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from operations.deployed import NotDeployedError, check_deployed
from sentiment.model.bundle import Encoder
from sentiment.model.encoder import NGRAMS
from sentiment.model.ngrams import LEMMA
from training.gate import GateError, check_parity
from training.models.logistic import LogisticParameters

LABELS = np.array([0, 1] * 500, np.uint8)
PARENT = np.where(LABELS == 1, 1.0, -1.0).astype(np.float32)


def changed(first: int, last: int, factor: float = -1) -> NDArray[np.float32]:
    converted = PARENT.copy()
    converted[first:last] *= factor
    return converted


def test_a_loss_of_accuracy_is_refused_with_its_figure() -> None:
    check_parity(LABELS, PARENT, PARENT * 0.99)
    check_parity(LABELS, PARENT, changed(0, 3))
    with pytest.raises(GateError, match=r"loses 0\.40% of accuracy"):
        check_parity(LABELS, PARENT, changed(0, 4))


def test_too_many_changed_labels_are_refused_even_if_accuracy_holds() -> None:
    with pytest.raises(GateError, match=r"4\.20% of its labels change"):
        check_parity(LABELS, changed(0, 21), changed(21, 42))


def test_a_logit_that_is_no_number_is_refused() -> None:
    with pytest.raises(GateError, match="not finite"):
        check_parity(LABELS, PARENT, changed(7, 8, np.nan))


def encoder(forms: str) -> Encoder:
    return Encoder(NGRAMS, "ngrams.txt", 64, "tweet-1", {"words": [1, 2], "forms": forms})


def test_the_search_draws_only_forms_that_may_ship() -> None:
    for forms in LogisticParameters.__dataclass_fields__["forms"].metadata["search"].choices:
        check_deployed(encoder(forms))
    with pytest.raises(NotDeployedError, match=r"simplemma, which is not deployed.*--set forms"):
        check_deployed(encoder(LEMMA))
