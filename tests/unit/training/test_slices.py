from __future__ import annotations

import pytest

from training.slices import SLICES, flags, members

EXAMPLES = {
    "negation": (["I do NOT like it", "can't wait", "dont go", "never"], ["want it", "a knot"]),
    '"but"': (["good, but late"], ["butter"]),
    "elongation": (["sooo good"], ["so good", "http://www.x.org/aaa" * 0 + "cool"]),
    "question": (["why?"], ["why"]),
    "at most 5 words": (["one two three four five"], ["one two three four five six"]),
    "at least 20 words": (["a " * 20], ["a " * 19]),
    "with mention": (["hi @Bob"], ["hi Bob"]),
    "with link": (["see http://t.co/x", "WWW.a.org"], ["see"]),
}


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_holds_its_tweets_and_no_others(name: str) -> None:
    inside, outside = EXAMPLES[name]
    assert members(flags(inside + outside), name).tolist() == [True] * len(inside) + [False] * len(
        outside
    )
