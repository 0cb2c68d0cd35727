from __future__ import annotations

import csv
import errno
import os
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operations.cli import main
from operations.scoring import command
from sentiment.model.classifier import Prediction
from tests.support.html_page import HtmlPage
from tests.support.scoring import QuickClassifier
from tests.support.tweets import made_up

HOSTILE = [
    "<script>alert(1)</script> hello there my friend",
    '"><img src=x onerror=alert(1)> & so on',
    "</style></svg><svg onload=alert(1)>",
    "{{ 7 * 7 }} {% raw %} javascript:alert(1)",
]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "Classifier", lambda _bundle, _threads: Telling())
    monkeypatch.setattr(command, "read_bundle", lambda _folder: None)


class Telling(QuickClassifier):
    """Finds what is hostile the most negative, so that a report shows it."""

    def _predict(self, text: str, whole: int) -> Prediction:
        if text in HOSTILE:
            return super()._predict("", 100_003)
        return super()._predict(text, whole)


class Sided(QuickClassifier):
    """Finds positive what is glad, and all else negative."""

    def _predict(self, text: str, whole: int) -> Prediction:
        probability = 0.9 if text.startswith("glad") else 0.1
        label: Any = "positive" if probability > 0.5 else "negative"
        answer = super()._predict(text, whole)
        return replace(answer, label=label, probability=probability, certain=True)


def source(folder: Path, dated: bool = True, hostile: str = "id") -> Path:
    chance = random.Random(4)
    path = folder / "tweets <b>.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([hostile, "text", *(["created_at"] if dated else [])])
        for number, text in enumerate([*(text for _, text in made_up(300)), *HOSTILE]):
            day = "never" if number % 50 == 0 else f"2030-01-{chance.randint(1, 28):02}T10:00:00Z"
            writer.writerow([number, text, *([day] if dated else [])])
    return path


def report(folder: Path, path: Path, *options: str) -> str:
    output, page = folder / "scored.csv", folder / "report.html"
    given = [str(path), "-o", str(output), "--report", str(page), "--quiet", *options]
    assert main(["score", *given]) == 0
    return page.read_text(encoding="utf-8")


def test_a_report_needs_nothing_but_itself_and_runs_nothing(tmp_path: Path) -> None:
    content = report(tmp_path, source(tmp_path))
    page = HtmlPage(content)
    page.check_self_contained()
    for text in HOSTILE:
        assert "<" not in text or text not in content
        assert " ".join(text.split()) in page.text("td")
    assert "tweets <b>.csv" in " ".join(page.text("h1"))


def test_it_tells_shares_time_tweets_and_words(tmp_path: Path) -> None:
    page = HtmlPage(report(tmp_path, source(tmp_path)))
    headings = [re.sub(r"^\d+\. ", "", heading) for heading in page.text("h2")[1:]]
    assert headings == [
        "Share of labels", "Labels over time", "Most negative and most positive tweets",
        "Most discriminative words",
    ]  # fmt: skip
    assert page.text("dd")[0] == "304"
    assert len(page.of("svg")) == 4
    assert "7 tweets have no date" in " ".join(text for _, text in page.texts)
    assert len([tag for tag, _ in page.attributes if tag == "table"]) == 6


def test_it_tells_how_many_tweets_the_model_did_not_learn_to_read(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("text\nje suis très contente de vous voir\n" + "so good\n" * 3)
    assert "1 tweet is probably not in English" in report(tmp_path, path)
    assert "(25.0%)" in report(tmp_path, path, "--overwrite", "--prefix", "m_")


def test_it_tells_how_many_rows_were_rejected(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("text\nso good\n \nso bad\nso so\n")
    page = report(tmp_path, path)
    assert "Of 4 rows in the file, 1 (25.0%) could not be scored" in page
    path.write_text("text\nso good\nso bad\n")
    assert "could not be scored" not in report(tmp_path, path, "--overwrite")


def test_tweets_of_one_side_make_no_table_of_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "Classifier", lambda _bundle, _threads: Sided())
    path = tmp_path / "in.csv"
    path.write_text("text\n" + "".join(f"glad {number}\n" for number in range(3)))
    page = HtmlPage(report(tmp_path, path))
    assert "Most positive" in page.text("caption")
    assert "Most negative" not in page.text("caption")
    assert "No tweet is negative." in " ".join(text for _, text in page.texts)
    path.write_text(path.read_text() + "sad\n")
    content = report(tmp_path, path, "--overwrite")
    negative = content[content.index("Most negative</caption>") : content.index("Most positive<")]
    assert "sad" in negative
    assert "glad" not in negative


def test_without_dates_there_is_no_time(tmp_path: Path) -> None:
    page = HtmlPage(report(tmp_path, source(tmp_path, dated=False)))
    assert "Labels over time" not in " ".join(page.text("h2"))
    assert len(page.of("svg")) == 3


def test_the_columns_may_have_other_names(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"label": 1, "body": "so good", "when": "2030-01-01"}\n' * 3)
    content = report(
        tmp_path, path, "--text-column", "body", "--date-column", "when", "--prefix", "m_"
    )
    assert "so good" in content


def test_a_report_on_standard_output_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(source(tmp_path)), "--report", str(tmp_path / "r.html")]) == 1
    assert "--output" in capsys.readouterr().err


@pytest.mark.parametrize("which", ["--report", "--output", "--rejected"])
def test_a_missing_folder_is_told_before_anything_is_scored_and_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], which: str
) -> None:
    path, missing = source(tmp_path), tmp_path / "none" / "out.csv"
    given = {"--report": tmp_path / "r.html", "--output": tmp_path / "o.csv", which: missing}
    assert main(["score", str(path), *(str(each) for pair in given.items() for each in pair)]) == 1
    assert f"{missing} cannot be written: there is no folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_cannot_be_written_keeps_the_output_and_is_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path, output = source(tmp_path), tmp_path / "scored.csv"
    given = [str(path), "-o", str(output), "--report", str(tmp_path / "r.html")]
    with monkeypatch.context() as full:
        full.setattr("operations.report.page.replace_file", fail)
        assert main(["score", *given]) == 1
    logged = capsys.readouterr().err
    assert "is complete" in logged
    assert "No space left" in logged
    assert main(["score", *given]) == 0
    assert (tmp_path / "r.html").exists()
    assert "304 tweets are scored" in capsys.readouterr().err
