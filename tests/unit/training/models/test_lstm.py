from __future__ import annotations

import pytest

from training.models.lstm import FAMILY


@pytest.mark.parametrize("name", ["cell", "pooling", "precision"])
def test_an_unknown_choice_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 'magic'; it must be one of"):
        FAMILY.make_parameters({name: "magic"})


@pytest.mark.parametrize("name", ["units", "epochs", "patience"])
def test_a_number_that_makes_no_sense_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0; it must be at least 1"):
        FAMILY.make_parameters({name: 0})
