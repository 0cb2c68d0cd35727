"""What every command line shares: how a command runs, its tables and counts."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter
from cyclopts import Token as _Token

from operations.deployed import NotDeployedError
from sentiment.feedback import StoreUnavailableError
from sentiment.model.bundle import BundleError
from sentiment.registry import RegistryError
from sentiment.storage import StorageError
from sentiment.streams import escape_unprintable

ERROR, INTERRUPTED = 1, 130

_EXPECTED: tuple[type[Exception], ...] = (
    BundleError,
    NotDeployedError,
    RegistryError,
    StorageError,
    StoreUnavailableError,
    OSError,
    ValueError,
)
"""Errors whose message is a sentence for the user."""

_PACKAGES = ("operations", "training")


def new_app(program: str, description: str) -> App:
    """Return an empty command line whose commands are functions with docstrings.

    Args:
        program: What a user types, such as ``python -m operations``.
        description: What ``--help`` says first.
    """
    return App(
        name=program,
        help=description,
        help_format="markdown",
        default_parameter=Parameter(negative=(), show_default=_shown_default),
        version_flags=(),
        suppress_keyboard_interrupt=False,
    )


def _shown_default(value: object) -> str | None:
    return None if value in (None, False, "", ()) else str(value)


def run(app: App, arguments: Sequence[str] | None = None, *expected: type[Exception]) -> int:
    """Run one command of an app and return its exit code.

    Progress and notices that are logged go to standard error; so does an error, as one sentence.

    Args:
        app: See ``new_app``.
        arguments: Those of the process if they are not given.
        expected: Errors, beside those of every program, whose message is a sentence for the user.

    Returns:
        What the command returned; 0 if it returned nothing, 1 after an error, also one in the
        arguments, and 130 after an interruption.
    """
    escape_unprintable(sys.stdout, sys.stderr)
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    with _log_to_standard_error():
        try:
            code = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        except CycloptsError as error:
            message = " ".join(str(error).split())
            end = "" if message.endswith((".", "?")) else "."
            return _fail(f"{message}{end} Try --help.")
        except BrokenPipeError:
            # Python would complain once more when it flushes the stream at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ERROR
        except (*_EXPECTED, *expected) as error:
            return _fail(str(error))
        except KeyboardInterrupt as interruption:
            print("; ".join(["interrupted", *map(str, interruption.args)]), file=sys.stderr)
            return INTERRUPTED
    return code if isinstance(code, int) else 0


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return ERROR


class _StandardError(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Print a notice as it is, and a warning or an error with its level."""
        level = f"{record.levelname.lower()}: " if record.levelno > logging.INFO else ""
        print(f"{level}{self.format(record)}", file=sys.stderr, flush=True)


@contextmanager
def _log_to_standard_error() -> Iterator[None]:
    handler = _StandardError()
    logging.getLogger().addHandler(handler)
    for package in _PACKAGES:
        logging.getLogger(package).setLevel(logging.INFO)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


def _read_whole_number(_: Any, tokens: Sequence[_Token]) -> int:
    text = tokens[0].value
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{text!r} is no whole number above 0")
    return int(text)


WholeNumber = Annotated[int, Parameter(converter=_read_whole_number)]
"""The type of an option that takes a whole number above 0."""


def align(table: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Return a line a row, its cells in columns; what is not printable becomes a space.

    Args:
        table: Rows of equally many cells.
        right: The columns whose cells end, and do not begin, below each other, from 0.
    """
    columns = []
    for at, column in enumerate(zip(*table, strict=True)):
        shown = [_printable(cell) for cell in column]
        width = max(map(len, shown))
        columns.append([cell.rjust(width) if at in right else cell.ljust(width) for cell in shown])
    return ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]


def _printable(cell: str) -> str:
    # Nothing that was stored shall steer a terminal.
    return "".join(character if character.isprintable() else " " for character in cell)


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a count and what is counted, such as ``1 row`` or ``2,000 rows``.

    Args:
        count: How many there are.
        one: What one of them is called, a verb included where that depends on the count.
        many: What others are called; None for ``one`` with an s.
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
