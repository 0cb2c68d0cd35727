"""``compare``: the results of all runs and the model card, written or checked."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from operations.registry import DEFAULT_BUNDLE
from sentiment.files import replace_file
from sentiment.model.bundle import BundleError, Manifest, read_bundle, read_manifest
from sentiment.model.classifier import Classifier
from training.run_records import (
    FLOAT,
    RUNS,
    SHIPPED,
    EvaluationSet,
    RunMetadata,
    RunRecord,
    RunRecordError,
    load_records,
    read_sets,
    save_record,
)

_logger = logging.getLogger(__name__)


class StaleError(ValueError):
    """Documents differ from what would be written; the message names them."""


def compare(
    *,
    runs: Path = RUNS,
    output: Path = Path("docs"),
    bundle: Path = DEFAULT_BUNDLE,
    benchmark: Sequence[Path] = (),
    check: bool = False,
) -> int:
    """Compare the recorded runs, and write the results page and the model card.

    No corpus, model or tweet is needed, unless a set is to be added.

    Args:
        runs: Folder of the records.
        output: Folder of the documents.
        bundle: Folder of the bundle that the card describes.
        benchmark: Human-labelled CSV, may be repeated; runs that were not measured on it are, with
            the models that MLflow keeps, and their records hold it from then on.
        check: Write nothing; fail where a document would change.

    Returns:
        1 where a run could not be measured on a set, else 0.

    Raises:
        RunRecordError: The records cannot be read or compared.
        CorpusError: A file of labelled tweets cannot be used.
        BundleError: The bundle's manifest cannot be read.
        StaleError: With ``check``, a document is not what would be written.
        OSError: A file cannot be written.
    """
    manifest = read_manifest(bundle)
    failures = add_sets(runs, read_sets(benchmark)) if benchmark else []
    records = load_records(runs)
    if not records:
        raise RunRecordError(
            f"No run is recorded in {runs}. Train a model first: python -m training train --help"
        )
    documents = make_documents(records, manifest)
    if check:
        check_documents(output, documents)
        print(f"{len(documents)} files in {output} are what the records give")
        return 0
    for name, content in documents.items():
        target = output / name
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, content)
    print(f"Wrote {', '.join(documents)} to {output}")
    for failure in failures:
        _logger.error("%s", failure)
    return 1 if failures else 0


def make_documents(records: Sequence[RunRecord], manifest: Manifest) -> dict[str, bytes]:
    """Return every document by its path below the folder of documents.

    The card is one of them if the run that made the bundle is recorded.
    """
    # Matplotlib takes a second to import, which "--help" need not wait for.
    from training.compare import pages
    from training.compare.comparison import compare_runs

    comparison = compare_runs(records)
    documents = {
        pages.RESULTS: pages.write_results(comparison),
        pages.FIGURE: pages.draw_accuracy(comparison),
    }
    entry = comparison.find(manifest.version)
    if entry is None:
        _logger.warning("No card is written: no record is that of the bundle %s.", manifest.version)
    else:
        documents[pages.CARD] = pages.write_card(manifest, comparison, entry)
    return documents


def check_documents(folder: Path, documents: Mapping[str, bytes]) -> None:
    """Compare documents with what is on disk.

    Raises:
        StaleError: Some differ or are missing.
    """
    stale = [
        name
        for name, content in documents.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]
    if stale:
        raise StaleError(
            f"Not what the records give: {', '.join(stale)} in {folder}."
            " Write them anew: python -m training compare"
        )


def add_sets(folder: Path, sets: Sequence[EvaluationSet]) -> list[RunRecordError]:
    """Measure recorded runs on the sets that they lack, and keep that in their records.

    Args:
        folder: Of the records.
        sets: With their texts.

    Returns:
        Why some runs could not be measured: MLflow does not keep their models.

    Raises:
        RunRecordError: A run was measured on other rows under the name of a set.
        OSError: A record cannot be written; it is as it was.
    """
    failures = []
    records = load_records(folder)
    lacking = [_lacking(record, sets) for record in records]
    for record, missing in zip(records, lacking, strict=True):
        if not missing:
            continue
        _logger.info("Measuring %s on %s", record.name, ", ".join(each.name for each in missing))
        try:
            save_record(_measure(record, missing), folder)
        except RunRecordError as error:
            failures.append(error)
    return failures


def _lacking(record: RunRecord, sets: Sequence[EvaluationSet]) -> list[EvaluationSet]:
    for members in sets:
        known = record.sets.get(members.name)
        if known is not None and known.digest != members.digest:
            raise RunRecordError(
                f"The run {record.name} was measured on other rows of the name {members.name};"
                " rename the file."
            )
    return [members for members in sets if members.name not in record.sets]


def _measure(record: RunRecord, sets: Sequence[EvaluationSet]) -> RunRecord:
    from training.mlflow_runs import MlflowError, download_models
    from training.models.catalog import FAMILIES

    try:
        metadata = msgspec.convert(record.metadata, RunMetadata)
        run_id = metadata.provenance.mlflow_run_id
        if run_id is None:
            raise MlflowError("it was not logged")
        with tempfile.TemporaryDirectory(prefix="models-") as scratch:
            float_model, bundle = download_models(run_id, Path(scratch))
            shipped = Classifier(read_bundle(bundle))
            if shipped.manifest.version != metadata.version:
                raise MlflowError(f"its run holds {shipped.manifest.version}")
            parent = FAMILIES[metadata.family].load(float_model)
            logits = {
                each.name: {FLOAT: parent.logits(each.texts), SHIPPED: shipped.logits(each.texts)}
                for each in sets
            }
    except (BundleError, ValueError, KeyError, OSError, msgspec.ValidationError) as error:
        raise RunRecordError(
            f"The models of the run {record.name} cannot be had from MLflow ({error}), so that it"
            " cannot be measured on another set. Point MLFLOW_TRACKING_URI to where it was logged,"
            " or train it again with --benchmark."
        ) from error
    added = {members.name: members for members in sets}
    return replace(record, logits={**record.logits, **logits}, sets={**record.sets, **added})
