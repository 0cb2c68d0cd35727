"""What the README says of figures, in English and in French; readme.py fills the figures in."""

from __future__ import annotations

from types import MappingProxyType

_ENGLISH = {
    "bundle": "The bundle has {size} MB.",
    "predict": (
        "One tweet through the whole app without a network, one thread: p50 {p50} ms, p99 {p99} ms"
        " ({requests} requests; `python -m benchmarks.predict`)."
    ),
    "start": (
        "Import of the app and its first prediction on Python {python}: p50 {p50} s"
        " ({processes} processes; `python -m benchmarks.cold_start`)."
    ),
    "measured": "Measured {date} on {machine}.",
    "until": "{first} to {last}",
    "quantization": (
        "Of {rows} validation tweets, int8 with one scale for each output unit gives"
        " {fine_changed} another label than the float parent, with one scale for each matrix"
        " {coarse_changed}, where the export gate allows {allowed}; accuracy is {fine_accuracy} and"
        " {coarse_accuracy} (float: {float_accuracy}). So the shipped model is quantised {chosen}."
        " The retired `tflite-runtime` {fine_loads} that and {coarse_loads} the other,"
        " {old_milliseconds} ms a tweet; its successor `ai-edge-litert` takes {milliseconds} ms"
        " (`python -m benchmarks.quantization`)."
    ),
    "loads": "loads",
    "does not load": "cannot load",
    "per-channel": "per-channel",
    "per-tensor": "per-tensor",
    "package": (
        "The package has {unzipped} MB, zipped {zipped} MB; from the start of a process to the"
        " first prediction on Microsoft's engine: p50 {p50} s with telemetry on ({processes}"
        " processes; `python -m benchmarks.package`)."
    ),
    "alerts": (
        "Of {bursts} bursts of negative feedback {told} were told ({low} to {high}), of"
        " {near_misses} near misses {false_alarms}, with late and repeated events"
        " (`python -m benchmarks.alerts`)."
    ),
    "policies": (
        "{resources} resources in {files} files pass checkov's policies or answer them one by one"
        " ({answered} answers; `make policy`){types}."
    ),
    "types": (
        "; their types have {problems} problems by Microsoft's data, which lack {unknown} of them"
    ),
    "explanation": (
        "Explanations: without the {removed} words said to count most the label's probability falls"
        " more than without {removed} random ones in {rate} of {tweets} test tweets ({low} to"
        " {high}); one of a tweet of {tokens} tokens takes {milliseconds} ms"
        " on one thread (`python -m benchmarks.explanation --data CSV`)."
    ),
    "score": (
        "Files: {tweets} tweets at {rate} a second with at most {megabytes} MB of memory; on one"
        " thread {ratio} of the classifier's own rate ({compared} tweets); {kills} kills at random"
        " moments, files that differ: {unlike} (`python -m benchmarks.score`)."
    ),
    "page": (
        "The page: {decoded} kB, {sent} kB as sent; Lighthouse on a phone: performance"
        " {performance}, accessibility {accessibility}, best practices {practices}"
        " (`python -m benchmarks.page`)."
    ),
    "contract": (
        "The contract: {cases} made-up requests to {operations} operations, failures: {failures}"
        " (`python -m benchmarks.contract`)."
    ),
    "scale": (
        "Logistic regression on {rows} made-up tweets took {seconds} s and {gigabytes} GB of"
        " memory, on {all_rows} {all_seconds} s and {all_gigabytes} GB{explored}"
        " (`python -m benchmarks.training_scale`)."
    ),
    "explored": "; exploring them took {seconds} s and {gigabytes} GB",
    "repeated": (
        "Trained twice with the same seed on {rows} tweets, the accuracies of two LSTMs differ by"
        " {lstm} points and those of two BERTs by {bert} on {validation_rows} tweets"
        " (`python -m benchmarks.repeatability --data CSV`)."
    ),
    "fine_tuning": (
        "Fine-tuning BERT, as it ships, took {minutes} minutes{taught} for {epochs} epochs of"
        " {rows} tweets: {rate} tweets a second on {machine}. At that rate an epoch of {all_rows}"
        " takes {hours} h."
    ),
    "taught": " (not counting its teacher's training and answers)",
}

_FRENCH = {
    "bundle": "Le modèle livré pèse {size} Mo.",
    "predict": (
        "Un tweet à travers toute l'application, sans réseau, sur un fil : p50 {p50} ms,"
        " p99 {p99} ms ({requests} requêtes ; `python -m benchmarks.predict`)."
    ),
    "start": (
        "Import de l'application et première prédiction avec Python {python} : p50 {p50} s"
        " ({processes} processus ; `python -m benchmarks.cold_start`)."
    ),
    "measured": "Mesuré le {date} sur {machine}.",
    "until": "{first} au {last}",
    "quantization": (
        "Sur {rows} tweets de validation, l'int8 avec une échelle par unité de sortie donne une"
        " autre étiquette que le parent en flottants dans {fine_changed} des cas, avec une échelle"
        " par matrice dans {coarse_changed} ; le contrôle avant l'export en admet {allowed}."
        " L'exactitude est de {fine_accuracy} et de {coarse_accuracy} (flottants :"
        " {float_accuracy}). Le modèle livré est donc quantifié {chosen}. L'ancien"
        " `tflite-runtime` {fine_loads} la première forme et {coarse_loads} l'autre, en"
        " {old_milliseconds} ms par tweet ; son successeur `ai-edge-litert` met {milliseconds} ms"
        " (`python -m benchmarks.quantization`)."
    ),
    "loads": "charge",
    "does not load": "ne peut pas charger",
    "per-channel": "par unité de sortie",
    "per-tensor": "par matrice",
    "package": (
        "L'archive pèse {unzipped} Mo, compressée {zipped} Mo ; du lancement d'un processus à la"
        " première prédiction sur le moteur de Microsoft : p50 {p50} s avec la télémétrie"
        " ({processes} processus ; `python -m benchmarks.package`)."
    ),
    "alerts": (
        "Sur {bursts} rafales d'avis négatifs, {told} ont été signalées ({low} à {high}) ; sur"
        " {near_misses} presque rafales, {false_alarms}, avec des événements tardifs et répétés"
        " (`python -m benchmarks.alerts`)."
    ),
    "policies": (
        "{resources} ressources dans {files} fichiers suivent les règles de checkov ou y répondent"
        " une à une ({answered} réponses ; `make policy`){types}."
    ),
    "types": (
        " ; leurs types ont {problems} défauts selon les données de Microsoft, où il en manque"
        " {unknown}"
    ),
    "explanation": (
        "Explications : sans les {removed} mots dits les plus influents, la probabilité de"
        " l'étiquette baisse plus que sans {removed} mots au hasard pour {rate} de {tweets} tweets"
        " de test ({low} à {high}) ; celle d'un tweet de {tokens} tokens prend {milliseconds} ms"
        " sur un fil (`python -m benchmarks.explanation --data CSV`)."
    ),
    "score": (
        "Fichiers : {tweets} tweets à {rate} par seconde, {megabytes} Mo de mémoire au plus ; sur"
        " un fil {ratio} du débit du classifieur lui-même ({compared} tweets) ; {kills} arrêts"
        " brutaux au hasard, fichiers différents : {unlike} (`python -m benchmarks.score`)."
    ),
    "page": (
        "La page : {decoded} ko, {sent} ko envoyés ; Lighthouse sur un téléphone : performance"
        " {performance}, accessibilité {accessibility}, bonnes pratiques {practices}"
        " (`python -m benchmarks.page`)."
    ),
    "contract": (
        "Le contrat : {cases} requêtes inventées à {operations} opérations, échecs : {failures}"
        " (`python -m benchmarks.contract`)."
    ),
    "scale": (
        "La régression logistique sur {rows} tweets inventés a pris {seconds} s et {gigabytes} Go"
        " de mémoire, sur {all_rows} {all_seconds} s et {all_gigabytes} Go{explored}"
        " (`python -m benchmarks.training_scale`)."
    ),
    "explored": " ; les explorer a pris {seconds} s et {gigabytes} Go",
    "repeated": (
        "Entraînés deux fois avec la même graine sur {rows} tweets, deux LSTM diffèrent de {lstm}"
        " point d'exactitude et deux BERT de {bert} sur {validation_rows} tweets"
        " (`python -m benchmarks.repeatability --data CSV`)."
    ),
    "fine_tuning": (
        "L'ajustement de BERT, tel qu'il est livré, a pris {minutes} minutes{taught} pour {epochs}"
        " époques de {rows} tweets : {rate} tweets par seconde sur {machine}. À ce rythme, une"
        " époque de {all_rows} prend {hours} h."
    ),
    "taught": " (sans compter l'entraînement du modèle enseignant, ni ses réponses)",
}

SENTENCES = MappingProxyType({False: _ENGLISH, True: _FRENCH})
"""By whether they are in French; each language has the same names with the same figures."""
