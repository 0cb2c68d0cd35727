"""Every family by its name."""

from __future__ import annotations

from training.families import Family, bert, logistic, lstm

FAMILIES: dict[str, Family] = {
    family.name: family for family in (logistic.FAMILY, lstm.FAMILY, bert.FAMILY)
}
