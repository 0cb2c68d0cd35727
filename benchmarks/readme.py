"""The parts of the README that are computed; ``make docs`` puts them in their places."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.record import MEASURED, recorded
from benchmarks.sentences import SENTENCES
from benchmarks.training_scale import ALL_ROWS
from sentiment.model.bundle import Manifest, read_manifest
from sentiment.settings import read_settings
from training.gate import MAX_LABELS_CHANGED
from training.run_records import RUNS

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
    starts = [path.stem for path in sorted(MEASURED.glob("cold_start_*.json"))]
    sentences = [_bundle(french), _predict(french), *(_start(name, french) for name in starts)]
    return _listed([*sentences, _measured(["predict"], french)])


def cloud(french: bool = False) -> str:
    """Return sentences on the deployed package, its cold start, the alerts and the policies."""
    return _listed([_package(french), _alerts(french), _policies(french)])


def tools(french: bool = False) -> str:
    """Return sentences on explanations, files, the page and the contract."""
    names = ["explanation", "score", "page", "contract"]
    sentences = [_explanation(french), _score(french), _page(french), _contract(french)]
    return _listed([*sentences, _measured(names, french)])


def quantization(french: bool = False) -> str:
    """Return why the model is quantised as it is."""
    figures = recorded("quantization")
    fine, coarse = (figures["forms"][name] for name in ("per-channel", "per-tensor"))
    loads = {True: "loads", False: "does not load"}
    return _say(
        "quantization",
        french,
        rows=_number(figures["rows"], ",", french),
        fine_changed=_percent(fine["labels_changed"], 1, french),
        coarse_changed=_percent(coarse["labels_changed"], 1, french),
        allowed=_percent(MAX_LABELS_CHANGED, 0, french),
        fine_accuracy=_number(fine["accuracy"]["value"], ".4f", french),
        coarse_accuracy=_number(coarse["accuracy"]["value"], ".4f", french),
        float_accuracy=_number(figures["float"]["accuracy"]["value"], ".4f", french),
        chosen=_say(figures["chosen"], french),
        fine_loads=_say(loads[fine["tflite_runtime"]["loads"]], french),
        coarse_loads=_say(loads[coarse["tflite_runtime"]["loads"]], french),
        old_milliseconds=_number(coarse["tflite_runtime"]["milliseconds"], ".0f", french),
        milliseconds=_number(fine["milliseconds"], "", french),
    )


def training(french: bool = False) -> str:
    """Return sentences on what training takes."""
    return _listed([_scale(french), _fine_tuning(french), _repeated(french)])


def _scale(french: bool) -> str:
    figures = recorded("training_scale")
    usual, whole = figures["usual"], figures["all"]
    return _say(
        "scale",
        french,
        rows=_number(usual["rows"], ",", french),
        seconds=_number(usual["seconds"], ".0f", french),
        gigabytes=_number(usual["peak_gigabytes"], ".1f", french),
        all_rows=_number(whole["rows"], ",", french),
        all_seconds=_number(whole["seconds"], ".0f", french),
        all_gigabytes=_number(whole["peak_gigabytes"], ".1f", french),
        explored=_explored(figures.get("explored"), french),
    )


def _explored(figures: Mapping[str, float] | None, french: bool) -> str:
    if figures is None:  # as in records that were made before
        return ""
    return _say(
        "explored",
        french,
        seconds=_number(figures["seconds"], ".0f", french),
        gigabytes=_number(figures["peak_gigabytes"], ".1f", french),
    )


def _repeated(french: bool) -> str:
    figures = recorded("repeatability")
    return _say(
        "repeated",
        french,
        rows=_number(figures["rows"], ",", french),
        validation_rows=_number(figures["lstm"]["validation_rows"], ",", french),
        lstm=_number(figures["lstm"]["points"], ".2f", french),
        bert=_number(figures["bert"]["points"], ".2f", french),
    )


def _fine_tuning(french: bool) -> str:
    facts = json.loads((RUNS / "bert" / "run.json").read_text())
    provenance = facts["provenance"]
    rows, epochs = provenance["rows"]["training"], provenance["parameters"]["epochs"]
    rate = rows * epochs / facts["seconds"]
    return _say(
        "fine_tuning",
        french,
        minutes=_number(facts["seconds"] / 60, ".0f", french),
        taught=_say("taught", french) if provenance.get("teacher") else "",
        epochs=_number(epochs, "g", french),
        rows=_number(rows, ",", french),
        rate=_number(rate, ",.0f", french),
        machine=facts["machine"],
        all_rows=_number(ALL_ROWS, ",", french),
        hours=_number(ALL_ROWS / rate / 3600, ".1f", french),
    )


def _bundle(french: bool) -> str:
    size = sum(entry.size for entry in _manifest().files.values()) / 1e6
    return _say("bundle", french, size=_number(size, ".1f", french))


def _predict(french: bool) -> str:
    figures = recorded("predict")
    return _say(
        "predict",
        french,
        p50=_number(figures["milliseconds"]["p50"], ".1f", french),
        p99=_number(figures["milliseconds"]["p99"], ".1f", french),
        requests=_number(figures["requests"], ",", french),
    )


def _start(name: str, french: bool) -> str:
    figures = recorded(name)
    return _say(
        "start",
        french,
        python=figures["python"],
        p50=_number(figures["seconds"]["total"]["p50"], ".2f", french),
        processes=figures["processes"],
    )


def _package(french: bool) -> str:
    figures = recorded("package")
    seconds = figures["seconds_to_first_prediction"]["total"]
    return _say(
        "package",
        french,
        unzipped=_number(figures["bytes"]["unzipped"] / 1e6, ".0f", french),
        zipped=_number(figures["bytes"]["zipped"] / 1e6, ".0f", french),
        p50=_number(seconds["p50"], ".2f", french),
        processes=figures["processes"],
    )


def _alerts(french: bool) -> str:
    figures = recorded("alerts")
    return _say(
        "alerts",
        french,
        bursts=_number(figures["bursts"], ",", french),
        told=_percent(figures["detected"]["value"], 1, french),
        low=_percent(figures["detected"]["low"], 1, french),
        high=_percent(figures["detected"]["high"], 1, french),
        near_misses=_number(figures["near_misses"], ",", french),
        false_alarms=sum(figures["false_alarms"].values()),
    )


def _policies(french: bool) -> str:
    figures = recorded("infrastructure")
    types = figures["types"]
    told = ""
    if types is not None:  # else nobody gave the checker
        problems, unknown = len(types["problems"]), len(types["without_data"])
        told = _say("types", french, problems=problems, unknown=unknown)
    return _say(
        "policies",
        french,
        resources=figures["resources"],
        files=figures["files"],
        answered=len(figures["answered"]),
        types=told,
    )


def _explanation(french: bool) -> str:
    figures = recorded("explanation")
    return _say(
        "explanation",
        french,
        removed=figures["removed_words"],
        rate=_percent(figures["rate"]["value"], 1, french),
        low=_percent(figures["rate"]["low"], 1, french),
        high=_percent(figures["rate"]["high"], 1, french),
        tweets=figures["tweets"],
        tokens=figures["tokens"],
        milliseconds=_number(figures["milliseconds"], ".1f", french),
    )


def _score(french: bool) -> str:
    figures = recorded("score")
    whole = figures["whole_file"]
    compared = figures.get("whole_file_on_one_thread", figures["rates"])
    killed = figures["killed"], figures["killed_with_the_model"]
    return _say(
        "score",
        french,
        tweets=_number(whole["tweets"], ",", french),
        rate=_number(whole["tweets_per_second"], ",.0f", french),
        megabytes=_number(whole["megabytes"], ".0f", french),
        ratio=_percent(compared["ratio"], 0, french),
        compared=_number(compared["tweets"], ",", french),
        kills=sum(each["kills"] for each in killed),
        unlike=sum(each["files_unlike"] for each in killed),
    )


def _page(french: bool) -> str:
    figures = recorded("page")
    scores = figures["lighthouse"]
    return _say(
        "page",
        french,
        decoded=_number(figures["bytes"]["decoded"] / 1e3, ".1f", french),
        sent=_number(figures["bytes"]["sent"] / 1e3, ".1f", french),
        performance=_number(scores["performance"], ".0f", french),
        accessibility=_number(scores["accessibility"], ".0f", french),
        practices=_number(scores["best-practices"], ".0f", french),
    )


def _contract(french: bool) -> str:
    figures = recorded("contract")
    return _say(
        "contract",
        french,
        cases=_number(figures["cases"], ",", french),
        operations=figures["operations"],
        failures=len(figures["failures"]),
    )


def _measured(names: Sequence[str], french: bool) -> str:
    records = [recorded(name) for name in names]
    dates = sorted({each["date"] for each in records})
    machines = sorted({each["machine"] for each in records})
    date = dates[0]
    if len(dates) > 1:
        date = _say("until", french, first=dates[0], last=dates[-1])
    return _say("measured", french, date=date, machine="; ".join(machines))


def _say(name: str, french: bool, **values: object) -> str:
    return SENTENCES[french][name].format(**values)


def _listed(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _manifest() -> Manifest:
    return read_manifest(read_settings({}).bundle)


def _interval(measure: dict[str, float], french: bool) -> str:
    value, low, high = (_number(measure[name], ".3f", french) for name in ("value", "low", "high"))
    return f"{value} ({low} {'à' if french else 'to'} {high})"


def _number(value: float, form: str, french: bool) -> str:
    text = format(value, form)
    return text.replace(",", "\u202f").replace(".", ",") if french else text


def _percent(share: float, digits: int, french: bool) -> str:
    return _number(100 * share, f".{digits}f", french) + (" %" if french else "%")


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
