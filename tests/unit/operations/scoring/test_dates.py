from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from operations.scoring.dates import group, read_date


@pytest.mark.parametrize(
    "value",
    ["2009-04-06", "2009-04-06T22:19:45Z", "2009-04-06 22:19:45", "Mon Apr 06 22:19:45 PDT 2009",
     "Mon Apr 06 22:19:45 +0000 2009", date(2009, 4, 6), datetime(2009, 4, 6, 23, tzinfo=UTC)],
)  # fmt: skip
def test_a_day_is_read_in_every_usual_form(value: object) -> None:
    assert read_date(value) == date(2009, 4, 6)


@pytest.mark.parametrize("value", ["", None, "yesterday", "Mon Xyz 06 22:19:45 PDT 2009",
                                   "Mon Feb 31 22:19:45 PDT 2009", 17])  # fmt: skip
def test_what_is_no_date_is_none(value: object) -> None:
    assert read_date(value) is None


def test_many_days_are_grouped_by_month_or_year() -> None:
    few = {date(2020, 1, 1): [1, 0, 2], date(2020, 1, 2): [1, 1, 1]}
    assert list(group(few)) == ["2020-01-01", "2020-01-02"]
    assert group({**few, date(2020, 9, 1): [0, 0, 1]}) == {
        "2020-01": [2, 1, 3],
        "2020-09": [0, 0, 1],
    }
    assert list(group({**few, date(2030, 9, 1): [0, 0, 1]})) == ["2020", "2030"]
    assert group({}) == {}
