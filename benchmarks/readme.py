"""The parts of the README that are computed; ``make docs`` puts them in their places."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any

from benchmarks.record import MEASURED, recorded
from sentiment.bundle import Manifest, read_manifest
from sentiment.settings import read_settings
from training.gate import MAX_LABELS_CHANGED

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


def accuracy() -> str:
    """Return a table of what the bundle's manifest says about accuracy."""
    manifest = _manifest()
    rows = [
        ("shipped model (int8)", "held-out random tweets", manifest.metrics["test"]),
        ("its float parent", "the same tweets", manifest.metrics["test_float"]),
    ]
    rows += [
        ("shipped model (int8)", name.replace("_", " "), measured)
        for name, measured in manifest.metrics["benchmarks"].items()
    ]
    lines = ["| model | on | rows | accuracy (95% interval) | ROC-AUC (95% interval) |"]
    lines.append("|---|---|---|---|---|")
    lines += [
        f"| {model} | {on} | {measured['rows']:,} | {_interval(measured['accuracy'])}"
        f" | {_interval(measured['roc_auc'])} |"
        for model, on, measured in rows
    ]
    return "\n".join(lines)


def speed() -> str:
    """Return sentences on the measured speed and size."""
    predict = recorded("predict")
    starts = [recorded(path.stem) for path in sorted(MEASURED.glob("cold_start_*.json"))]
    size = sum(entry.size for entry in _manifest().files.values()) / 1e6
    return "\n".join(
        [
            f"- The bundle has {size:.1f} MB.",
            f"- One tweet through the whole app without a network, one thread: p50"
            f" {predict['milliseconds']['p50']} ms, p99 {predict['milliseconds']['p99']} ms"
            f" ({predict['requests']:,} requests; `.venv/bin/python -m benchmarks.predict`).",
            *(
                f"- Import of the app and its first prediction on Python {start['python']}: p50"
                f" {start['seconds']['total']['p50']} s ({start['processes']} processes;"
                " `.venv/bin/python -m benchmarks.cold_start`)."
                for start in starts
            ),
            f"- Measured {predict['date']} on {predict['machine']}.",
        ]
    )


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


def _manifest() -> Manifest:
    return read_manifest(read_settings({}).bundle)


def _interval(measure: dict[str, float]) -> str:
    return f"{measure['value']:.3f} ({measure['low']:.3f} to {measure['high']:.3f})"


def _ask() -> tuple[dict[str, Any], dict[str, Any]]:
    import azure.functions as func

    with tempfile.TemporaryDirectory() as home:
        os.environ["SENTIMENT_HOME"] = home
        import function_app

        def post(function: Any, content: object) -> dict[str, Any]:
            request = func.HttpRequest(
                method="POST",
                url="/",
                headers={"content-type": "application/json"},
                body=json.dumps(content).encode(),
            )
            answer: dict[str, Any] = json.loads(function(request).get_body())
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
