"""What a challenger would change, for a person to read before or after it is published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sentiment.text import mask
from training.retrain.trial import ON_REPLAY, ON_TEST, Contest, Judgement
from training.significance import format_p, format_points

_EXAMPLES = 15
_LABELS = ("negative", "positive")


@dataclass(frozen=True)
class Trial:
    """Everything that was found out about a challenger.

    Attributes:
        champion: Its version.
        challenger: Its version.
        feedback: How many rows of feedback were trained on.
        test: Both models on the fixed test rows.
        replay: Both models on feedback that is not among the training rows.
        judgement: Who wins, and why.
    """

    champion: str
    challenger: str
    feedback: int
    test: Contest
    replay: Contest
    judgement: Judgement

    def measures(self) -> dict[str, Any]:
        """Return McNemar's test on each set that has rows, for the record of the training."""
        contests = {"test": self.test, "replay": self.replay}
        return {
            name: asdict(contest.test)
            for name, contest in contests.items()
            if len(contest.rows.labels)
        }


def write_report(trial: Trial) -> str:
    """Return the report in Markdown; tweets in it are masked."""
    verdict = "wins" if trial.judgement.wins else "is refused"
    lines = [
        f"# The challenger {verdict}",
        "",
        f"Champion: `{trial.champion}`  ",
        f"Challenger: `{trial.challenger}`, trained with {trial.feedback:,} rows of feedback",
        "",
        *(f"- Because {reason}." for reason in trial.judgement.reasons),
        "",
        *_table(trial),
        "",
        "Users send what the champion got wrong, so that any other model looks better on the"
        f" {ON_REPLAY}: it can refuse a challenger, and lets none win.",
        "",
        *_slices(trial.judgement),
    ]
    for name, contest in ((ON_TEST, trial.test), (ON_REPLAY, trial.replay)):
        lines += _changes(f"Fixed on the {name}", contest, fixed=True)
        lines += _changes(f"Broken on the {name}", contest, fixed=False)
    return "\n".join(lines) + "\n"


def write_refusal(champion: str, reasons: str) -> str:
    """Return the report on a challenger that the export gate refused, in Markdown.

    Args:
        champion: The version of the model that stays.
        reasons: What the gate said, in sentences.
    """
    lines = [
        "# The challenger is refused by the export gate",
        "",
        f"Champion: `{champion}`, which stays",
        "",
        f"- {reasons}",
        "",
        "It was not compared with the champion: only a converted model that is as good as its float"
        " parent may be.",
    ]
    return "\n".join(lines) + "\n"


def _table(trial: Trial) -> Iterator[str]:
    yield "| on | rows | champion | challenger | fixed | broken | difference, points | p |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, contest in ((ON_TEST, trial.test), (ON_REPLAY, trial.replay)):
        if not len(contest.champion):
            yield f"| {name} | 0 | {' | '.join(['–'] * 6)} |"
            continue
        test = contest.test
        low, high = format_points(test.difference.low), format_points(test.difference.high)
        yield (
            f"| {name} | {len(contest.champion):,} | {contest.champion.mean():.4f}"
            f" | {contest.challenger.mean():.4f} | {test.only_first} | {test.only_second}"
            f" | {format_points(test.difference.value)} ({low} to {high})"
            f" | {format_p(test.p)} |"
        )


def _slices(judgement: Judgement) -> Iterator[str]:
    if not judgement.slices:
        return
    yield "| kind of tweet | rows | difference, points | p (Holm) |"
    yield "|---|---|---|---|"
    for each in judgement.slices:
        mark = " **worse**" if each.is_regression else ""
        yield (
            f"| {each.name}{mark} | {each.rows:,} | {format_points(each.difference)}"
            f" | {format_p(each.p)} |"
        )
    yield ""


def _changes(title: str, contest: Contest, *, fixed: bool) -> Iterator[str]:
    changed = contest.challenger & ~contest.champion
    if not fixed:
        changed = contest.champion & ~contest.challenger
    rows = np.flatnonzero(changed)
    if not len(rows):
        return
    shown = rows[:_EXAMPLES]
    yield f"## {title}: {len(rows):,}{f', of which {len(shown)}' if len(shown) < len(rows) else ''}"
    yield ""
    for row in shown:
        text = mask(contest.rows.texts[row]).replace("`", "'")
        yield f"- {_LABELS[contest.rows.labels[row]]}: `{text}`"
    yield ""
