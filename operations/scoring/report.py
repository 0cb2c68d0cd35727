"""A summary as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from operations.report.discriminative_words import words_section
from operations.report.page import Page, Picture, Section, Table, Tile, percent, render_page
from operations.scoring import figures
from operations.scoring.dates import group
from operations.scoring.figures import KINDS
from operations.scoring.summary import NEGATIVE, POSITIVE, SHOWN_WORDS, UNSURE, Summary
from operations.terminal import counted

_SHOWN_CHARACTERS = 400


def render_report(summary: Summary, name: str, created: datetime, rejected: int = 0) -> str:
    """Return a summary as HTML without scripts and without references to anything outside.

    Args:
        summary: Of the scored file.
        name: Of the file.
        created: When the report is made.
        rejected: Rows of the file that could not be scored.
    """
    periods = group(summary.days)
    page = Page(
        title=f"Sentiment of {name}",
        created=created,
        origin=f"with the model {', '.join(sorted(summary.versions))}. It quotes tweets: mind whom"
        " you show it.",
        tiles=_tiles(summary),
        sections=[
            _shares(summary, rejected),
            *([_periods(summary, periods)] if len(periods) > 1 else []),
            _extremes(summary),
            words_section(summary.words.result(SHOWN_WORDS)),
        ],
        command="python -m operations score",
    )
    return render_page(page)


def _tiles(summary: Summary) -> Sequence[Tile]:
    return (
        Tile(f"{summary.total:,}", "tweets"),
        *(
            Tile(percent(summary.counts[kind], summary.total), KINDS[kind])
            for kind in (NEGATIVE, UNSURE, POSITIVE)
        ),
    )


def _shares(summary: Summary, rejected: int) -> Section:
    shares = [percent(count, summary.total) for count in summary.counts]
    answers = ", ".join(f"{share} {kind}" for share, kind in zip(shares, KINDS, strict=True))
    rows = zip(KINDS, summary.counts, shares, strict=True)
    return Section(
        "shares",
        "Share of labels",
        f"Of {counted(summary.total, 'tweet')}: {answers}. With the unsure ones, each by its label,"
        f" {percent(summary.positive, summary.total)} are positive."
        + _describe_rejected(rejected, summary.total + rejected),
        (
            "“Not sure” are those whose probability lies in the band that the model names.",
            f"{counted(summary.foreign, 'tweet is', 'tweets are')} probably not in English, the"
            f" only language that the model learnt ({percent(summary.foreign, summary.total)}), and"
            " counted too.",
        ),
        Picture(figures.draw_shares(summary.counts), "Share of the tweets.", f"A bar: {answers}."),
        (
            Table(
                "Tweets by answer",
                ("answer", "tweets", "share"),
                tuple(rows),
            ),
        ),
    )


def _describe_rejected(rejected: int, rows: int) -> str:
    if not rejected:
        return ""
    return (
        f" Of {counted(rows, 'row')} in the file, {rejected:,} ({percent(rejected, rows)}) could"
        " not be scored and are in none of these figures."
    )


def _periods(summary: Summary, periods: Mapping[str, Sequence[int]]) -> Section:
    totals = {name: max(sum(counts), 1) for name, counts in periods.items()}
    worst = max(periods, key=lambda name: periods[name][NEGATIVE] / totals[name])
    undated = counted(summary.undated, "tweet has", "tweets have") + " no date that can be read."
    return Section(
        "time",
        "Labels over time",
        f"From {next(iter(periods))} to {list(periods)[-1]}, the share of negative tweets is"
        f" largest in {worst}: {percent(periods[worst][NEGATIVE], totals[worst])} of"
        f" {totals[worst]:,}." + (f" {undated}" if summary.undated else ""),
        ("Each day is that of the time zone in which the date is given.",),
        Picture(
            figures.draw_periods(periods),
            "Above, the share of each answer; below, the number of tweets.",
            "Stacked bars of the numbers in the table.",
        ),
        (
            Table(
                "Tweets by time",
                ("time", *KINDS),
                tuple((name, *row) for name, row in periods.items()),
            ),
        ),
    )


def _extremes(summary: Summary) -> Section:
    sides = {"negative": summary.lowest.found(), "positive": summary.highest.found()}
    return Section(
        "tweets",
        "Most negative and most positive tweets",
        "What the model is surest of. Equal tweets are shown once."
        + "".join(f" No tweet is {kind}." for kind, tweets in sides.items() if not tweets),
        ("Probabilities are those of “positive”. Each table has tweets of that label only.",),
        Picture(
            figures.draw_probabilities(summary.probabilities),
            "How the probabilities of all tweets are spread, and which are unsure.",
            f"Bars for {len(summary.probabilities)} equal bins from 0 to 1, tweets in each:"
            f" {', '.join(str(sum(counts)) for counts in summary.probabilities)}.",
        ),
        tuple(_tweets(f"Most {kind}", tweets) for kind, tweets in sides.items() if tweets),
    )


def _tweets(caption: str, tweets: Sequence[tuple[float, str]]) -> Table:
    rows = tuple((f"{probability:.3f}", _shorten(text)) for probability, text in tweets)
    return Table(caption, ("probability", "tweet"), rows, prose=True)


def _shorten(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= _SHOWN_CHARACTERS else shown[: _SHOWN_CHARACTERS - 1] + "…"
