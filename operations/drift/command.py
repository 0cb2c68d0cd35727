"""The command ``python -m training monitor``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import UNSET

from operations.drift.limits import LEAST_EVENTS, MOST_NEGATIVE, Limits
from operations.drift.observed import Observed, observe, read_lines
from operations.drift.period import DEFAULT_DAYS, Period, read_period
from operations.registry import open_registry
from sentiment.files import check_target
from sentiment.model.bundle import Manifest, read_manifest
from sentiment.model.reference import Reference
from sentiment.settings import data_home

DEFAULT_BUNDLE = Path("model_artifacts")


class MonitorError(ValueError):
    """There is nothing to compare, or to compare with; the message says what to do."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line of ``training``."""
    parser = commands.add_parser(
        "monitor",
        help="tell whether what the model sees and says has drifted",
        description="Compare the events of a period with the reference that training put into the"
        " bundle's manifest: share of positive, confidence, length and unknown-token rate, each"
        " with its population stability index (PSI), and the rate of negative feedback with its"
        " 95% interval. A PSI below 0.1 is steady, from 0.25 on drifted, moving between them;"
        " where few events make a larger PSI likely by chance alone, steady reaches up to that"
        " level. Only events of the bundle's version are compared.",
        epilog="exit code: 0 no drift, 2 drift, 1 an error or too few predictions to tell."
        " examples: python -m training monitor --days 7 --output drift.html; python -m training"
        " monitor --since 2026-03-01 --until 2026-03-08 --workspace"
        " 00000000-0000-0000-0000-000000000000",
    )
    parser.add_argument("--since", metavar="TIME",
                        help="begin of the period: an ISO date or time, UTC unless it names a zone;"
                        " a date means its midnight")  # fmt: skip
    parser.add_argument("--until", metavar="TIME",
                        help="end of the period, itself not included (default: now)")  # fmt: skip
    parser.add_argument("--days", type=float,
                        help="days before the end at which the period begins, in place of --since"
                        f" (default: {DEFAULT_DAYS:g})")  # fmt: skip
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE,
                        help="folder of the bundle that is served"
                        " (default: %(default)s)")  # fmt: skip
    parser.add_argument("--registry", action="store_true",
                        help="take the registry's current version in place of --bundle, if one"
                        " was published")  # fmt: skip
    sources = parser.add_mutually_exclusive_group()
    sources.add_argument("--events", type=Path, metavar="FOLDER",
                         help="folder of JSON lines"
                         " (default: events in SENTIMENT_HOME)")  # fmt: skip
    sources.add_argument("--workspace", metavar="ID",
                         help="read a Log Analytics workspace instead; sign in with"
                         " `az login`")  # fmt: skip
    parser.add_argument("--most-negative", type=float, metavar="RATE", default=MOST_NEGATIVE,
                        help="rate of negative feedback that is still good; the whole interval"
                        " above it is an alarm (default: %(default)s)")  # fmt: skip
    parser.add_argument("--least-events", type=int, metavar="COUNT", default=LEAST_EVENTS,
                        help="predictions below which distributions are not judged"
                        " (default: %(default)s)")  # fmt: skip
    parser.add_argument("--output", type=Path,
                        help="also write an HTML report with figures; replaced if it is"
                        " there")  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare, tell and return the exit code.

    Raises:
        PeriodError: The period cannot be used.
        BundleError: The bundle's manifest cannot be read, or is not the one that was promoted.
        RegistryError: No registry is configured, or it cannot be read.
        MonitorError: The bundle has no reference, there is no folder of events, or the period has
            no event of the bundle's version.
        WorkspaceError: The workspace cannot be read.
        ReportError: The report cannot be written; what stood there is as it was.
        OSError: The events cannot be read, or the report has no folder.
    """
    # SciPy and Matplotlib take a second to import, which "--help" need not wait for.
    from operations.drift.findings import compare
    from operations.drift.words import tell

    if options.output is not None:
        check_target(options.output)
    limits = Limits(options.most_negative, options.least_events)
    now = datetime.now(UTC)
    period = read_period(options.since, options.until, options.days, now)
    manifest = _manifest(options)
    reference = _reference(manifest, options.bundle)
    observed = observe(_events(options, period), period, manifest.version)
    _check_any(observed, manifest, period)
    findings = compare(manifest.version, reference, observed, period, limits)
    print(tell(findings), flush=True)
    if options.output is not None:
        from operations.drift.report import render_report
        from operations.report.page import write_report

        write_report(options.output, render_report(findings, now.replace(microsecond=0)))
        print(f"Wrote {options.output}", flush=True)
    return findings.code


def _manifest(options: argparse.Namespace) -> Manifest:
    if options.registry:
        registry = open_registry()
        current = registry.pointer().pointer.current
        if current is not None:
            return registry.checked_manifest(current.version, current.manifest_sha256)
    return read_manifest(options.bundle)


def _reference(manifest: Manifest, folder: Path) -> Reference:
    if manifest.reference is UNSET:
        raise MonitorError(
            f"The bundle {manifest.version} in {folder} has no reference to compare with: it was"
            " trained before references were recorded. Train it again, or give --bundle another."
        )
    return manifest.reference


def _events(options: argparse.Namespace, period: Period) -> Iterable[object]:
    if options.workspace is not None:
        from operations.drift.workspace import make_client, read_workspace

        return read_workspace(make_client(), options.workspace, period)
    folder: Path = options.events or data_home() / "events"
    if not folder.is_dir():
        raise MonitorError(f"There is no folder {folder} with events; give --events another.")
    return read_lines(folder, period)


def _check_any(observed: Observed, manifest: Manifest, period: Period) -> None:
    if observed.predictions or observed.verdicts:
        return
    from operations.drift.words import tell_malformed, tell_others

    told = [f"There is no event of the model {manifest.version} from {period}."]
    if observed.others:
        told.append(tell_others(observed.others))
    if observed.malformed:
        told.append(tell_malformed(observed.malformed))
    raise MonitorError(" ".join(told))
