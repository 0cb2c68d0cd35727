"""The command line of what a team runs beside the app: ``python -m operations``.

A command reads the settings, hands their values down and prints results; what is heavy to import
is imported by the command that needs it.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from operations import registry as registries
from operations.alerts import replay
from operations.alerts.engine import Engine
from operations.alerts.rules import DEFAULT_FOLDER, read_rules
from operations.drift import DriftThresholds, compare_with_reference, summarize
from operations.events import make_client, read_lines, read_workspace
from operations.feedback.export import DEFAULT_PER_TEXT, cap_texts, write_csv
from operations.feedback.review import (
    DEFAULT_PER_SOURCE,
    ReviewError,
    list_lines,
    review_ids,
    review_pending,
    with_text,
)
from operations.feedback.store import open_store, read_rows, text_hashes
from operations.period import PeriodOptions, read_period
from operations.registry import DEFAULT_BUNDLE
from operations.scoring.formats import STANDARD
from operations.scoring.job import FileOrStream, Job
from operations.terminal import WholeNumber, counted, new_app, run
from sentiment.api.receipts import read_unverified
from sentiment.feedback import Review, Selection
from sentiment.files import replace_file
from sentiment.model.bundle import Manifest, read_manifest
from sentiment.settings import Settings, read_settings
from sentiment.text import is_blank

FIRED = 2

_DAY_SECONDS = 24 * 3600
_LONGEST_DAYS = 36_500

_logger = logging.getLogger(__name__)

app = new_app(
    "python -m operations",
    "Work beside the app: score files of tweets, review feedback, watch for drift and alerts,"
    " publish models. COMMAND --help says more of each.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 1 after an error, 130 when interrupted."""
    return run(app, arguments)


@app.command
def score(
    input: FileOrStream = STANDARD,
    /,
    *,
    job: Job = Job(),  # noqa: B008 - it is frozen
    report: Path | None = None,
    date_column: str | None = None,
    threads: WholeNumber | None = None,
    bundle: Path | None = None,
    quiet: bool = False,
) -> None:
    """Score a whole file of tweets.

    Every row is kept, with the columns label, probability (that of "positive"), confidence (that
    of the label), certain, truncated, english (false where the tweet is probably in another
    language, which the model did not learn) and model_version added: what the API answers.

    Files are CSV (.csv, .tsv), JSON lines (.jsonl, .ndjson), each also as .gz, or Parquet
    (.parquet); the output may be of another format than the input. The tweet is in the column
    text, tweet or content, or in the one you name; Sentiment140's six columns need no header.

    The simplest case. Rows that cannot be scored go to scored.csv.rejected.csv with the number of
    the line in the file where they begin, as an editor counts, and the reason:

        python -m operations score tweets.csv -o scored.csv

    Also draw a page: share of labels, over time where there are dates, the most negative and most
    positive tweets, discriminative words:

        python -m operations score tweets.csv -o scored.csv --report report.html

    From one format to another, and the tweet in a column of another name:

        python -m operations score export.tsv.gz -o scored.parquet --text-column message

    Between other programs, without names, from standard input to standard output:

        zcat tweets.jsonl.gz | python -m operations score --input-format jsonl | jq -c .label

    Interruptions: until all is scored, rows gather in scored.csv.part, and scored.csv.journal notes
    how far it is. After Ctrl-C, a power cut or a full disk, give the same command again: it goes on
    where it stood, and the result is the same, byte for byte. If the input, the model or an option
    changed meanwhile, it refuses; --restart begins anew. Standard input cannot be read twice, and
    what came from it cannot be continued.

    Exit codes: 0 all was read (some rows may have been rejected), 1 an error, 130 interrupted.

    Args:
        input: File to read; - or nothing for standard input.
        job: How.
        report: Also draw an HTML page of the results.
        date_column: The date, for the report (default: date, created_at, …).
        threads: For the model (default: this machine's processors, up to 4); the answers are the
            same.
        bundle: Folder of the model (default: SENTIMENT_BUNDLE, or else the packaged one).
        quiet: Report nothing but errors, or that most was rejected.
    """
    from operations.scoring.command import score_file

    score_file(
        replace(job, input=input),
        bundle or read_settings().bundle,
        threads,
        report=report,
        date_column=date_column,
        quiet=quiet,
    )


feedback = App(
    name="feedback",
    help="Review, export and delete what users said.\n\nThe feedback is in SENTIMENT_HOME or, where"
    " SENTIMENT_STORAGE or SENTIMENT_STORAGE__accountName is set, in the table of that account.",
)
app.command(feedback)


@feedback.command(name="list")
def list_feedback(
    *,
    review: Literal["pending", "accepted", "rejected", "all"] = "pending",
    period: PeriodOptions = PeriodOptions(),  # noqa: B008 - it is frozen
    without_text: bool = False,
) -> None:
    """Show feedback, oldest first, of predictions made in a period; without one, all of it.

    Example: python -m operations feedback list --since 2026-11-01

    Args:
        review: Rows in this state.
        period: Of the predictions.
        without_text: Also rows without a text, which no model can learn from.
    """
    state = None if review == "all" else Review(review)
    selection = Selection(review=state)
    if period != PeriodOptions():
        span = read_period(period, datetime.now(UTC), default_days=_LONGEST_DAYS)
        selection = Selection(span.since.timestamp(), span.until.timestamp(), state)
    rows = read_rows(open_store(_settings()), selection)
    shown = rows if without_text else with_text(rows)
    if shown:
        print("\n".join(list_lines(shown)))
    hidden = len(rows) - len(shown)
    print(counted(len(shown), "row") + (f", and {hidden:,} without a text" if hidden else ""))


@feedback.command
def accept(
    *ids: str,
    all: bool = False,
    yes: bool = False,
    per_source: WholeNumber = DEFAULT_PER_SOURCE,
) -> None:
    """Accept feedback for training.

    Example: python -m operations feedback accept --all

    Args:
        ids: As `list` shows them.
        all: All that is pending and has a text, after a question.
        yes: Ask no question.
        per_source: With --all: rows of one source; what is beyond is rejected, and can be accepted
            by id only.
    """
    _review(ids, Review.ACCEPTED, per_source, is_all=all, confirm=not yes)


@feedback.command
def reject(
    *ids: str,
    all: bool = False,
    yes: bool = False,
) -> None:
    """Reject feedback, so that it is kept from training.

    Example: python -m operations feedback reject --all

    Args:
        ids: As `list` shows them.
        all: All that is pending and has a text, after a question.
        yes: Ask no question.
    """
    _review(ids, Review.REJECTED, DEFAULT_PER_SOURCE, is_all=all, confirm=not yes)


def _review(
    ids: Sequence[str], decision: Review, per_source: int, *, is_all: bool, confirm: bool
) -> None:
    if bool(ids) == is_all:
        raise ReviewError("Give either ids or --all; `feedback list` shows what there is.")
    store = open_store(_settings())
    if is_all:
        review_pending(store, decision, per_source, confirm=confirm)
    else:
        review_ids(store, ids, decision)


@feedback.command
def count(
    *, known: Annotated[Path | None, Parameter("--except")] = None, ids: Path | None = None
) -> None:
    """Count accepted feedback with a text.

    Example: python -m operations feedback count --except used.txt

    Args:
        known: Do not count the ids in this file, one a line, as --ids writes it.
        ids: Also write the ids of all that is accepted and has a text to this file.
    """
    counted_before = set(known.read_text(encoding="utf-8").split()) if known else set()
    accepted = read_rows(open_store(_settings()), Selection(review=Review.ACCEPTED))
    found = [row.feedback.feedback_id for row in with_text(accepted)]
    if ids is not None:
        replace_file(ids.absolute(), "".join(f"{each}\n" for each in found).encode())
    print(len(set(found) - counted_before))


@feedback.command
def export(file: Path, /, *, per_text: WholeNumber = DEFAULT_PER_TEXT) -> None:
    """Write accepted texts as labelled tweets for `python -m training train`.

    Example: python -m operations feedback export corrected.csv.gz

    Args:
        file: The CSV file, replaced as a whole; compressed where it ends in .gz.
        per_text: Rows with the same normalised text, the latest of them.
    """
    accepted = read_rows(open_store(_settings()), Selection(review=Review.ACCEPTED))
    rows = cap_texts(accepted, per_text)
    write_csv(rows, file)
    dropped = len(with_text(accepted)) - len(rows)
    print(
        f"Wrote {counted(len(rows), 'row')} to {file}"
        f" ({counted(dropped, 'copy', 'copies')} left out)."
    )


@feedback.command
def purge(*, days: WholeNumber) -> None:
    """Delete feedback on predictions that were made before the last so many days.

    Example: python -m operations feedback purge --days 90

    Args:
        days: The last days, whose feedback is kept.
    """
    if days > _LONGEST_DAYS:
        raise ReviewError(f"--days {days} is more than {_LONGEST_DAYS} days.")
    deleted = open_store(_settings()).purge(time.time() - days * _DAY_SECONDS)
    print(f"Deleted {counted(deleted, 'row')} on predictions older than {counted(days, 'day')}.")


@feedback.command
def delete(
    *,
    prediction_id: str | None = None,
    feedback_id: str | None = None,
    text: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
) -> None:
    """Delete the feedback of a user; the exit code is 1 where there is none.

    Example: python -m operations feedback delete --text - < tweet.txt

    Args:
        prediction_id: The feedback on this prediction, of whatever age.
        feedback_id: The feedback with this id.
        text: All feedback on exactly this text; - reads it from standard input, so that it stays
            out of the shell's history.
    """
    if sum(each is not None for each in (prediction_id, feedback_id, text)) != 1:
        raise ReviewError("Give one of --prediction-id, --feedback-id and --text.")
    settings = _settings()
    store = open_store(settings)
    if text is not None:
        deleted = store.delete_texts(text_hashes(settings, _read_text(text)))
        missing = (
            "There is no feedback on this text. It must be exactly what was sent, and its key among"
            " RECEIPT_KEYS"
        )
    elif feedback_id is not None:
        deleted, missing = store.delete(feedback_id), "There is no feedback with this id"
    else:
        deleted = store.delete(read_unverified(prediction_id or "").feedback_id)
        missing = "There is no feedback on this prediction"
    if not deleted:
        raise ReviewError(f"{missing}; nothing was deleted.")
    print(f"Deleted {counted(deleted, 'row')}.")


def _read_text(given: str) -> str:
    text = given
    if given == str(STANDARD):
        text = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if is_blank(text):
        raise ReviewError("The text is blank: give the one whose feedback shall be deleted.")
    return text


@app.command
def drift(
    *,
    period: PeriodOptions = PeriodOptions(),  # noqa: B008 - it is frozen
    bundle: Path | None = None,
    registry: bool = False,
    events: Path | None = None,
    workspace: str | None = None,
    thresholds: DriftThresholds = DriftThresholds(),  # noqa: B008 - it is frozen
) -> int:
    """Report whether what the model sees and answers has drifted.

    Compares the events of a period, the last day if none is given, with the reference that training
    put into the bundle's manifest: share of positive, confidence, length and unknown-token rate,
    each with its population stability index (PSI), and the rate of negative feedback with its 95%
    interval. A PSI below 0.1 is stable, from 0.25 on significant, moderate between them; where few
    events make a larger PSI likely by chance alone, stable reaches up to that level. Only events of
    the bundle's version are compared.

    Exit codes: 0 no drift, 2 drift, 1 an error or too few predictions to judge.

    Example: python -m operations drift --days 7

    Another: python -m operations drift --since 2026-03-01 --until 2026-03-08 --workspace GUID

    Args:
        period: Of the events.
        bundle: Folder of the bundle that is served (default: SENTIMENT_BUNDLE, or else the
            packaged one).
        registry: Take the registry's current version in place of --bundle, if one was published.
        events: Folder of JSON lines (default: events in SENTIMENT_HOME).
        workspace: Id of a Log Analytics workspace to read instead; sign in with `az login`.
        thresholds: What is alarming.
    """
    if events is not None and workspace is not None:
        raise ValueError("Give either --events or --workspace, not both.")
    settings = _settings()
    span = read_period(period, datetime.now(UTC))
    manifest = _served_manifest(settings, bundle or settings.bundle, registry)
    if workspace is not None:
        rows = read_workspace(make_client(), workspace, span)
    else:
        rows = read_lines(events or settings.home / "events", span)
    findings = compare_with_reference(manifest, rows, span, thresholds)
    print(summarize(findings))
    return findings.code


def _served_manifest(settings: Settings, bundle: Path, from_registry: bool) -> Manifest:
    if from_registry:
        registry = registries.open_registry(settings.storage)
        current = registry.pointer().pointer.current
        if current is not None:
            return registry.checked_manifest(current.version, current.manifest_sha256)
    return read_manifest(bundle)


@app.command
def alerts(
    *,
    period: PeriodOptions = PeriodOptions(),  # noqa: B008 - it is frozen
    events: Path | None = None,
    rules: Path | None = None,
) -> int:
    """Report when the alert rules would have fired over local events.

    Runs the queries of the alert rules that Azure runs, unmodified, over the events in JSON lines,
    at the moments at which Azure would. Requests that the host records are not among local events:
    of failures, only an absent model is seen. Without a period, the last day is looked at.

    Exit codes: 0 all quiet, 2 a rule fired or is to fire next, 1 an error.

    Example: python -m operations alerts --days 7

    Args:
        period: Of the events.
        events: Folder of JSON lines (default: events in SENTIMENT_HOME).
        rules: Folder of the rules (default: infra/alerts of the checkout).
    """
    now = datetime.now(UTC)
    span = read_period(period, now)
    described = read_rules(rules or DEFAULT_FOLDER)
    engine = Engine()
    rows = replay.read_rows(events or _settings().home / "events", span)
    print(f"{counted(len(rows), 'event')} from {span}")
    end, code = min(span.until, now), 0
    for rule, query in described:
        # One evaluation more: what it will see is there by now.
        firings = list(replay.evaluate(engine, rule, query, rows, end + rule.frequency))
        print(replay.describe_firings(rule, firings, end))
        code = FIRED if firings else code
    return code


def publish(*, bundle: Path = DEFAULT_BUNDLE, over: str | None = None) -> None:
    """Put a bundle into the registry and let apps serve it.

    Uploads the bundle, reads it back, then makes it the current version. The registry is the
    container `models` of the storage account that SENTIMENT_STORAGE (a connection string) or
    SENTIMENT_STORAGE__accountName (reached with an identity) names.

    Args:
        bundle: Folder of the bundle.
        over: Only while this version, which it has beaten, is the current one; empty: only while
            there is none.
    """
    registry = registries.open_registry(_settings().storage)
    seen = None if over is None else registries.pointer_to(registry, over)
    print(registries.publish(registry, bundle, seen))


def list_versions() -> None:
    """Show the versions in the registry, and which one apps serve."""
    print(registries.describe(registries.open_registry(_settings().storage)))


def promote(version: str, /) -> None:
    """Let apps serve a version that is in the registry, once it was verified.

    Args:
        version: As `list` shows it.
    """
    print(registries.promote(registries.open_registry(_settings().storage), version))


def rollback() -> None:
    """Let apps serve the version before the current one.

    Undoes the last promotion that was not undone yet.
    """
    print(registries.roll_back(registries.open_registry(_settings().storage)))


def add_registry_commands(other: App) -> None:
    """Add ``publish``, ``list``, ``promote`` and ``rollback`` to a command line."""
    other.command(publish)
    other.command(list_versions, name="list")
    other.command(promote)
    other.command(rollback)


add_registry_commands(app)


def _settings() -> Settings:
    settings = read_settings()
    for problem in settings.problems:
        _logger.warning(problem)
    return settings
