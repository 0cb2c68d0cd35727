"""Findings as a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from operations.drift import figures, words
from operations.drift.findings import (
    CONFIDENCE,
    LENGTH,
    NEGATIVE_FEEDBACK,
    POSITIVE,
    PROBABILITY,
    UNKNOWN_RATE,
    Comparison,
    Findings,
    NegativeFeedback,
)
from operations.drift.stability import DRIFTED_FROM, MOVING_FROM
from operations.report.page import Page, Picture, Section, Table, Tile, render_page

_NOTES = {
    POSITIVE: "The share of the predictions with the label “positive”.",
    PROBABILITY: "It is made up of label and confidence, which are judged; it is shown to tell"
    " where they moved.",
    CONFIDENCE: "The probability of the label given. A model that is less sure than it was meets"
    " tweets that it does not know well.",
    LENGTH: "In code points, as sent.",
    UNKNOWN_RATE: "The share of a tweet’s tokens that the model does not know.",
}


def render_report(findings: Findings, created: datetime) -> str:
    """Return the findings as HTML without references to anything outside.

    Args:
        findings: To be told.
        created: When the report is made.
    """
    caveats = "".join(f" {caveat}" for caveat in words.caveats(findings))
    page = Page(
        title=words.tell_verdict(findings),
        created=created,
        origin=f"from model {findings.version}, {findings.period}. It holds counts only: no tweets"
        f" and no user names.{caveats}",
        tiles=_tiles(findings),
        sections=[*map(_section, findings.comparisons), _feedback_section(findings.feedback)],
        command="python -m training monitor",
        footnotes=(
            "The population stability index (PSI) sums (a − e) ln(a / e) over the bins, with a the"
            " share of this period and e that of the reference. A measure is steady below"
            f" {MOVING_FROM} or the chance level, moving from there, and drifted from"
            f" {DRIFTED_FROM} (Siddiqi 2006). The chance level is {words.tell_chance()} (Yurdakul"
            " and Naranjo 2020).",
        ),
    )
    return render_page(page)


def _tiles(findings: Findings) -> Sequence[Tile]:
    judged = [each for each in findings.comparisons if each.is_judged]
    rate = findings.feedback.rate
    return (
        Tile(f"{findings.predictions:,}", "predictions"),
        *(Tile(each.standing or words.ABSENT, each.name) for each in judged),
        Tile(f"{rate.value:.1%}" if rate else words.ABSENT, NEGATIVE_FEEDBACK),
    )


def _section(comparison: Comparison) -> Section:
    name = _anchor(comparison.name)
    return Section(
        name,
        _title(comparison.name),
        _finding(comparison),
        (_NOTES[comparison.name],),
        Picture(
            figures.draw_comparison(comparison, name),
            "Share of the tweets in each bin, of the reference and of this period.",
            f"Pairs of bars: {_in_words(comparison)}.",
        ),
        (_table(comparison),),
    )


def _finding(comparison: Comparison) -> str:
    before = words.value(comparison.name, comparison.before)
    now = words.value(comparison.name, comparison.now)
    means = f"It was {before} in the reference and is {now} now."
    stability = comparison.stability
    if stability is None:
        return f"{means} There are too few predictions to judge it."
    index = f"Its PSI is {stability.index:.3f}; chance makes up to {stability.chance_level:.3f}"
    return f"{means} {index}: {comparison.standing or 'not judged'}."


def _table(comparison: Comparison) -> Table:
    rows = zip(comparison.bins, comparison.expected, comparison.observed, strict=True)
    return Table(
        f"Tweets by {comparison.name}",
        ("bin", "reference", "this period"),
        tuple((name, f"{before:.1%}", f"{now:.1%}") for name, before, now in rows),
    )


def _in_words(comparison: Comparison) -> str:
    rows = zip(comparison.bins, comparison.expected, comparison.observed, strict=True)
    return "; ".join(f"{name}, {before:.1%} and {now:.1%}" for name, before, now in rows)


def _feedback_section(feedback: NegativeFeedback) -> Section:
    name = _anchor(NEGATIVE_FEEDBACK)
    sentence = words.tell_feedback(feedback)
    return Section(
        name,
        _title(NEGATIVE_FEEDBACK),
        sentence,
        (
            "Each feedback counts once, with its latest verdict. It is an alarm where the whole"
            " of Wilson’s 95% interval lies above the limit.",
            "Those who give feedback are no random sample: compare the rate with that of other"
            " periods, and not with the error rate on test tweets.",
        ),
        Picture(
            figures.draw_feedback(feedback, name),
            "The rate of negative feedback with its 95% interval; the dashed line is the limit.",
            f"A point with an interval on an axis from 0% to 100%. {sentence}",
        ),
        (
            Table(
                "Distinct feedbacks by their latest verdict",
                ("verdict", "feedbacks"),
                (
                    ("incorrect", f"{feedback.negative:,}"),
                    ("correct", f"{feedback.total - feedback.negative:,}"),
                ),
            ),
        ),
    )


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _title(name: str) -> str:
    return name[0].upper() + name[1:]
