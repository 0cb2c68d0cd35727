from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from operations.report.page import Page, ReportError, Section, render_page
from tests.support.html_page import HtmlPage
from tests.support.tweets import made_up, write_csv
from training.data import CorpusError
from training.evaluate import SLICES
from training.explore import explore, find_kinds, make_page
from training.split import LabelledTweet, split_corpus

CREATED = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
SECRETS = ["zanzibarian quokka", "hiddenperson", "example.org", "private.person", "twin text"]
ROWS = [
    *made_up(600),
    (0, "my zanzibarian quokka @hiddenperson is sad, https://example.org/x <script>hm</script>"),
    (1, "mail private.person@example.org, cc x@hiddenperson, yes &amp; ♥ so cafÃ©"),
    *[(0, "twin text here"), (1, "Twin text here")],
]

KINDS = {
    "with mention": ["hi @somebody", "mail a.b@example.org now"],
    "with link": ["see http://example.org/x", "www.example.org"],
    "with hashtag": ["#monday again", "so #2fast"],
    "with emoji": ["nice ♥", "ha 😀", "&#9829; you"],
    "with emoticon": ["so :(", "well :/", "&lt;3 it", "&amp;lt;3 it", "xD", "great:)", "T_T"],
    "elongation": ["soooo", "NOOOoo"],
    "question": ["why?"],
    "exclamation": ["yes!"],
    "HTML entity": ["this &amp; that", "&#39;so&#39;", "&quot;"],
    "wrong encoding": ["cafÃ©", "itâ€™s", "it\u00e2\u0080\u0099s", "ðŸ˜€", "Â£5", "what\ufffds up"],
}
PLAIN = [
    "some words that are plain and more than five",
    "at 10:30, or (maybe) 5 meters of it today",
    "100% café, voilà… naïve and it is so",
    "AT&T #1 book, too good, and it is so",
]


def tweets(*rows: tuple[int, str], sample: str = "", file: str = "tweets.csv") -> pd.DataFrame:
    return pd.DataFrame(
        [(text, label, sample, file) for label, text in rows],
        columns=["text", "label", "sample", "file"],
    )


def sections(*rows: tuple[int, str]) -> dict[str, Section]:
    return by_name(make_page(tweets(*rows), CREATED, {}))


def by_name(page: Page) -> dict[str, Section]:
    return {section.name: section for section in page.sections}


def table(section: Section, at: int = 0) -> dict[str | int, tuple[str | int, ...]]:
    return {row[0]: row[1:] for row in section.tables[at].rows}


@pytest.fixture(scope="module")
def page() -> HtmlPage:
    return HtmlPage(render_page(make_page(tweets(*ROWS), CREATED, {"a & b.csv": "0" * 64})))


def test_the_report_needs_nothing_but_itself(page: HtmlPage) -> None:
    page.check_self_contained()
    page.check_well_formed()
    assert len(page.of("a")) == len(page.of("section")) == 5


def test_no_tweet_and_no_user_name_is_in_it(page: HtmlPage) -> None:
    content = page.content.lower()
    assert not [secret for secret in SECRETS if secret in content]
    assert not [text for _, text in ROWS if text.lower() in content]
    assert set(re.findall(r"@\w+", content)) <= {"@user", "@media"}


def test_every_figure_has_a_caption_and_words(page: HtmlPage) -> None:
    images = [each for _, each in page.attributes if each.get("role") == "img"]
    assert len(images) == len(page.of("figure")) == len(page.text("figcaption")) == 3
    assert all(len(image["aria-label"] or "") > 30 for image in images)


def test_its_first_numbers_are_those_of_the_corpus(page: HtmlPage) -> None:
    numbers = dict(zip(page.text("dt"), page.text("dd"), strict=True))
    assert numbers["labelled tweets"] == "604"
    assert numbers["distinct texts"] == "603"
    assert numbers["texts with both labels"] == "1"
    assert numbers["tokens in the median tweet"] == "9"


def test_classes_are_counted_in_all_and_by_file_and_sample() -> None:
    rows = pd.concat(
        [
            tweets((0, "bad"), (1, "good"), sample="random", file="a.csv"),
            tweets((1, "fine"), file="b.csv"),
        ]
    )
    balance = by_name(make_page(rows, CREATED, {}))["balance"]
    assert "33.3% are negative and 66.7% positive" in balance.finding
    assert table(balance) == {
        "all": (1, 2, 3, "66.7%"),
        "file a.csv": (1, 1, 2, "50.0%"),
        "file b.csv": (0, 1, 1, "100.0%"),
        "sample random": (1, 1, 2, "50.0%"),
        "sample (not given)": (0, 1, 1, "100.0%"),
    }


def test_a_sample_that_holds_a_user_name_or_a_text_is_masked_and_cut() -> None:
    rows = [tweets((0, "a"), (1, "b"), sample=f"{n} from @somebody " + "and more " * 20)
            for n in range(2)]  # fmt: skip
    found = table(by_name(make_page(pd.concat(rows), CREATED, {}))["balance"])
    names = [str(name) for name in found if name != "all"]
    assert all("from @user and" in name and len(name) < 40 for name in names)


def test_blank_tweets_count_in_the_balance_only() -> None:
    found = sections((0, "bad"), (0, " \ufffd "), (1, "good"))
    assert table(found["balance"])["all"] == (2, 1, 3, "33.3%")
    assert "nowhere below: 1." in found["balance"].notes[-1]
    assert table(found["copies"])["1"][:2] == (2, 2)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no negative tweet"),
        ([(0, ""), (1, "\x00")], "no negative tweet"),
        ([(0, "bad"), (1, " ")], "no positive tweet"),
    ],
)
def test_a_corpus_without_both_classes_is_refused_with_the_remedy(
    rows: list[tuple[int, str]], reason: str
) -> None:
    with pytest.raises(CorpusError, match=f"{reason} with a text.*add more data"):
        sections(*rows)


def test_copies_are_counted_after_normalisation_and_by_how_often_they_occur() -> None:
    rows = [
        (0, "only once"),
        *[(1, "a twin")] * 2,
        (1, "A  TWIN"),
        *[(0, "both ways"), (0, "Both ways"), (1, "both ways")],
        *[(1, "everywhere")] * 119,
        (0, "everywhere"),
    ]
    random.Random(3).shuffle(rows)
    copies = sections(*rows)["copies"]
    assert "123 tweets repeat an earlier text (96.9%)" in copies.finding
    assert "2 texts carry both labels in 123 tweets" in copies.finding
    assert "right on more than 98.4%" in copies.finding
    assert "The most frequent text occurs 120 times." in copies.notes
    assert table(copies) == {
        "1": (1, 1, 0, "0.0%"),
        "2": (0, 0, 0, "0.0%"),
        "3–4": (2, 6, 1, "50.0%"),
        "5–9": (0, 0, 0, "0.0%"),
        "10–99": (0, 0, 0, "0.0%"),
        "100+": (1, 120, 1, "100.0%"),
    }


def test_the_copies_are_those_that_training_drops() -> None:
    rows = made_up(300)
    rows += [(1 - label, text) for label, text in rows[:50]] + rows[100:120]
    counts = split_corpus(LabelledTweet(text, label, "") for label, text in rows).counts
    finding = sections(*rows)["copies"].finding
    assert finding.startswith(f"{counts.duplicates} tweets repeat an earlier text")
    assert f"{counts.contradicting} texts carry both labels" in finding


def test_lengths_are_of_the_text_as_written_and_of_the_normalised_tokens() -> None:
    lengths = table(sections((0, "  so   bad!!  "), (1, "&lt;3 it"))["lengths"])
    assert lengths["characters, negative"] == ("10.0", 10, 10, 10, 10, 10)
    assert lengths["tokens, negative"] == ("3.0", 3, 3, 3, 3, 3)
    assert lengths["characters, positive"] == ("8.0", 8, 8, 8, 8, 8)
    assert lengths["tokens, positive"] == ("2.0", 2, 2, 2, 2, 2)


def test_the_words_of_each_class_are_found() -> None:
    words = sections(*made_up(600))["words"]
    assert {row[0] for row in words.tables[0].rows} >= {"hate", "sad"}
    assert {row[0] for row in words.tables[1].rows} >= {"love", "great"}


def test_names_behind_an_at_sign_are_no_words_even_where_they_are_glued() -> None:
    rows = [(label, "cafe@somename good @othername") for label in (0, 1)] * 20
    words = sections(*rows, *[(0, "calm")] * 20)["words"]
    shown = {str(row[0]) for each in words.tables for row in each.rows}
    assert "calm" in shown
    assert not any("name" in word for word in shown)


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in KINDS.items() for text in texts]
)
def test_a_kind_is_seen_where_it_is(name: str, text: str) -> None:
    assert find_kinds([*PLAIN, text])[name].tolist() == [False] * len(PLAIN) + [True]


def test_kinds_are_compared_between_the_classes_and_include_those_models_are_measured_on() -> None:
    found = sections((0, "no!"), (0, "no way @somebody"), (1, "yes!"), (1, "oh yes!"))["kinds"]
    assert "25.0% of the tweets mention somebody" in found.finding
    rows = table(found)
    assert set(SLICES) < set(rows)
    assert rows["exclamation"] == ("75.0%", "50.0%", "100.0%", "2.00")
    assert rows["with emoji"] == ("0.0%", "0.0%", "0.0%", "–")


def test_files_become_a_report_that_replaces_an_older_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_csv(tmp_path / "first.csv", made_up(400))
    second = write_csv(tmp_path / "second.csv", made_up(100, seed=3), "random")
    output = tmp_path / "report.html"
    output.write_text("older")
    explore([first, second], output)
    printed = capsys.readouterr()
    assert re.fullmatch(
        rf"Wrote {re.escape(str(output))} \(0\.\d\d MB\) on 500 tweets\.\n", printed.out
    )
    assert "Reading" in printed.err
    content = output.read_text(encoding="utf-8")
    assert "file first.csv" in content
    assert "file second.csv" in content
    assert str(tmp_path) not in content


def test_data_that_cannot_be_used_leave_the_older_report(tmp_path: Path) -> None:
    data, output = tmp_path / "bad.csv", tmp_path / "report.html"
    data.write_text("target,text\n0,a,b\n")
    output.write_text("older")
    with pytest.raises(CorpusError, match="row 2: 3 columns instead of 2"):
        explore([data], output)
    assert output.read_text() == "older"


def test_what_would_fail_in_the_end_is_refused_before_the_data_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_csv(tmp_path / "tweets.csv", made_up(10))
    before = data.read_bytes()
    with pytest.raises(CorpusError, match=r"absent\.csv cannot be opened: there is no such file"):
        explore([data, tmp_path / "absent.csv"], tmp_path / "report.html")
    with pytest.raises(ReportError, match="would replace the data"):
        explore([data], data)
    with pytest.raises(OSError, match="it is a folder"):
        explore([data], tmp_path)
    with pytest.raises(OSError, match="there is no folder"):
        explore([data], tmp_path / "none" / "report.html")
    assert "Reading" not in capsys.readouterr().err
    assert data.read_bytes() == before
    assert list(tmp_path.iterdir()) == [data]
