"""Whether a challenger may take the champion's place: paired tests on rows kept from training.

The report is what a person reads before the challenger is published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.model.bundle import LABELS
from sentiment.text import mask
from training.evaluate import SLICES, slice_members
from training.run_records import EvaluationSet
from training.significance import SIGNIFICANT, McNemar, compare_pair, format_p, format_points, holm

LEAST_TEST_ROWS = 1000
LEAST_SLICE_ROWS = 100

ON_TEST, ON_REPLAY = "test rows", "replayed feedback"

_EXAMPLES = 15
_HEAD = (
    "| on | rows | champion | challenger | fixed | broken | difference, points | p |",
    "|---|---|---|---|---|---|---|---|",
)
_NOTE = (
    "Users send what the champion got wrong, so that any other model looks better on the"
    f" {ON_REPLAY}: it can refuse a challenger, and lets none win.\n"
)


@dataclass(frozen=True)
class Contest:
    """Champion and challenger on one set.

    Attributes:
        rows: The set, with its texts.
        champion: Which rows the champion has right, [rows].
        challenger: The same for the challenger.
    """

    rows: EvaluationSet
    champion: NDArray[np.bool_]
    challenger: NDArray[np.bool_]

    @property
    def test(self) -> McNemar:
        """McNemar's test; its difference is the challenger's accuracy less the champion's."""
        return compare_pair(self.challenger, self.champion)

    @property
    def is_better(self) -> bool:
        """Whether the challenger is better by more than chance."""
        return self.test.p < SIGNIFICANT and self.test.difference.value > 0

    @property
    def is_worse(self) -> bool:
        """Whether the challenger is worse by more than chance."""
        return self.test.p < SIGNIFICANT and self.test.difference.value < 0

    def slice(self, name: str) -> Contest:
        """Return the contest on one kind of tweet."""
        chosen = slice_members(self.rows.flags, name)
        rows = EvaluationSet(
            name, self.rows.keys[chosen], self.rows.labels[chosen], self.rows.flags[chosen]
        )
        return Contest(rows, self.champion[chosen], self.challenger[chosen])


@dataclass(frozen=True)
class Judgement:
    """Whether the challenger wins, and every reason why or why not."""

    wins: bool
    reasons: tuple[str, ...]


def judge(test: Contest, replay: Contest, least_test: int = LEAST_TEST_ROWS) -> Judgement:
    """Decide by tests that were fixed beforehand.

    The challenger wins if it is better by more than chance on the test rows, of which there must
    be ``least_test``, and worse by more than chance neither on the replayed feedback nor on any
    kind of tweet. The replay can only object: users send what the champion got wrong, so that any
    other model, an equal one too, looks better there (regression to the mean).
    """
    against = []
    if len(test.champion) < least_test:
        against.append(f"there are {len(test.champion)} test rows; {least_test} are needed")
    for name, contest in ((ON_TEST, test), (ON_REPLAY, replay)):
        if len(contest.champion) and contest.is_worse:
            against.append(f"it is worse on the {name}: {_describe(contest.test)}")
    if not test.is_better and not test.is_worse:
        against.append(
            f"it is not better by more than chance on the {ON_TEST}: {_describe(test.test)}"
        )
    against += _worse_kinds(test)
    gain = f"it is better on the {ON_TEST}: {_describe(test.test)}"
    return Judgement(not against, tuple(against or [gain]))


def _worse_kinds(test: Contest) -> list[str]:
    """Return the kinds of tweets on which the challenger is worse by more than chance.

    The p-values are adjusted for the number of kinds (Holm 1979).
    """
    kinds = [test.slice(name) for name in SLICES]
    kinds = [kind for kind in kinds if len(kind.champion) >= LEAST_SLICE_ROWS]
    tests = [kind.test for kind in kinds]
    adjusted = holm([each.p for each in tests])
    return [
        f"it is worse on tweets of the kind {kind.rows.name}:"
        f" {format_points(each.difference.value)} points, p {format_p(p)} on"
        f" {len(kind.champion):,} rows"
        for kind, each, p in zip(kinds, tests, adjusted, strict=True)
        if each.difference.value < 0 and p < SIGNIFICANT
    ]


def _describe(test: McNemar) -> str:
    return (
        f"{_difference(test)}, it alone is right {test.only_first} times and the champion alone"
        f" {test.only_second} times, p {format_p(test.p)}"
    )


def _difference(test: McNemar, unit: str = " points") -> str:
    value, low, high = map(format_points, astuple(test.difference))
    return f"{value}{unit} ({low} to {high})"


def measures(test: Contest, replay: Contest) -> dict[str, Any]:
    """Return McNemar's test on each set that has rows, for MLflow."""
    return {
        name: {key: value for key, value in asdict(contest.test).items() if value is not None}
        for name, contest in (("test", test), ("replay", replay))
        if len(contest.champion)
    }


def describe_contest(
    champion: str, challenger: str, judgement: Judgement, contests: Mapping[str, Contest]
) -> str:
    """Return the report in Markdown; tweets in it are masked.

    Args:
        champion: The version of the model that stays, or is beaten.
        challenger: Its version, or what there is in its place.
        judgement: Who wins, and why.
        contests: Both models on each set, by its name; empty where they were not compared.
    """
    lines = [
        f"# The challenger {'wins' if judgement.wins else 'is refused'}",
        "",
        f"Champion: `{champion}`  ",
        f"Challenger: `{challenger}`",
        "",
        *(f"- Because {reason}." for reason in judgement.reasons),
        "",
    ]
    if contests:
        lines += [*_HEAD, *(_row(name, contest) for name, contest in contests.items()), "", _NOTE]
    for name, contest in contests.items():
        new, old = contest.challenger, contest.champion
        for change, changed in (("Fixed", new & ~old), ("Broken", old & ~new)):
            lines += _examples(f"{change} on the {name}", contest.rows, np.flatnonzero(changed))
    return "\n".join(lines).rstrip() + "\n"


def _row(name: str, contest: Contest) -> str:
    if not len(contest.champion):
        return f"| {name} | 0 | {' | '.join(['–'] * 6)} |"
    test = contest.test
    return (
        f"| {name} | {len(contest.champion):,} | {contest.champion.mean():.4f}"
        f" | {contest.challenger.mean():.4f} | {test.only_first} | {test.only_second}"
        f" | {_difference(test, '')} | {format_p(test.p)} |"
    )


def _examples(title: str, members: EvaluationSet, rows: NDArray[np.intp]) -> Iterator[str]:
    if not len(rows):
        return
    shown = rows[:_EXAMPLES]
    yield f"## {title}: {len(rows):,}{f', of which {len(shown)}' if len(shown) < len(rows) else ''}"
    yield ""
    for row in shown:
        text = mask(members.texts[row]).replace("`", "'")
        yield f"- {LABELS[members.labels[row]]}: `{text}`"
    yield ""
