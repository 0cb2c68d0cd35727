from __future__ import annotations

import pytest

from tests.support.corpora import found, tweets
from tests.support.tweets import made_up
from training.explore.sections import Section, make_sections, percent
from training.explore.statistics import explore


@pytest.mark.parametrize(
    ("count", "total", "written"),
    [
        (1, 2, "50.0%"),
        (0, 5, "0.0%"),
        (5, 5, "100.0%"),
        (3, 1000, "0.30%"),
        (997, 1000, "99.70%"),
        (1, 100_000, "<0.01%"),
        (99_999, 100_000, ">99.99%"),
        (0, 0, "0.0%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(
    count: int, total: int, written: str
) -> None:
    assert percent(count, total) == written


@pytest.fixture(scope="module")
def several_samples() -> tuple[Section, ...]:
    random = tweets(*made_up(200), sample="random")
    return make_sections(explore([*random, *tweets((1, "b"), sample="sequential")]))


def sections(*rows: tuple[int, str]) -> dict[str, Section]:
    return {section.name: section for section in make_sections(found(*rows))}


def test_the_findings_tell_the_numbers() -> None:
    told = sections((0, "no"), (0, "No"), (1, "NO"), (1, "yes @somebody"))
    assert "50.0% are negative" in told["balance"].finding
    assert "2 tweets (50.0%) repeat an earlier text" in told["copies"].finding
    assert "right on more than 75.0%" in told["copies"].finding
    assert "25.0% of the tweets mention somebody" in told["traits"].finding


def test_the_table_of_traits_tells_the_ratio_of_the_classes() -> None:
    told = sections((0, "no!"), (0, "no way"), (1, "yes!"), (1, "oh yes!"))
    rows = {row[0]: row for row in told["traits"].tables[0].rows}
    assert rows["exclamation mark"][2] == "3"
    assert rows["exclamation mark"][-1] == "2.00"
    assert rows["emoji"][-1] == "–"


def test_a_tiny_corpus_is_told_to_be_too_small_rather_than_given_a_law() -> None:
    told = sections((0, "no"), (1, "yes"))
    assert "too small to fit" in told["growth"].finding
    assert "none is frequent enough" in told["words"].finding
    assert [row[0] for row in told["balance"].tables[0].rows] == ["all"]


def test_every_row_of_a_table_has_a_cell_for_each_column(
    several_samples: tuple[Section, ...],
) -> None:
    for section in several_samples:
        for table in section.tables:
            assert table.rows
            assert {len(row) for row in table.rows} == {len(table.header)}


def test_samples_are_told_apart_where_there_are_several(
    several_samples: tuple[Section, ...],
) -> None:
    rows = several_samples[0].tables[0].rows
    assert [row[0] for row in rows] == ["all", "sample random", "sample sequential"]
