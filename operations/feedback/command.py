"""The command ``python -m training feedback``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from operations.arguments import whole_number
from operations.terminal import counted
from operations.feedback.export import DEFAULT_PER_TEXT, cap_texts, write_csv
from operations.feedback.listing import list_lines
from operations.feedback.place import open_store, read_rows, text_hashes
from operations.feedback.review import (
    DEFAULT_PER_SOURCE,
    ReviewError,
    cap_sources,
    decide,
    find_rows,
)
from sentiment.api.receipts import read_unverified
from sentiment.feedback import FeedbackArchive, Review, Selection, StoredFeedback
from sentiment.files import replace_file
from sentiment.settings import Settings, read_settings
from sentiment.text import is_blank

Action = Callable[[argparse.Namespace, Settings], None]

_ALL = "all"
_DAY_SECONDS = 24 * 3600
_LONGEST_DAYS = 36_500
_STANDARD_INPUT = "-"


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line of ``training``."""
    parser = commands.add_parser(
        "feedback",
        help="review, export and delete what users said",
        description="Work on the feedback in SENTIMENT_HOME or, where SENTIMENT_STORAGE or"
        " SENTIMENT_STORAGE__accountName is set, in the table of that storage account.",
        epilog="example: python -m training feedback list",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _add_list(actions)
    _add_review(actions, "accept", Review.ACCEPTED)
    _add_review(actions, "reject", Review.REJECTED)
    _add_count(actions)
    _add_export(actions)
    _add_purge(actions)
    _add_delete(actions)


def _add_list(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(
        actions, "list", _list, "show feedback, oldest first", "feedback list --since 2026-11-01"
    )
    parser.add_argument("--review", choices=[*map(str, Review), _ALL], default=str(Review.PENDING),
                        help="rows in this state (default: %(default)s)")  # fmt: skip
    parser.add_argument("--since", type=_day, metavar="DAY",
                        help="predictions of this UTC day and later")  # fmt: skip
    parser.add_argument("--until", type=_day, metavar="DAY",
                        help="predictions before this UTC day")  # fmt: skip
    parser.add_argument("--without-text", action="store_true",
                        help="also rows without a text, which no model can learn from")  # fmt: skip


def _add_review(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, decision: Review
) -> None:
    what = f"{name} feedback {'for' if decision is Review.ACCEPTED else 'so that it is kept from'}"
    parser = _add(actions, name, _review, f"{what} training", f"feedback {name} --all")
    parser.add_argument("ids", nargs="*", metavar="ID", help="as `list` shows it")
    parser.add_argument("--all", action="store_true",
                        help="all that is pending and has a text, after a question")  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="ask no question")
    if decision is Review.ACCEPTED:
        parser.add_argument("--per-source", type=whole_number, default=DEFAULT_PER_SOURCE,
                            help="with --all: rows of one source; what is beyond is rejected,"
                            " and can be accepted by id only (default: %(default)s)")  # fmt: skip
    parser.set_defaults(decision=decision)


def _add_count(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(
        actions,
        "count",
        _count_accepted,
        "count accepted feedback with a text",
        "feedback count --except used.txt",
    )
    parser.add_argument("--except", type=Path, dest="known", metavar="FILE",
                        help="do not count the ids in this file, one a line, as --ids writes"
                        " it")  # fmt: skip
    parser.add_argument("--ids", type=Path, metavar="FILE",
                        help="also write the ids of all that is accepted and has a"
                        " text")  # fmt: skip


def _add_export(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(
        actions,
        "export",
        _export,
        "write accepted texts as labelled tweets for `train`",
        "feedback export corrected.csv.gz",
    )
    parser.add_argument("file", type=Path, metavar="FILE.csv",
                        help="replaced as a whole; compressed where it ends in .gz")  # fmt: skip
    parser.add_argument("--per-text", type=whole_number, default=DEFAULT_PER_TEXT,
                        help="rows with the same normalised text, the latest of them"
                        " (default: %(default)s)")  # fmt: skip


def _add_purge(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(
        actions, "purge", _purge, "delete feedback on old predictions", "feedback purge --days 90"
    )
    parser.add_argument("--days", type=_days, required=True,
                        help="delete where the prediction is older than this")  # fmt: skip


def _add_delete(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(
        actions,
        "delete",
        _delete,
        "delete the feedback of a user; the exit code is 1 where there is none",
        "feedback delete --text - < tweet.txt",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--prediction-id", metavar="TOKEN",
                       help="the feedback on this prediction, of whatever age")  # fmt: skip
    which.add_argument("--feedback-id", metavar="ID", help="the feedback with this id")
    which.add_argument("--text", help="all feedback on exactly this text; - reads it from"
                       " standard input, so that it stays out of the shell's history")  # fmt: skip


def _add(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    action: Action,
    summary: str,
    example: str,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example: python -m training {example}",
    )
    parser.set_defaults(run=_run, action=action)
    return parser


def _run(options: argparse.Namespace) -> None:
    settings = read_settings()
    for problem in settings.problems:
        print(f"warning: {problem}", file=sys.stderr)
    options.action(options, settings)


def _list(options: argparse.Namespace, settings: Settings) -> None:
    review = None if options.review == _ALL else Review(options.review)
    rows = read_rows(open_store(settings), Selection(options.since, options.until, review))
    shown = rows if options.without_text else _with_text(rows)
    if shown:
        print("\n".join(list_lines(shown)))
    hidden = len(rows) - len(shown)
    print(counted(len(shown), "row") + (f", and {hidden:,} without a text" if hidden else ""))


def _review(options: argparse.Namespace, settings: Settings) -> None:
    if bool(options.ids) == options.all:
        raise ReviewError("Give either ids or --all; `feedback list` shows what there is.")
    store, decision = open_store(settings), options.decision
    if options.all:
        _review_all(store, options)
    else:
        changed = decide(store, find_rows(store, options.ids, decision), decision)
        if changed:
            raise ReviewError("What has changed was left as it is: look at it again, then repeat.")


def _review_all(store: FeedbackArchive, options: argparse.Namespace) -> None:
    rows = _with_text(read_rows(store, Selection(review=Review.PENDING)))
    left: list[StoredFeedback] = []
    if options.decision is Review.ACCEPTED:
        rows, left = cap_sources(rows, options.per_source)
    if not rows:
        print("There is nothing to review.")
        return
    if not options.yes:
        print("\n".join(list_lines(rows)))
    if left:
        print(f"To be rejected, beyond {counted(options.per_source, 'row')} of one source:")
        print("\n".join(list_lines(left)))
    if not options.yes:
        others = f", and {len(left):,} as {Review.REJECTED.value}" if left else ""
        _confirm(f"Mark {counted(len(rows), 'row')} as {options.decision.value}{others}? [y/N] ")
    # First, and not left pending: else a review that breaks off, or a second one, takes them.
    if left:
        decide(store, left, Review.REJECTED)
    decide(store, rows, options.decision)


def _count_accepted(options: argparse.Namespace, settings: Settings) -> None:
    known = set(options.known.read_text(encoding="utf-8").split()) if options.known else set()
    accepted = _with_text(read_rows(open_store(settings), Selection(review=Review.ACCEPTED)))
    ids = [row.feedback.feedback_id for row in accepted]
    if options.ids is not None:
        replace_file(options.ids.absolute(), "".join(f"{each}\n" for each in ids).encode())
    print(len(set(ids) - known))


def _export(options: argparse.Namespace, settings: Settings) -> None:
    accepted = read_rows(open_store(settings), Selection(review=Review.ACCEPTED))
    rows = cap_texts(accepted, options.per_text)
    write_csv(rows, options.file)
    dropped = len(_with_text(accepted)) - len(rows)
    print(
        f"Wrote {counted(len(rows), 'row')} to {options.file}"
        f" ({counted(dropped, 'copy', 'copies')} left out)."
    )


def _purge(options: argparse.Namespace, settings: Settings) -> None:
    count = open_store(settings).purge(time.time() - options.days * _DAY_SECONDS)
    print(
        f"Deleted {counted(count, 'row')} on predictions older than {counted(options.days, 'day')}."
    )


def _delete(options: argparse.Namespace, settings: Settings) -> None:
    store = open_store(settings)
    if options.text is not None:
        count = store.delete_texts(text_hashes(settings, _given_text(options.text)))
        missing = (
            "There is no feedback on this text. It must be exactly what was sent, and its key among"
            " RECEIPT_KEYS"
        )
    else:
        token, known = options.prediction_id, options.feedback_id
        count = store.delete(known if token is None else read_unverified(token).feedback_id)
        missing = (
            f"There is no feedback {'with this id' if token is None else 'on this prediction'}"
        )
    if not count:
        raise ReviewError(f"{missing}; nothing was deleted.")
    print(f"Deleted {counted(count, 'row')}.")


def _with_text(rows: list[StoredFeedback]) -> list[StoredFeedback]:
    return [row for row in rows if row.feedback.text]


def _confirm(question: str) -> None:
    try:
        answer = input(question)
    except EOFError:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise ReviewError("Nothing was changed.")


def _given_text(given: str) -> str:
    text = sys.stdin.read() if given == _STANDARD_INPUT else given
    if given == _STANDARD_INPUT:
        text = text.removesuffix("\n").removesuffix("\r")
    if is_blank(text):
        raise ReviewError("The text is blank: give the one whose feedback shall be deleted.")
    return text


def _day(text: str) -> float:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-22") from None


def _days(text: str) -> int:
    days = whole_number(text)
    if days > _LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is more than {_LONGEST_DAYS} days")
    return days
