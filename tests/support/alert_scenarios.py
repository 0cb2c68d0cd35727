"""Random bursts of negative feedback, and what nearly is one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sentiment.feedback import RETRACTED

CORRECT, INCORRECT = "correct", "incorrect"

_WINDOW = 300.0
_STEP = 0.125
"""All times are multiples of it, which binary floating point holds exactly."""


@dataclass(frozen=True)
class Verdict:
    """A feedback that is sent.

    Attributes:
        at: Seconds from the beginning of its scenario.
        who: Names the prediction within its scenario.
        verdict: What the user says.
        lost: Whether it is stored but its response and its event are lost.
        waits_for: Its rows arrive only after all rows of this one.
    """

    at: float
    who: str
    verdict: str = INCORRECT
    lost: bool = False
    waits_for: str | None = None


@dataclass(frozen=True)
class Scenario:
    """Feedback within an hour.

    Attributes:
        kind: What is special.
        burst: Whether an alert has to come.
        verdicts: In the order of their times.
        asked: When the app, which has no model, is asked for a prediction.
    """

    kind: str
    burst: bool
    verdicts: Sequence[Verdict]
    asked: Sequence[float] = ()


def plan(count: int, seed: int) -> list[Scenario]:
    """Return so many bursts and so many near misses, mixed, every kind equally often."""
    chance = random.Random(seed)
    made = [_make(chance, number, bursts) for bursts in (True, False) for number in range(count)]
    chance.shuffle(made)
    return made


def _make(chance: random.Random, number: int, bursts: bool) -> Scenario:
    kinds = list((_BURSTS if bursts else _NEAR_MISSES).items())
    kind, make = kinds[number % len(kinds)]
    start = _grid(chance.uniform(0, 1200))
    moved = [replace(each, at=start + each.at) for each in make(chance)]
    return Scenario(kind, bursts, sorted(moved, key=lambda each: each.at))


def _grid(seconds: float) -> float:
    return round(seconds / _STEP) * _STEP


def _undo(chance: random.Random) -> str:
    return chance.choice([CORRECT, RETRACTED])


def _negatives(*times: float) -> list[Verdict]:
    return [Verdict(_grid(at), f"n{number}") for number, at in enumerate(times)]


def _positives(chance: random.Random, count: int) -> list[Verdict]:
    times = (_grid(chance.uniform(0, 600)) for _ in range(count))
    return [Verdict(at, f"p{number}", CORRECT) for number, at in enumerate(times)]


def _burst(chance: random.Random) -> list[Verdict]:
    span = chance.uniform(1, _WINDOW - 1)
    within = [chance.uniform(0, span) for _ in range(chance.randint(1, 3))]
    return _negatives(0, *within, span)


def _just_under(chance: random.Random) -> list[Verdict]:
    return _negatives(0, chance.uniform(0, _WINDOW - _STEP), _WINDOW - _STEP)


def _at_once(_chance: random.Random) -> list[Verdict]:
    return _negatives(0, 0, 0)


def _among_positives(chance: random.Random) -> list[Verdict]:
    return _burst(chance) + _positives(chance, chance.choice([0, 3, 10, 30, 200]))


def _after_stragglers(chance: random.Random) -> list[Verdict]:
    late = chance.uniform(_WINDOW, 500)
    times = (late, late + chance.uniform(0, 150), late + chance.uniform(150, _WINDOW - _STEP))
    return _negatives(0, *times)


def _with_undone(chance: random.Random) -> list[Verdict]:
    return [*_burst(chance), Verdict(10.0, "u"), Verdict(20.0, "u", _undo(chance))]


def _done_again(chance: random.Random) -> list[Verdict]:
    # Only the last of its verdicts is within five minutes of the others.
    again = Verdict(_grid(chance.uniform(400, 590)), "a")
    others = _negatives(340, chance.uniform(341, 600))
    return [Verdict(0.0, "a"), Verdict(30.0, "a", _undo(chance)), again, *others]


def _changed_to_negative(chance: random.Random) -> list[Verdict]:
    times = [_grid(chance.uniform(200, 450)) for _ in range(3)]
    first = [Verdict(float(at), f"c{at}", CORRECT) for at in range(3)]
    return first + [Verdict(at, f"c{number}") for number, at in enumerate(times)]


def _sent_again(chance: random.Random) -> list[Verdict]:
    # The same verdict again is an event, too, and must not move the feedback out of its burst.
    again = Verdict(_grid(chance.uniform(540, 560)), "n0")
    return [*_negatives(0, chance.uniform(0, 230), 230), again]


def _reported_late(chance: random.Random) -> list[Verdict]:
    # Its response was lost: the only event is of the second time, and names the first.
    again = Verdict(_grid(chance.uniform(10, 240)), "l")
    others = _negatives(chance.uniform(0, 290), chance.uniform(0, 290))
    return [Verdict(0.0, "l", lost=True), again, *others]


def _only_two(chance: random.Random) -> list[Verdict]:
    positives = _positives(chance, chance.choice([0, 0, 0, 10, 300]))
    return _negatives(0, chance.uniform(0, 250)) + positives


def _exactly_five_minutes(chance: random.Random) -> list[Verdict]:
    return _negatives(0, chance.uniform(0, _WINDOW), _WINDOW)


def _steady(chance: random.Random) -> list[Verdict]:
    # The third from any is five minutes away or more.
    times = [0.0, chance.uniform(0, 290)]
    for _ in range(chance.randint(1, 4)):
        times.append(max(times[-1], times[-2] + _WINDOW) + chance.uniform(_STEP, 30))
    return _negatives(*times)


def _undone_in_time(chance: random.Random) -> list[Verdict]:
    # An undo that arrives after the third would leave an alert that was right when it was raised.
    third = Verdict(_grid(chance.uniform(70, 290)), "third", waits_for="u")
    return [Verdict(0.0, "u"), Verdict(15.0, "u", _undo(chance)), *_negatives(60), third]


def _repeated(chance: random.Random) -> list[Verdict]:
    # However often a verdict is sent and changed, it is one feedback.
    times = sorted(_grid(chance.uniform(0, 280)) for _ in range(7))
    turns = (INCORRECT, CORRECT, INCORRECT, RETRACTED, INCORRECT, INCORRECT, INCORRECT)
    verdicts = [Verdict(at, "r", turn) for at, turn in zip(times, turns, strict=True)]
    again = [Verdict(_grid(chance.uniform(100, 280)), "n0") for _ in range(3)]
    return [*verdicts, *_negatives(0), *again]


def _long_given(chance: random.Random) -> list[Verdict]:
    # Sent again, when its first event may be out of the query's sight.
    again = chance.uniform(450, 1500)
    two = _negatives(again + chance.uniform(-140, 140), again + chance.uniform(-140, 140))
    return [Verdict(0.0, "g"), Verdict(_grid(again), "g"), *two]


_Maker = Callable[[random.Random], list[Verdict]]

_BURSTS: dict[str, _Maker] = {
    "three to five at random": _burst,
    "just under five minutes": _just_under,
    "at the same time": _at_once,
    "among positive ones": _among_positives,
    "after a straggler": _after_stragglers,
    "with an undone one": _with_undone,
    "undone and done again": _done_again,
    "changed from positive": _changed_to_negative,
    "sent again": _sent_again,
    "reported only when sent again": _reported_late,
}
_NEAR_MISSES: dict[str, _Maker] = {
    "only two": _only_two,
    "exactly five minutes": _exactly_five_minutes,
    "steady": _steady,
    "undone in time": _undone_in_time,
    "the same two again and again": _repeated,
    "given long before and sent again": _long_given,
}
