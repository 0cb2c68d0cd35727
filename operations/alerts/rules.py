"""The rules as ``infra/alerts/rules.json`` describes them; the deployment reads the same file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

RULES_FILE = "rules.json"
DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "infra" / "alerts"

_Minutes = Annotated[int, Meta(ge=5, le=2880)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A scheduled query.

    Attributes:
        name: What the alert is called.
        file: The query, beside the description.
        description: What it means when the rule fires.
        severity: 0 critical to 4 verbose.
        window_minutes: How far back an evaluation sees.
        frequency_minutes: Between two evaluations.
        threshold: The rule fires if the number of rows is above.
        operator: The only one that is used.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*\Z")]
    file: Annotated[str, Meta(pattern=r"^[a-z0-9_]+\.kql\Z")]
    description: str
    severity: Annotated[int, Meta(ge=0, le=4)]
    window_minutes: _Minutes
    frequency_minutes: _Minutes
    threshold: Annotated[int, Meta(ge=0)]
    operator: Literal["GreaterThan"]

    @property
    def window(self) -> timedelta:
        """How far back an evaluation sees."""
        return timedelta(minutes=self.window_minutes)

    @property
    def frequency(self) -> timedelta:
        """Between two evaluations."""
        return timedelta(minutes=self.frequency_minutes)

    def fires(self, rows: int) -> bool:
        """Return whether so many rows are too many."""
        return rows > self.threshold


def read_rules(folder: Path = DEFAULT_FOLDER) -> list[tuple[Rule, str]]:
    """Return each rule with the text of its query.

    Raises:
        ValueError: A file cannot be read, or is not as described.
    """
    try:
        rules = msgspec.json.decode((folder / RULES_FILE).read_bytes(), type=list[Rule])
        return [(rule, (folder / rule.file).read_text(encoding="utf-8")) for rule in rules]
    except OSError as error:
        raise ValueError(f"The rules cannot be read: {error.filename}: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise ValueError(f"{folder / RULES_FILE} is malformed: {error}.") from None
