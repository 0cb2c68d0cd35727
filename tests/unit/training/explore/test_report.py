from __future__ import annotations

import errno
import os
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from operations.report.writing import ReportError, write_report
from sentiment import files
from tests.support.corpora import found
from tests.support.tweets import made_up
from training.explore.report import Origin, render_report

ORIGIN = Origin(datetime(2030, 1, 2, 3, 4, tzinfo=UTC), {"a & b.csv": "0" * 64})
SECRETS = ["zanzibarian quokka", "@hiddenperson", "hiddenperson", "example.org", "private.person"]
ROWS = [
    *made_up(600),
    (0, "my zanzibarian quokka @hiddenperson is sad, https://example.org/x <script>hm</script>"),
    (1, "mail private.person@example.org, cc x@hiddenperson, yes &amp; ♥ so cafÃ©"),
    *[(0, "twin text here"), (1, "Twin text here")],
]  # fmt: skip
VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Collects what a browser or a screen reader would."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.attributes if name == tag]

    def text(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


@pytest.fixture(scope="module")
def content() -> str:
    return render_report(found(*ROWS), ORIGIN)


@pytest.fixture(scope="module")
def page(content: str) -> Page:
    return Page(content)


def test_the_report_needs_nothing_but_itself(content: str, page: Page) -> None:
    assert not re.search(r"https?://|//[a-z]|@import|<script|\bon\w+=", content)
    assert not page.of("script") + page.of("link") + page.of("img") + page.of("iframe")
    assert not any("src" in attributes for _, attributes in page.attributes)
    assert all((attributes.get("href") or "#").startswith("#") for _, attributes in page.attributes)
    assert "default-src 'none'" in content


def test_no_tweet_and_no_user_name_is_in_it(content: str) -> None:
    assert not [secret for secret in SECRETS if secret in content.lower()]
    assert not [text for _, text in ROWS if text in content]
    assert "twin text" not in content.lower()
    assert set(re.findall(r"@\w+", content)) <= {"@user", "@media"}


def test_its_parts_nest_and_its_anchors_lead_somewhere(page: Page) -> None:
    assert page.open == []
    names = [attributes["id"] for _, attributes in page.attributes if "id" in attributes]
    assert len(names) == len(set(names))
    links = [attributes["href"] for attributes in page.of("a")]
    assert len(links) == len(page.of("section")) == 6
    assert {f"#{name}" for name in names} >= set(links)
    labelled = [a["aria-labelledby"] for _, a in page.attributes if "aria-labelledby" in a]
    assert set(labelled) <= set(names)


def test_every_figure_has_a_caption_an_alternative_text_and_a_table(page: Page) -> None:
    images = [a for _, a in page.attributes if a.get("role") == "img"]
    assert len(images) == len(page.of("figure")) == len(page.text("figcaption")) == 6
    assert all(len(image["aria-label"] or "") > 30 for image in images)
    assert len(page.of("table")) == len(page.text("caption")) >= 6
    assert all(attributes["scope"] in {"col", "row"} for attributes in page.of("th"))


def test_it_has_headings_a_language_and_a_dark_theme(content: str, page: Page) -> None:
    assert page.of("html")[0]["lang"] == "en"
    assert page.text("h1") == ["Exploration of labelled tweets"]
    assert "2. Duplicates and contradicting labels" in page.text("h2")
    assert "prefers-color-scheme: dark" in content


def test_its_numbers_are_those_of_the_corpus(content: str, page: Page) -> None:
    result = found(*ROWS)
    tiles = dict(zip(page.text("dt"), page.text("dd"), strict=True))
    assert tiles["labelled tweets"] == "604"
    assert tiles["distinct texts"] == "603"
    assert tiles["texts with both labels"] == "1"
    assert tiles["distinct words"] == str(result.growth.total)
    assert f"{result.total.negative:,}" in page.text("td")
    assert "1 tweets (0.17%) repeat an earlier text" in content


def test_it_says_where_it_comes_from(content: str) -> None:
    assert "02 January 2030, 03:04" in content
    assert "a &amp; b.csv" in content
    assert "0" * 64 in content


def test_the_same_statistics_give_the_same_report(content: str) -> None:
    assert render_report(found(*ROWS), ORIGIN) == content


def test_dropped_words_are_admitted() -> None:
    from tests.support.corpora import tweets
    from training.explore.statistics import Accumulator

    accumulator = Accumulator(capacity=40)
    for tweet, path in tweets(*((n % 2, f"word{n} the") for n in range(300))):
        accumulator.add(tweet, path.name)
    content = render_report(accumulator.result(), ORIGIN)
    assert "A count may be too small by at most" in content
    assert "All words were counted exactly" not in content


def test_writing_replaces_an_older_report(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, "old")
    write_report(path, "néw")
    assert path.read_text(encoding="utf-8") == "néw"
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("step", ["fsync", "fdopen"])
def test_a_full_disk_leaves_the_older_report_and_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "report.html"
    write_report(path, "old")

    def fail(descriptor: int, *_: object) -> None:
        if step == "fdopen":
            os.close(descriptor)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, step, fail)
    with pytest.raises(ReportError, match=r"report\.html: No space left on device\. Make room"):
        write_report(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("folder", ["file", "none"])
def test_a_place_without_a_folder_is_refused_and_none_is_made(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match="choose another place"):
        write_report(tmp_path / folder / "report.html", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
