"""Random bursts of negative feedback, and what nearly is one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sentiment.feedback import RETRACTED

CORRECT, INCORRECT = "correct", "incorrect"

SECONDS_APART = 7200
"""Between two scenarios, so that no evaluation sees both."""

_WINDOW = 300.0
_STEP = 0.125
"""All times are multiples of it, which binary floating point holds exactly."""


@dataclass(frozen=True)
class Verdict:
    """A feedback that is sent.

    Attributes:
        at: When.
        who: Tells predictions apart within a scenario.
        verdict: What is said.
        lost: Whether it is stored and the answer lost, so that no event tells of it.
    """

    at: float
    who: str
    verdict: str = INCORRECT
    lost: bool = False


@dataclass(frozen=True)
class Scenario:
    """Feedback within an hour, times in seconds from its beginning.

    Attributes:
        kind: What is special.
        burst: Whether an alert has to come.
        verdicts: What is sent, in order.
        waits_for: Rows of one feedback that arrive only after all rows of another.
        asked: When the app is asked for a prediction, which it has no model for.
    """

    kind: str
    burst: bool
    verdicts: Sequence[Verdict]
    waits_for: dict[str, str] = field(default_factory=dict)
    asked: Sequence[float] = ()


def scenarios(count: int, *, bursts: bool, seed: int) -> list[Scenario]:
    """Return so many scenarios, every kind equally often; the same for the same seed."""
    chance = random.Random(seed)
    kinds = list((_BURSTS if bursts else _NEAR_MISSES).items())
    made = []
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        verdicts, waits_for = make(chance)
        start = _grid(chance.uniform(0, 1200))
        moved = [replace(each, at=start + each.at) for each in verdicts]
        ordered = sorted(moved, key=lambda each: each.at)
        made.append(Scenario(kind, bursts, ordered, waits_for))
    return made


_Made = tuple[list[Verdict], dict[str, str]]


def _grid(seconds: float) -> float:
    return round(seconds / _STEP) * _STEP


def _undo(chance: random.Random) -> str:
    return chance.choice([CORRECT, RETRACTED])


def _negatives(*times: float) -> list[Verdict]:
    return [Verdict(_grid(at), f"n{number}") for number, at in enumerate(times)]


def _burst(chance: random.Random) -> list[Verdict]:
    span = chance.uniform(1, _WINDOW - 1)
    within = [chance.uniform(0, span) for _ in range(chance.randint(1, 3))]
    return _negatives(0, *within, span)


def _positives(chance: random.Random, count: int) -> list[Verdict]:
    times = (_grid(chance.uniform(0, 600)) for _ in range(count))
    return [Verdict(at, f"p{number}", CORRECT) for number, at in enumerate(times)]


def _plain(chance: random.Random) -> _Made:
    return _burst(chance), {}


def _just_under(chance: random.Random) -> _Made:
    return _negatives(0, chance.uniform(0, _WINDOW - _STEP), _WINDOW - _STEP), {}


def _at_once(_chance: random.Random) -> _Made:
    return _negatives(0, 0, 0), {}


def _among_positives(chance: random.Random) -> _Made:
    return _burst(chance) + _positives(chance, chance.choice([0, 3, 10, 30, 200])), {}


def _after_stragglers(chance: random.Random) -> _Made:
    late = chance.uniform(_WINDOW, 500)
    times = (late, late + chance.uniform(0, 150), late + chance.uniform(150, _WINDOW - _STEP))
    return _negatives(0, *times), {}


def _with_undone(chance: random.Random) -> _Made:
    undone = [Verdict(10.0, "u"), Verdict(20.0, "u", _undo(chance))]
    return _burst(chance) + undone, {}


def _done_again(chance: random.Random) -> _Made:
    # Only the last of its verdicts is within five minutes of the others.
    again = [
        Verdict(0.0, "a"),
        Verdict(30.0, "a", _undo(chance)),
        Verdict(_grid(chance.uniform(400, 590)), "a"),
    ]
    return _negatives(340, chance.uniform(341, 600)) + again, {}


def _changed_to_negative(chance: random.Random) -> _Made:
    times = [_grid(chance.uniform(200, 450)) for _ in range(3)]
    first = [Verdict(float(at), f"c{at}", CORRECT) for at in range(3)]
    return first + [Verdict(at, f"c{number}") for number, at in enumerate(times)], {}


def _told_again(chance: random.Random) -> _Made:
    # The same verdict again is an event, too, and must not move the feedback out of its burst.
    again = Verdict(_grid(chance.uniform(540, 560)), "n0")
    return [*_negatives(0, chance.uniform(0, 230), 230), again], {}


def _told_late(chance: random.Random) -> _Made:
    # Its answer was lost: what tells of it is that it is sent again, and that it was known then.
    first = Verdict(0.0, "l", lost=True)
    again = Verdict(_grid(chance.uniform(10, 240)), "l")
    return [first, again, *_negatives(chance.uniform(0, 290), chance.uniform(0, 290))], {}


def _only_two(chance: random.Random) -> _Made:
    return _negatives(0, chance.uniform(0, 250)) + _positives(
        chance, chance.choice([0, 0, 0, 10, 300])
    ), {}


def _exactly_five_minutes(chance: random.Random) -> _Made:
    return _negatives(0, chance.uniform(0, _WINDOW), _WINDOW), {}


def _steady(chance: random.Random) -> _Made:
    # The third from any is five minutes away or more.
    times = [0.0, chance.uniform(0, 290)]
    for _ in range(chance.randint(1, 4)):
        times.append(max(times[-1], times[-2] + _WINDOW) + chance.uniform(_STEP, 30))
    return _negatives(*times), {}


def _undone_in_time(chance: random.Random) -> _Made:
    # An undo that arrives after the third would leave an alert that was right when it was raised.
    undone = [Verdict(0.0, "u"), Verdict(15.0, "u", _undo(chance))]
    third = _grid(chance.uniform(70, 290))
    return [*_negatives(60), *undone, Verdict(third, "third")], {"third": "u"}


def _repeated(chance: random.Random) -> _Made:
    # However often a verdict is told and changed, it is one feedback.
    times = sorted(_grid(chance.uniform(0, 280)) for _ in range(7))
    turns = (INCORRECT, CORRECT, INCORRECT, RETRACTED, INCORRECT, INCORRECT, INCORRECT)
    verdicts = [Verdict(at, "r", turn) for at, turn in zip(times, turns, strict=True)]
    again = [Verdict(_grid(chance.uniform(100, 280)), "n0") for _ in range(3)]
    return [*verdicts, *_negatives(0), *again], {}


def _long_given(chance: random.Random) -> _Made:
    # Sent again, when what first told of it may be out of the query's sight.
    again = chance.uniform(450, 1500)
    two = _negatives(again + chance.uniform(-140, 140), again + chance.uniform(-140, 140))
    return [Verdict(0.0, "g"), Verdict(_grid(again), "g"), *two], {}


_Maker = Callable[[random.Random], _Made]

_BURSTS: dict[str, _Maker] = {
    "three to five at random": _plain,
    "just under five minutes": _just_under,
    "at the same time": _at_once,
    "among positive ones": _among_positives,
    "after a straggler": _after_stragglers,
    "with an undone one": _with_undone,
    "undone and done again": _done_again,
    "changed from positive": _changed_to_negative,
    "told again": _told_again,
    "told only when sent again": _told_late,
}
_NEAR_MISSES: dict[str, _Maker] = {
    "only two": _only_two,
    "exactly five minutes": _exactly_five_minutes,
    "steady": _steady,
    "undone in time": _undone_in_time,
    "the same two again and again": _repeated,
    "given long before and sent again": _long_given,
}
