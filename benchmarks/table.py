"""How good and how fast the shipped model is: the table that cog puts into README.md."""

from __future__ import annotations

from benchmarks.record import MEASURED, recorded
from operations.statistics import Estimate
from sentiment.model.bundle import read_manifest
from sentiment.settings import read_settings

_LABELLED_BY_PEOPLE = "docs/results.md#labelled-by-people"


def print_table() -> None:
    """Print the table in Markdown, from the bundle's manifest and ``docs/measured``."""
    rows = [*_quality(), *_speed(), ("measured", _machines())]
    lines = ["| shipped model | |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows)]
    print("\n".join(lines))


def _quality() -> list[tuple[str, str]]:
    manifest = read_manifest(read_settings({}).bundle)
    test, people = manifest.metrics["test"], manifest.metrics["benchmarks"].values()
    accuracies = [measured["accuracy"]["value"] for measured in people]
    count = sum(measured["rows"] for measured in people)
    size = sum(file.size for file in manifest.files.values())
    return [
        (
            f"accuracy on {test['rows']:,} held-out tweets, labelled by their emoticons",
            f"{Estimate.of(test['accuracy']):.3f}",
        ),
        ("ROC-AUC on the same tweets", f"{Estimate.of(test['roc_auc']):.3f}"),
        (
            f"accuracy on {len(accuracies)} [sets labelled by people]({_LABELLED_BY_PEOPLE}),"
            f" {count:,} tweets",
            f"{min(accuracies):.3f} to {max(accuracies):.3f}",
        ),
        ("size of the bundle", f"{size / 1e6:.1f} MB"),
    ]


def _speed() -> list[tuple[str, str]]:
    predicted, scored = recorded("predict"), recorded("score")["whole_file"]
    milliseconds = predicted["milliseconds"]
    package, trained = recorded("package")["bytes"], recorded("training_scale")["all"]
    starts = [recorded(path.stem) for path in sorted(MEASURED.glob("cold_start_*.json"))]
    return [
        (
            f"one tweet through the app, one thread, {predicted['requests']:,} requests"
            " (`python -m benchmarks.predict`)",
            f"p50 {milliseconds['p50']:.1f} ms, p99 {milliseconds['p99']:.1f} ms",
        ),
        (
            f"import and first prediction, {starts[0]['processes']} processes each"
            " (`python -m benchmarks.cold_start`)",
            ", ".join(
                f"p50 {start['seconds']['total']['p50']:.2f} s on Python {start['python']}"
                for start in starts
            ),
        ),
        (
            f"scoring a file of {scored['tweets']:,} tweets (`python -m benchmarks.score`)",
            f"{scored['tweets_per_second']:,.0f} tweets a second, {scored['megabytes']:.0f} MB",
        ),
        (
            "deployed package (`python -m benchmarks.package`)",
            f"{package['unzipped'] / 1e6:.0f} MB, zipped {package['zipped'] / 1e6:.0f} MB",
        ),
        (
            f"training logistic regression on {trained['rows']:,} made-up tweets"
            " (`python -m benchmarks.training_scale`)",
            f"{trained['seconds']:.0f} s, {trained['peak_gigabytes']:.1f} GB",
        ),
    ]


def _machines() -> str:
    starts = [path.stem for path in MEASURED.glob("cold_start_*.json")]
    records = [
        recorded(name) for name in ("predict", "score", "package", "training_scale", *starts)
    ]
    dates = sorted({each["date"] for each in records})
    machines = sorted({each["machine"] for each in records})
    return f"{' to '.join(dict.fromkeys((dates[0], dates[-1])))} on {'; '.join(machines)}"
