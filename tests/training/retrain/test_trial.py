from __future__ import annotations

import numpy as np
import pytest

from training import slices
from training.retrain.trial import Contest, judge
from training.runs import EvaluationSet

ROWS = 4000


def contest(rows: int, fixed: int, broken: int, kind: str | None = None) -> Contest:
    """Return a contest in which the challenger fixes some rows and breaks others.

    The rows that it breaks come first; ``kind`` is the slice that the first half is in.
    """
    champion = np.ones(rows, bool)
    champion[rows - rows // 4 :] = False
    challenger = champion.copy()
    challenger[:broken] = False
    challenger[rows - fixed :] = True
    flags = np.zeros(rows, np.uint16)
    if kind is not None:
        flags[: rows // 2] = 1 << slices.SLICES.index(kind)
    labels = np.arange(rows, dtype=np.uint8) % 2
    members = EvaluationSet("test", np.arange(rows, dtype=np.uint64), labels, flags)
    return Contest(members, champion, challenger)


NOTHING = contest(0, 0, 0)


def test_a_better_challenger_wins_and_is_told_why() -> None:
    judged = judge(contest(ROWS, 120, 40), NOTHING)
    assert judged.wins
    (reason,) = judged.reasons
    assert "better on the test rows: +2.00 points" in reason


@pytest.mark.parametrize(
    ("fixed", "broken", "reason"),
    [
        (0, 0, "better by more than chance nowhere"),
        (60, 50, "better by more than chance nowhere"),
        (40, 120, "worse on the test rows"),
    ],
)
def test_an_equal_or_worse_challenger_is_refused_with_the_figures(
    fixed: int, broken: int, reason: str
) -> None:
    judged = judge(contest(ROWS, fixed, broken), NOTHING)
    assert not judged.wins
    assert any(reason in each and "points" in each for each in judged.reasons)


def test_feedback_alone_may_decide_if_the_test_rows_do_not_object() -> None:
    assert judge(contest(ROWS, 50, 55), contest(200, 45, 10)).wins
    refused = judge(contest(ROWS, 50, 70), contest(200, 45, 10))
    assert not refused.wins
    assert any("loses 0.50 points on the test rows" in each for each in refused.reasons)


def test_too_little_feedback_decides_nothing() -> None:
    judged = judge(contest(ROWS, 50, 55), contest(60, 15, 0))
    assert not judged.wins
    assert "60 rows of feedback to replay; 100 are needed" in judged.reasons[-1]


def test_feedback_that_gets_worse_is_an_objection_however_little_there_is() -> None:
    judged = judge(contest(ROWS, 120, 40), contest(60, 0, 15))
    assert not judged.wins
    assert "worse on the replayed feedback" in judged.reasons[0]


def test_too_few_test_rows_allow_no_win() -> None:
    judged = judge(contest(500, 100, 0), NOTHING)
    assert not judged.wins
    assert "500 test rows; 1000 are needed" in judged.reasons[0]


def test_a_kind_of_tweet_that_gets_worse_is_an_objection() -> None:
    judged = judge(contest(ROWS, 250, 80, "negation"), NOTHING)
    assert not judged.wins
    assert "worse on tweets of the kind negation" in judged.reasons[0]
    assert [each.name for each in judged.slices if each.is_regression] == ["negation"]
