"""Every long proof, one after the other: ``make prove``, or ``make prove DATA=tweets.csv``.

What trains, or asks about tweets that were labelled, needs the data.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.pythons import ROOT, environment, find_python

_CLOUD_PYTHON = "3.13"
_ALONE = (
    "predict",
    "cold_start",
    "shipped_model",
    "concurrency",
    "registry",
    "feedback_store",
    "infrastructure",
    "alerts",
    "telemetry",
    "score",
    "contract",
    "page",
)
_ON_TWEETS = ("retraining", "explanation", "repeatability")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the proofs with their full counts; end with an error if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, metavar="CSV",
                        help="labelled tweets, with which the proofs of training run"
                        " too")  # fmt: skip
    data: Path | None = parser.parse_args(arguments).data
    if data is not None and not data.is_file():
        parser.error(f"There is no file {data}; name the CSV of labelled tweets.")
    commands = [*_commands(data), *_commands_of_the_cloud()]
    failed = [command for command in commands if not _succeeds(command)]
    if failed:
        raise SystemExit(f"Failed: {', '.join(map(' '.join, failed))}")


def _commands(data: Path | None) -> list[list[str]]:
    alone = [[f"benchmarks.{name}"] for name in _ALONE]
    if data is None:
        print("No --data given: neither training nor the explanations are proved.")
        return alone
    on_tweets = [[f"benchmarks.{name}", "--data", str(data)] for name in _ON_TWEETS]
    return [*alone, *on_tweets, ["benchmarks.training_scale"]]


def _commands_of_the_cloud() -> list[list[str]]:
    cloud = _cloud_python()
    if cloud is None:
        print(
            f"No Python {_CLOUD_PYTHON} found: neither the cold start nor the package is measured."
        )
        return []
    return [["benchmarks.cold_start", "--python", str(cloud)], ["benchmarks.package"]]


def _succeeds(command: list[str]) -> bool:
    print(f"== {' '.join(command)}", flush=True)
    return subprocess.run([sys.executable, "-m", *command]).returncode == 0


def _cloud_python() -> Path | None:
    interpreter = find_python(_CLOUD_PYTHON)
    if interpreter is None:
        return None
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    requirements = [line for line in lines if line and not line.startswith("#")]
    return environment("cold-start", interpreter, requirements)


if __name__ == "__main__":
    main()
