from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from operations.drift.findings import Findings, compare
from operations.drift.limits import Limits
from operations.drift.observed import Observed
from operations.drift.period import Period
from operations.drift.report import render_report
from tests.support.html_page import HtmlPage
from tests.support.traffic import USUAL, VERSION, observed_of, reference_of

CREATED = datetime(2026, 3, 2, 3, 4, tzinfo=UTC)
PERIOD = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
REFERENCE = reference_of()


def found(observed: Observed) -> Findings:
    observed.verdicts = {str(n): (CREATED, "incorrect" if n < 5 else "correct") for n in range(20)}
    observed.others["<older>"] = 7
    return compare(VERSION, REFERENCE, observed, PERIOD, Limits())


@pytest.fixture(scope="module")
def content() -> str:
    return render_report(found(observed_of(replace(USUAL, length=110.0), 400, 1)), CREATED)


@pytest.fixture(scope="module")
def page(content: str) -> HtmlPage:
    return HtmlPage(content)


def test_its_heading_is_the_verdict_and_its_tiles_the_standings(page: HtmlPage) -> None:
    assert page.text("h1") == ["Drift: length."]
    tiles = dict(zip(page.text("dt"), page.text("dd"), strict=True))
    assert tiles == {
        "predictions": "400",
        "share of positive": "steady",
        "confidence": "steady",
        "length": "drifted",
        "unknown-token rate": "steady",
        "negative feedback": "25.0%",
    }


def test_it_needs_nothing_from_outside(content: str, page: HtmlPage) -> None:
    assert "http" not in content.replace('http-equiv="Content-Security-Policy"', "")
    assert "default-src 'none'" in content
    assert not {"script", "img", "link", "iframe"} & {name for name, _ in page.attributes}


def test_every_measure_has_a_figure_with_words_and_a_table(page: HtmlPage) -> None:
    images = [a for _, a in page.attributes if a.get("role") == "img"]
    assert len(images) == len(page.of("figure")) == len(page.of("table")) == 6
    assert all(len(image["aria-label"] or "") > 30 for image in images)
    assert len(page.of("a")) == len(page.of("section")) == 6


def test_ids_are_unique_and_point_somewhere(content: str, page: HtmlPage) -> None:
    names = [a["id"] for _, a in page.attributes if "id" in a]
    assert len(names) == len(set(names))
    assert {f"#{name}" for name in names} >= {a["href"] for a in page.of("a")}
    assert set(re.findall(r"url\(#([^)]*)\)", content)) <= set(names)


def test_caveats_are_told_and_escaped(content: str) -> None:
    assert "not compared: 7, of &lt;older&gt; (7)." in content


def test_a_period_without_predictions_can_be_shown() -> None:
    page = HtmlPage(render_report(found(Observed()), CREATED))
    assert page.text("h1") == ["Undecided."]
    assert "–" in page.text("dd")
