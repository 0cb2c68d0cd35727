"""Explore labelled tweets: a corpus in memory becomes one self-contained HTML report."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray
from tqdm import tqdm

from operations.report.discriminative_words import words_section
from operations.report.drawing import (
    COLORS,
    STYLE,
    legend_above,
    new_figure,
    stacked_shares,
    to_svg,
)
from operations.report.log_odds import Words, WordTable
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
from operations.terminal import counted
from sentiment.files import check_target, file_digest
from sentiment.model.bundle import LABELS
from sentiment.model.ngrams import Ngrams
from sentiment.text import MENTION, has_emoji, has_emoticon, mask, normalize
from training.data import CorpusError, read_corpus
from training.evaluate import SLICES, slice_flags, slice_members

_SHOWN_WORDS = 20
_MOST_GROUPS = 12
_NAME_LENGTH = 32
_COPIES = {"1": 1.0, "2": 2.0, "3–4": 4.0, "5–9": 9.0, "10–99": 99.0, "100+": np.inf}
_QUANTILES = {"5%": 0.05, "median": 0.5, "95%": 0.95, "99%": 0.99, "longest": 1.0}

# The normaliser takes "cafe@name" for no mention; a report must not show such a name either.
_GLUED_NAME = re.compile(rf"@(?!{MENTION[1:]}\b)\w+")
_HASHTAG = re.compile(r"(?<![\w&])#\w*[^\W\d_]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
# UTF-8 read as Latin-1 or Windows-1252: a first byte, then bytes 80 to BF as these show them.
_TAIL = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_WRONG_ENCODING = re.compile(
    f"[ÂÃ]{_TAIL}|[\u00c4-\u00df][\u0080-\u009f]|[\u00e0-\u00ef]{_TAIL}{{2}}"
    f"|[\u00f0-\u00f4]{_TAIL}{{3}}|\ufffd"
)
_KINDS: Mapping[str, Callable[[str], object]] = {
    "with hashtag": _HASHTAG.search,
    "with emoji": has_emoji,
    "with emoticon": has_emoticon,
    "exclamation": lambda text: "!" in text,
    "HTML entity": _ENTITY.search,
    "wrong encoding": _WRONG_ENCODING.search,
}

_logger = logging.getLogger(__name__)


def explore(data: Sequence[Path], output: Path) -> None:
    """Write an HTML report on labelled tweets.

    It shows class balance, copies and contradicting labels, lengths, the most discriminative
    words and kinds of tweets. It holds no tweets and no user names.

    Args:
        data: CSV files of labelled tweets, .gz or not.
        output: The report; an older one is replaced.

    Raises:
        CorpusError: The data cannot be used.
        OSError: The report cannot be written; an older one is as it was.
    """
    _check_paths(data, output)
    tweets = read_tweets(data)
    digests = {path.name: file_digest(path) for path in data}
    page = make_page(tweets, datetime.now(UTC).replace(microsecond=0), digests)
    content = render_page(page)
    write_report(output, content)
    size = len(content.encode()) / 1e6
    print(f"Wrote {output} ({size:.2f} MB) on {counted(len(tweets), 'tweet')}.", flush=True)


def read_tweets(paths: Sequence[Path]) -> pd.DataFrame:
    """Return the labelled tweets of files with the columns text, label, sample and file.

    Raises:
        CorpusError: A file cannot be used.
    """
    rows = ((*tweet, path.name) for path in paths for tweet in read_corpus(path))
    bar = tqdm(rows, desc="Reading", unit=" tweets", unit_scale=True)
    return pd.DataFrame(list(bar), columns=["text", "label", "sample", "file"])


def make_page(tweets: pd.DataFrame, created: datetime, digests: Mapping[str, str]) -> Page:
    """Return the report on tweets.

    Args:
        tweets: As ``read_tweets`` returns them.
        created: When the report is made, in UTC.
        digests: The SHA-256 of each file by its name.

    Raises:
        CorpusError: No tweet has a text, or those that have are all of one class.
    """
    texts, words = _analyse(tweets)
    copies = texts.groupby("normalized")["label"].agg(rows="size", positive="sum")
    copies["outvoted"] = np.minimum(copies["positive"], copies["rows"] - copies["positive"])
    copies["both"] = copies["outvoted"] > 0
    return Page(
        title="Exploration of labelled tweets",
        created=created,
        origin=f"from {', '.join(digests)}. It holds counts only: no tweets and no user names.",
        tiles=(
            Tile(f"{len(tweets):,}", "labelled tweets"),
            Tile(percent(tweets["label"].sum(), len(tweets)), "positive"),
            Tile(f"{len(copies):,}", "distinct texts"),
            Tile(f"{copies['both'].sum():,}", "texts with both labels"),
            Tile(f"{_quantile(texts['tokens'], 0.5)}", "tokens in the median tweet"),
        ),
        sections=(
            _balance(tweets, len(tweets) - len(texts)),
            _copies(copies),
            _lengths(texts),
            words_section(words),
            _kinds(texts),
        ),
        command="python -m training explore",
        footnotes=[f"SHA-256 of {name}: {digest}." for name, digest in digests.items()],
    )


def _check_paths(data: Sequence[Path], output: Path) -> None:
    """Find out before a long reading what would fail after it."""
    for path in data:
        if not path.is_file():
            raise CorpusError(f"{path} cannot be opened: there is no such file.")
        if output.exists() and output.samefile(path):
            raise ReportError(f"The report would replace the data {path}; choose another --output.")
    check_target(output)


def _analyse(tweets: pd.DataFrame) -> tuple[pd.DataFrame, Words]:
    """Return the tweets that have a text, with lengths and kinds as columns, and their words."""
    texts = tweets.assign(text=[text.strip() for text in tweets["text"]])
    texts["normalized"] = [normalize(text) for text in tqdm(texts["text"], desc="Normalising")]
    texts = texts[texts["normalized"] != ""].copy()
    _check_classes(texts["label"])
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    lengths = []
    rows = zip(texts["label"], texts["normalized"], strict=True)
    for label, text in tqdm(rows, desc="Counting words", total=len(texts)):
        tokens = _tokens(text)
        counts[label].update(tokens)
        lengths.append(len(tokens))
    table = WordTable()
    for label, counter in enumerate(counts):
        table.add(label, counter)
    texts["characters"], texts["tokens"] = [len(text) for text in texts["text"]], lengths
    return texts.assign(**find_kinds(list(texts["text"]))), table.result(_SHOWN_WORDS)


def _tokens(normalized: str) -> list[str]:
    return Ngrams().single_words(_GLUED_NAME.sub(MENTION, normalized))


def find_kinds(texts: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """Return which texts are of each kind: those that models are measured on, then others."""
    _logger.info("Looking for kinds of tweets.")
    flagged = slice_flags(texts)
    found = {name: slice_members(flagged, name) for name in SLICES}
    for name, test in _KINDS.items():
        found[name] = np.array([bool(test(text)) for text in texts])
    return found


def _check_classes(labels: pd.Series) -> None:
    for label, name in enumerate(LABELS):
        if label not in labels.values:
            raise CorpusError(
                f"There is no {name} tweet with a text in the data; tweets of both classes are"
                " needed. Check the labels, or add more data."
            )


def _balance(tweets: pd.DataFrame, blank: int) -> Section:
    rows = {"all": _by_class(tweets["label"]), **_groups(tweets, "file")}
    rows |= _groups(tweets, "sample")
    negative, positive = rows["all"]
    total = negative + positive
    return Section(
        "balance",
        "Class balance",
        f"Of {total:,} tweets {percent(negative, total)} are negative and"
        f" {percent(positive, total)} positive. Always answering with the more frequent label"
        f" would be right on {percent(max(negative, positive), total)}.",
        (
            "Neutral rows are passed over when a file is read and are counted nowhere.",
            f"Tweets without a readable character count here and nowhere below: {blank:,}.",
        ),
        Picture(
            stacked_shares(
                {f"{name} ({sum(counts):,})": counts for name, counts in rows.items()},
                {name: name for name in LABELS},
                "balance",
            ),
            "Share of negative and positive tweets.",
            "Stacked bars of the numbers in the table.",
        ),
        (
            Table(
                "Tweets by class",
                ("rows", *LABELS, "all", "positive share"),
                tuple(
                    (name, *counts, sum(counts), percent(counts[1], sum(counts)))
                    for name, counts in rows.items()
                ),
            ),
        ),
    )


def _by_class(labels: pd.Series) -> list[int]:
    positive = int(labels.sum())
    return [len(labels) - positive, positive]


def _groups(tweets: pd.DataFrame, column: str) -> dict[str, list[int]]:
    """Return the rows by class of each file or sample, where there are several."""
    frequent = tweets[column].value_counts().index[:_MOST_GROUPS]
    names = tweets[column].where(tweets[column].isin(frequent), "other")
    names = names.map(
        {name: f"{column} {mask(name)[:_NAME_LENGTH] or '(not given)'}" for name in names.unique()}
    )
    groups = {str(name): _by_class(labels) for name, labels in tweets["label"].groupby(names)}
    return groups if len(groups) > 1 else {}


def _copies(copies: pd.DataFrame) -> Section:
    rows, both = int(copies["rows"].sum()), copies["both"]
    repeats = rows - len(copies)
    sizes = pd.cut(copies["rows"], [0, *_COPIES.values()], labels=list(_COPIES))
    groups = copies.groupby(sizes, observed=False).agg(
        texts=("rows", "size"), rows=("rows", "sum"), both=("both", "sum")
    )
    return Section(
        "copies",
        "Duplicates and contradicting labels",
        f"{counted(repeats, 'tweet repeats', 'tweets repeat')} an earlier text"
        f" ({percent(repeats, rows)}), and"
        f" {counted(int(both.sum()), 'text carries', 'texts carry')} both labels in"
        f" {counted(int(copies['rows'][both].sum()), 'tweet')}. On these rows no classifier that"
        " sees the text alone can be right on more than"
        f" {percent(rows - copies['outvoted'].sum(), rows)}.",
        (
            "Texts are compared as models see them: lower case, mentions and links masked,"
            " entities decoded, repeated letters cut. Training keeps one copy of a text, and"
            " none of a text with both labels.",
            f"The most frequent text occurs {counted(int(copies['rows'].max()), 'time')}.",
        ),
        tables=(
            Table(
                "Distinct texts by number of occurrences",
                ("occurrences", "texts", "tweets", "with both labels", "share with both"),
                tuple((*group, percent(group.both, group.texts)) for group in groups.itertuples()),
            ),
        ),
    )


def _lengths(texts: pd.DataFrame) -> Section:
    tokens = texts["tokens"]
    medians = [_quantile(part, 0.5) for _, part in tokens.groupby(texts["label"])]
    return Section(
        "lengths",
        "Length",
        f"Half of the tweets have at most {_quantile(texts['characters'], 0.5)} characters and"
        f" {_quantile(tokens, 0.5)} tokens ({medians[0]} in negative, {medians[1]} in positive"
        f" ones); 99% have at most {_quantile(tokens, 0.99)} tokens.",
        (
            "Characters are code points as written, blanks at the ends left out; an entity such"
            " as &amp; counts with all its characters, which is why some tweets exceed 140.",
            "Tokens are words, numbers and runs of punctuation of the normalised text. Word"
            " pieces, as BERT reads them, are more.",
        ),
        Picture(
            _draw_lengths(texts),
            "Distribution of both lengths by class, up to the longest 0.1% of the tweets.",
            "Two histograms, each with the classes laid over each other; the table has their"
            " quantiles.",
        ),
        (
            Table(
                "Length by class",
                ("", "mean", *_QUANTILES),
                tuple(
                    (
                        f"{unit}, {LABELS[label]}",
                        f"{part.mean():.1f}",
                        *(_quantile(part, share) for share in _QUANTILES.values()),
                    )
                    for unit in ("characters", "tokens")
                    for label, part in texts[unit].groupby(texts["label"])
                ),
            ),
        ),
    )


def _quantile(lengths: pd.Series, share: float) -> int:
    return int(lengths.quantile(share, interpolation="higher"))


def _draw_lengths(texts: pd.DataFrame) -> str:
    with mpl.rc_context(STYLE):
        figure = new_figure(3.5)
        panels = figure.subplots(1, 2)
        for axes, unit, width in zip(panels, ("characters", "tokens"), (5, 1), strict=True):
            edges = np.arange(0, _quantile(texts[unit], 0.999) + 2 * width, width)
            for label, lengths in texts[unit].groupby(texts["label"]):
                color = COLORS[LABELS[label]][0]
                shares = np.histogram(lengths, edges)[0] / len(lengths)
                axes.stairs(shares, edges, color=color, linewidth=1.8, label=LABELS[label])
                axes.axvline(lengths.median(), color=color, linewidth=1.2, linestyle=(0, (4, 3)))
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(PercentFormatter(1))
            axes.set_xlabel(f"{unit} (bins of {width}; dashed: median)")
            axes.grid(visible=False, axis="x")
        panels[0].set_ylabel("share of the class")
        legend_above(figure, panels[0])
        return to_svg(figure, "lengths")


def _kinds(texts: pd.DataFrame) -> Section:
    kinds = [*SLICES, *_KINDS]
    of_all = {kind: percent(texts[kind].sum(), len(texts)) for kind in kinds}
    shares = texts.groupby("label")[kinds].mean().T
    return Section(
        "kinds",
        "Kinds of tweets",
        f"{of_all['with mention']} of the tweets mention somebody, {of_all['with link']} hold a"
        f" link, {of_all['with emoji']} an emoji and {of_all['with emoticon']} an emoticon;"
        f" at least {of_all['wrong encoding']} show traces of a wrong encoding.",
        (
            f"Models are compared on the kinds from {SLICES[0]} to {SLICES[-1]}. An HTML entity"
            " is one that was never decoded, such as &amp;. Traces of a wrong encoding are lost"
            " characters (U+FFFD) and UTF-8 read as Latin-1 or Windows-1252, such as Ã©.",
            "A ratio above 1 means that positive tweets are more often of that kind.",
        ),
        tables=(
            Table(
                "Tweets of each kind",
                ("kind", "all", *LABELS, "ratio"),
                tuple(
                    (
                        str(kind),
                        of_all[str(kind)],
                        percent(negative, 1),
                        percent(positive, 1),
                        f"{positive / negative:.2f}" if negative else "–",
                    )
                    for kind, negative, positive in shares.itertuples()
                ),
            ),
        ),
    )
