"""Every family by its name."""

from __future__ import annotations

from training.models import bert, logistic, lstm
from training.models.base import Family

FAMILIES: dict[str, Family] = {
    family.name: family for family in (logistic.FAMILY, lstm.FAMILY, bert.FAMILY)
}
