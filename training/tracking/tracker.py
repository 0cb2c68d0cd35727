"""What records runs, and never fails them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.tracking.entry import Parameters
from training.tracking.folder import FolderPlace
from training.tracking.interruption import deferred
from training.tracking.origin import Origin
from training.tracking.place import Place, Record, local_store
from training.tracking.redaction import reason, redact
from training.tracking.run import FIGURES_FOLDER, TrackedRun
from training.tracking.store import MlflowPlace, chosen_place, local_place

Say = Callable[[str], None]


class Tracker:
    """Records runs where ``MLFLOW_TRACKING_URI`` says, or else in the local store.

    A server that does not answer is given up after a few seconds; open runs go on in the local
    store, and where that fails in plain files. Each such step is said once. What a living server
    refuses is kept in a file, and that is said, too.

    Args:
        home: The folder for data that outlives the work tree.
        say: Told what went wrong and where the record is.
        places: Where to record, the first that works; by default as described above.
    """

    def __init__(self, home: Path, say: Say, places: Sequence[Place] | None = None) -> None:
        self._aside = FolderPlace(local_store(home).folder / "unrecorded")
        self._places = [*(_places(home) if places is None else places), self._aside]
        self._say = say
        self._failures: list[str] = []
        self._kept: dict[TrackedRun, Record] = {}
        self._loss_said = False

    def start(
        self,
        name: str,
        origin: Origin,
        parameters: Mapping[str, Any],
        known_id: str | None = None,
    ) -> TrackedRun:
        """Start a run.

        Args:
            name: As MLflow shows it.
            origin: What it is made from.
            parameters: What it is made with.
            known_id: MLflow's id of the run if it was started earlier and goes on.
        """
        run = TrackedRun(self, name, known_id=known_id)
        return run.begin([*origin.entries(), Parameters(parameters)])

    def flush(self, run: TrackedRun) -> None:
        """Write what is pending of a run, in the first place that takes it."""
        with deferred():
            while self._places:
                place = self._places[0]
                if all(self._write(each, place) for each in run.lineage()):
                    return
            self._say_loss("no place is left to record it")

    def lose(self, error: Exception) -> None:
        """Tell that something cannot be recorded; it is said once."""
        self._say_loss(reason(error))

    def describe(self, run: TrackedRun) -> str:
        """Return where a run is recorded, as a sentence for people."""
        if run.record is None or not self._places:
            return f"The run {run.name} is not recorded."
        return (
            f"The run {run.name} is recorded in {self._places[0].title};"
            f" its figures are in {run.record.artifacts}/{FIGURES_FOLDER}."
        )

    def uri(self) -> str | None:
        """Return the tracking URI that runs are recorded under, less its secrets; None if none."""
        place = self._places[0] if self._places else None
        return redact(place.uri) if isinstance(place, MlflowPlace) else None

    def _write(self, run: TrackedRun, place: Place) -> bool:
        try:
            run.move_to(place)
        except Exception as error:  # whatever a store, a driver or a proxy may raise
            self._give_up(place, error)
            return False
        self._say_failures(run)
        while run.pending:
            try:
                run.write_next()
            except Exception as error:
                if not place.answers():
                    self._give_up(place, error)
                    return False
                self._keep(run, place, error)
        return True

    def _give_up(self, place: Place, error: Exception) -> None:
        self._places.remove(place)
        self._failures.append(f"{place.title} cannot be used ({reason(error)})")

    def _say_failures(self, run: TrackedRun) -> None:
        if self._failures:
            what = "; ".join(self._failures)
            self._failures.clear()
            self._say(f"warning: {what}. {self.describe(run)} The training goes on.")

    def _keep(self, run: TrackedRun, place: Place, error: Exception) -> None:
        entry = run.pending
        try:
            known = self._kept.get(run)
            record = known or self._aside.open(run.name, None, None)
            self._kept[run] = record
            if entry is not None:
                record.write(entry)
        except OSError as problem:
            self._say_loss(reason(problem))
        else:
            if known is None:
                self._say(
                    f"warning: {place.title} refused a part of the run {run.name}"
                    f" ({reason(error)}); what it refuses is kept in {record.artifacts}."
                )
        run.skip()

    def _say_loss(self, why: str) -> None:
        if not self._loss_said:
            self._loss_said = True
            self._say(
                f"warning: a part of the record of this training is lost ({why}). The training"
                " goes on, and its results are written as usual."
            )


def _places(home: Path) -> list[Place]:
    chosen, store = chosen_place(home, os.environ), local_store(home)
    return [chosen] if chosen.uri == store.uri else [chosen, local_place(store)]
