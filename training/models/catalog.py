"""Every family by its name."""

from __future__ import annotations

from typing import Literal

from training.models import bert, logistic, lstm
from training.models.base import ModelFamily

FamilyName = Literal["logistic", "lstm", "bert"]

FAMILIES: dict[str, ModelFamily] = {
    family.name: family for family in (logistic.FAMILY, lstm.FAMILY, bert.FAMILY)
}
