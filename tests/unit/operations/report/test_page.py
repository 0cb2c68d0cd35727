from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from operations.report.page import (
    Page,
    Picture,
    ReportError,
    Section,
    Table,
    Tile,
    percent,
    render_page,
    write_report,
)
from tests.support.html_page import HtmlPage

PAGE = Page(
    title="Tweets of <b>",
    created=datetime(2030, 1, 2, 3, 4, tzinfo=UTC),
    origin="from a & b.csv.",
    tiles=[Tile("1,234", "tweets")],
    sections=[
        Section(
            "first",
            "First",
            "An answer <script>alert(1)</script>.",
            ("A note.",),
            Picture("<svg></svg>", "What it shows.", "The same in words."),
            (Table("Numbers", ("", "count"), ((5000, 1_000_000), ("{{ 7 * 7 }}", "–"))),),
        ),
        Section("second", "Second", "Nothing to draw.", ()),
    ],
    command="python -m something",
    footnotes=("One.", "Two."),
)


@pytest.fixture(scope="module")
def page() -> HtmlPage:
    return HtmlPage(render_page(PAGE))


def test_a_page_needs_nothing_but_itself_and_runs_nothing(page: HtmlPage) -> None:
    page.check_self_contained()
    page.check_well_formed()
    assert "{{ 7 * 7 }}" in page.text("th")


def test_it_has_headings_a_language_and_a_dark_theme(page: HtmlPage) -> None:
    assert page.of("html")[0]["lang"] == "en"
    assert page.text("h1") == ["Tweets of <b>"]
    assert page.text("h2") == ["Contents", "1. First", "2. Second"]
    assert "prefers-color-scheme: dark" in page.content


def test_it_says_when_from_what_and_by_which_command_it_was_made(page: HtmlPage) -> None:
    assert page.text("time") == ["02 January 2030, 03:04 UTC"]
    assert "from a & b.csv." in page.text("p")
    assert "python -m something" in page.text("code")
    assert page.text("p")[-2:] == ["One.", "Two."]


def test_figures_have_a_caption_and_words_and_tables_have_headers(page: HtmlPage) -> None:
    images = [each for _, each in page.attributes if each.get("role") == "img"]
    assert [image["aria-label"] for image in images] == ["The same in words."]
    assert page.text("figcaption") == ["Figure 1. What it shows."]
    assert page.text("caption") == ["Numbers"]
    assert all(each["scope"] in {"col", "row"} for each in page.of("th"))


def test_whole_numbers_have_separators_of_thousands(page: HtmlPage) -> None:
    assert page.text("td") == ["1,000,000", "–"]
    assert "5,000" in page.text("th")


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


def test_writing_replaces_an_older_report_and_makes_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, "old")
    write_report(path, "néw")
    assert path.read_text(encoding="utf-8") == "néw"
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(ReportError, match=r"No such file.*choose another place"):
        write_report(tmp_path / "none" / "report.html", "new")
