from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.contest import ON_REPLAY, ON_TEST, Contest, describe_contest, judge
from training.evaluate import SLICES
from training.run_records import EvaluationSet

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
        flags[: rows // 2] = 1 << SLICES.index(kind)
    labels = np.arange(rows, dtype=np.uint8) % 2
    members = EvaluationSet("test", np.arange(rows, dtype=np.uint64), labels, flags)
    return Contest(members, champion, challenger)


NOTHING, PRAISE = contest(0, 0, 0), contest(400, 90, 0)


def test_a_better_challenger_wins_with_the_reason() -> None:
    judged = judge(contest(ROWS, 120, 40), NOTHING)
    assert judged.wins
    (reason,) = judged.reasons
    assert "better on the test rows: +2.00 points" in reason


@pytest.mark.parametrize(
    ("test", "replay", "reason"),
    [
        (contest(ROWS, 0, 0), PRAISE, "not better by more than chance on the test rows"),
        (contest(ROWS, 60, 50), PRAISE, "not better by more than chance on the test rows"),
        (contest(ROWS, 40, 120), PRAISE, "worse on the test rows"),
        (contest(ROWS, 120, 40), contest(60, 0, 15), "worse on the replayed feedback"),
        (contest(500, 100, 0), NOTHING, "500 test rows; 1000 are needed"),
        (contest(ROWS, 250, 80, "negation"), NOTHING, "worse on tweets of the kind negation"),
    ],
)
def test_one_objection_refuses_a_challenger_whatever_users_say(
    test: Contest, replay: Contest, reason: str
) -> None:
    judged = judge(test, replay)
    assert not judged.wins
    assert reason in judged.reasons[0]


def test_the_report_shows_what_a_person_reads_before_publishing_with_tweets_masked() -> None:
    test = replace(
        contest(ROWS, 120, 40),
        rows=replace(contest(ROWS, 0, 0).rows, texts=["@ann likes `it`, call 5550123456"] * ROWS),
    )
    judgement = judge(test, NOTHING)
    page = describe_contest("old", "new", judgement, {ON_TEST: test, ON_REPLAY: NOTHING})
    assert page.startswith("# The challenger wins\n\nChampion: `old`  \nChallenger: `new`\n")
    assert f"- Because {judgement.reasons[0]}." in page
    assert "| test rows | 4,000 | 0.7500 | 0.7700 | 120 | 40 | +2.00 (" in page
    assert "| replayed feedback | 0 | – |" in page
    assert "## Fixed on the test rows: 120, of which 15\n" in page
    assert "## Broken on the test rows: 40, of which 15\n" in page
    assert page.count("likes 'it', call") == 30
    assert "ann" not in page.replace("Champion", "").replace("than", "")
    assert "5550123456" not in page
