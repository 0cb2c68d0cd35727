"""The command line: ``python -m sentiment "some tweet"``, and ``python -m sentiment openapi``."""

from __future__ import annotations

import argparse
import codecs
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from sentiment.model.bundle import BundleError, read_bundle
from sentiment.model.classifier import Classifier, Prediction
from sentiment.settings import read_settings
from sentiment.streams import escape_unprintable
from sentiment.text import is_blank

OPENAPI = "openapi"
"""As the only argument: print the HTTP contract. As a tweet: on standard input."""

_STANDARD_INPUT = "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer for each text, on standard output.

    Returns:
        0, or 1 if there is no model, or 2 if there is no text.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    escape_unprintable(sys.stdout)
    if given == [OPENAPI]:
        from sentiment.api.openapi.document import document

        print(_json(json.loads(document(read_settings().public)), indent=2))
        return 0
    options = _parser().parse_args(given)
    try:
        texts = _texts(options.text)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        classifier = Classifier(read_bundle(options.bundle))
    except BundleError as error:
        print(
            f"error: There is no model in {options.bundle.absolute()}: {error}"
            " Set SENTIMENT_BUNDLE, or give --bundle, to the folder of a bundle.",
            file=sys.stderr,
        )
        return 1
    for text, prediction in zip(texts, classifier.predict_batch(texts), strict=True):
        print(_as_json(text, prediction) if options.json else _as_line(text, prediction))
    return 0


def _texts(given: Sequence[str]) -> list[str]:
    if given and list(given) != [_STANDARD_INPUT]:
        for number, text in enumerate(given, 1):
            if is_blank(text):
                raise ValueError(f"Text {number} of {len(given)} is blank; give a tweet.")
        return list(given)
    if isinstance(sys.stdin, io.TextIOWrapper):  # Windows takes what is piped for its code page
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
    texts = [line.rstrip("\n") for line in sys.stdin]
    texts = [text for text in texts if not is_blank(text)]
    if not texts:
        raise ValueError("Standard input has no text; give tweets, one a line.")
    return texts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sentiment",
        description="Predict the sentiment of tweets with a model bundle.",
        epilog='example: python -m sentiment "I love this phone". A whole file:'
        " python -m operations score --help. The HTTP contract as OpenAPI:"
        " python -m sentiment openapi",
    )
    parser.add_argument(
        "text",
        nargs="*",
        help="a tweet in quotes, or several; without one, or with -, standard input is read, one a"
        " line, and blank lines are passed over",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a tweet")
    parser.add_argument(
        "--bundle",
        type=Path,
        default=read_settings().bundle,
        help="folder of the bundle (default: SENTIMENT_BUNDLE, or else the packaged one)",
    )
    return parser


def _as_line(text: str, prediction: Prediction) -> str:
    sure = "" if prediction.certain else " (not sure)"
    return f"{prediction.label:8} {prediction.confidence:6.1%}{sure}\t{' '.join(text.split())}"


def _as_json(text: str, prediction: Prediction) -> str:
    return _json({"text": text, **msgspec.to_builtins(prediction)})


def _json(content: Any, indent: int | None = None) -> str:
    encoding = codecs.lookup(sys.stdout.encoding or "ascii").name
    return json.dumps(content, ensure_ascii=encoding != "utf-8", indent=indent)


if __name__ == "__main__":
    sys.exit(main())
