"""The parts of the README that are computed; ``make docs`` puts them in their places."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from typing import Any

from benchmarks.record import MEASURED, recorded
from sentiment.bundle import Manifest, read_manifest
from sentiment.settings import read_settings
from training.gate import MAX_LABELS_CHANGED

_TABLE = {
    False: (
        "shipped model (int8)",
        "its float parent",
        "held-out random tweets",
        "the same tweets",
        "| model | on | rows | accuracy (95% interval) | ROC-AUC (95% interval) |",
    ),
    True: (
        "modèle livré (int8)",
        "son parent en flottants",
        "tweets tirés au sort, mis de côté",
        "les mêmes tweets",
        "| modèle | sur | lignes | exactitude (intervalle à 95 %) | AUC ROC (intervalle à 95 %) |",
    ),
}
_SENTENCES = {
    False: (
        "The bundle has {size} MB.",
        "One tweet through the whole app without a network, one thread: p50 {p50} ms, p99 {p99} ms"
        " ({requests} requests; `python -m benchmarks.predict`).",
        "Import of the app and its first prediction on Python {python}: p50 {p50} s"
        " ({processes} processes; `python -m benchmarks.cold_start`).",
        "Measured {date} on {machine}.",
    ),
    True: (
        "Le modèle livré pèse {size} Mo.",
        "Un tweet à travers toute l'application, sans réseau, sur un fil : p50 {p50} ms,"
        " p99 {p99} ms ({requests} requêtes ; `python -m benchmarks.predict`).",
        "Import de l'application et première prédiction avec Python {python} : p50 {p50} s"
        " ({processes} processus ; `python -m benchmarks.cold_start`).",
        "Mesuré le {date} sur {machine}.",
    ),
}

_TWEET = "@airline thank you, what a lovely flight :)"


def answers() -> str:
    """Return a curl for predict and one for feedback with the answers of the real app."""
    predicted, acknowledged = _ask()
    token = predicted["predictions"][0]["prediction_id"]
    feedback = {"prediction_id": token, "verdict": "correct"}
    return "\n".join(
        [
            _curl("predict", {"text": _TWEET}),
            _shown(predicted),
            _curl("feedback", feedback),
            _shown(acknowledged),
        ]
    )


def accuracy(french: bool = False) -> str:
    """Return a table of what the bundle's manifest says about accuracy."""
    manifest = _manifest()
    shipped, parent, held_out, same, head = _TABLE[french]
    rows = [
        (shipped, held_out, manifest.metrics["test"]),
        (parent, same, manifest.metrics["test_float"]),
    ]
    rows += [
        (shipped, name.replace("_", " "), measured)
        for name, measured in manifest.metrics["benchmarks"].items()
    ]
    lines = [head, "|---|---|---|---|---|"]
    lines += [
        f"| {model} | {on} | {_number(measured['rows'], ',', french)}"
        f" | {_interval(measured['accuracy'], french)}"
        f" | {_interval(measured['roc_auc'], french)} |"
        for model, on, measured in rows
    ]
    return "\n".join(lines)


def speed(french: bool = False) -> str:
    """Return sentences on the measured speed and size."""
    predict = recorded("predict")
    starts = [recorded(path.stem) for path in sorted(MEASURED.glob("cold_start_*.json"))]
    size = sum(entry.size for entry in _manifest().files.values()) / 1e6
    bundle, tweet, start, measured = _SENTENCES[french]
    times = predict["milliseconds"]
    lines = [
        bundle.format(size=_number(size, ".1f", french)),
        tweet.format(
            p50=_number(times["p50"], ".1f", french),
            p99=_number(times["p99"], ".1f", french),
            requests=_number(predict["requests"], ",", french),
        ),
        *(
            start.format(
                python=each["python"],
                p50=_number(each["seconds"]["total"]["p50"], ".2f", french),
                processes=each["processes"],
            )
            for each in starts
        ),
        measured.format(date=predict["date"], machine=predict["machine"]),
    ]
    return "\n".join(f"- {line}" for line in lines)


def cloud() -> str:
    """Return sentences on the deployed package, its cold start, the alerts and the policies."""
    sentences = [_package(), _alerts(), _policies()]
    return "\n".join(f"- {sentence}" for sentence in sentences)


def quantization() -> str:
    """Return why the model is quantised as it is."""
    figures = recorded("quantization")
    fine, coarse = (figures["forms"][name] for name in ("per-channel", "per-tensor"))
    old = {True: "loads", False: "cannot load"}
    return (
        f"Of {figures['rows']:,} validation tweets, int8 with one scale for each output unit gives"
        f" {fine['labels_changed']:.1%} another label than the float parent, with one scale for"
        f" each matrix {coarse['labels_changed']:.1%}, where the export gate allows"
        f" {MAX_LABELS_CHANGED:.0%}; accuracy is {fine['accuracy']['value']:.4f} and"
        f" {coarse['accuracy']['value']:.4f} (float: {figures['float']['accuracy']['value']:.4f})."
        f" So the shipped model is quantised {figures['chosen']}. The retired `tflite-runtime`"
        f" {old[fine['tflite_runtime']['loads']]} that and {old[coarse['tflite_runtime']['loads']]}"
        f" the other, {coarse['tflite_runtime']['milliseconds']:.0f} ms a tweet; its successor"
        f" `ai-edge-litert` takes {fine['milliseconds']} ms (`python -m benchmarks.quantization`)."
    )


def _package() -> str:
    figures = recorded("package")
    seconds = figures["seconds_to_first_prediction"]["total"]
    unzipped, zipped = (figures["bytes"][form] / 1e6 for form in ("unzipped", "zipped"))
    return (
        f"The package has {unzipped:.0f} MB, zipped {zipped:.0f} MB; from the start of a process to"
        " the first prediction on Microsoft's engine: p50"
        f" {seconds['p50']:.2f} s with telemetry on ({figures['processes']} processes;"
        " `python -m benchmarks.package`)."
    )


def _alerts() -> str:
    figures = recorded("alerts")
    told = figures["detected"]
    return (
        f"Of {figures['bursts']:,} bursts of negative feedback {told['value']:.1%} were told"
        f" ({told['low']:.1%} to {told['high']:.1%}), of {figures['near_misses']:,} near misses"
        f" {sum(figures['false_alarms'].values())}, with late and repeated events"
        " (`python -m benchmarks.alerts`)."
    )


def _policies() -> str:
    figures = recorded("infrastructure")
    return (
        f"{figures['resources']} resources in {figures['files']} files pass checkov's policies or"
        f" answer them one by one ({len(figures['answered'])} answers; `make policy`)"
        f"{_types(figures)}."
    )


def _types(figures: Mapping[str, Any]) -> str:
    types = figures["types"]
    if types is None:
        return ""
    return (
        f"; their types have {len(types['problems'])} problems by Microsoft's data, which lack"
        f" {len(types['without_data'])} of them"
    )


def _manifest() -> Manifest:
    return read_manifest(read_settings({}).bundle)


def _interval(measure: dict[str, float], french: bool) -> str:
    value, low, high = (_number(measure[name], ".3f", french) for name in ("value", "low", "high"))
    return f"{value} ({low} {'à' if french else 'to'} {high})"


def _number(value: float, form: str, french: bool) -> str:
    text = format(value, form)
    return text.replace(",", "\u202f").replace(".", ",") if french else text


def _ask() -> tuple[dict[str, Any], dict[str, Any]]:
    import azure.functions as func

    with tempfile.TemporaryDirectory() as home:
        os.environ["SENTIMENT_HOME"] = home
        import function_app
        from local_host.context import invocation

        context = invocation("readme")

        def post(function: Any, content: object) -> dict[str, Any]:
            request = func.HttpRequest(
                method="POST",
                url="/",
                headers={"content-type": "application/json"},
                body=json.dumps(content).encode(),
            )
            answer: dict[str, Any] = json.loads(function(request, context).get_body())
            return answer

        predicted = post(function_app.predict, {"text": _TWEET})
        token = predicted["predictions"][0]["prediction_id"]
        feedback = {"prediction_id": token, "verdict": "correct"}
        return predicted, post(function_app.feedback, feedback)


def _curl(route: str, content: dict[str, str]) -> str:
    body = json.dumps(_shortened(content), ensure_ascii=False).replace("'", "'\\''")
    return (
        f"$ curl -s http://localhost:7071/api/{route} -H 'Content-Type: application/json' \\\n"
        f"    -d '{body}'"
    )


def _shown(answer: dict[str, Any]) -> str:
    return json.dumps(_shortened(answer), ensure_ascii=False, separators=(",", ":"))


def _shortened(content: Any) -> Any:
    """Replace ids, which differ from call to call, by three dots; round what differs a little.

    Processors add up int8 products in other orders, so that later digits are not the same on all.
    """
    if isinstance(content, dict):
        return {
            key: "..." if key in {"prediction_id", "feedback_id"} else _shortened(value)
            for key, value in content.items()
        }
    if isinstance(content, list):
        return [_shortened(item) for item in content]
    if isinstance(content, float):
        return round(content, 2)
    return content
