"""One run, as those who train see it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from training.tracking.entry import (
    Content,
    End,
    Entry,
    File,
    Folder,
    Metrics,
    Parameters,
    Tags,
    flatten,
    now,
)
from training.tracking.place import Place, Record
from training.tracking.pyfunc import Saveable, save_float_model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES_FOLDER = "figures"
MODEL_FOLDER, BUNDLE_FOLDER = "float_model", "bundle"
FINISHED, FAILED, KILLED = "FINISHED", "FAILED", "KILLED"


class Recorder(Protocol):
    """What brings the entries of runs to where they are recorded."""

    def flush(self, run: TrackedRun) -> None:
        """Write what is pending of a run."""

    def lose(self, error: Exception) -> None:
        """Tell that something cannot be recorded."""


class TrackedRun:
    """One run. Use it in a ``with`` statement: leaving it by an exception marks it as failed.

    Every entry is kept in memory until the run has ended, so that a run which began on a server
    that then went away is recorded anew, and whole, elsewhere.
    """

    def __init__(
        self,
        recorder: Recorder,
        name: str,
        parent: TrackedRun | None = None,
        known_id: str | None = None,
    ) -> None:
        self.name = name
        self.parent = parent
        self.record: Record | None = None
        self._known_id = known_id
        self._recorder = recorder
        self._place: Place | None = None
        self._entries: list[Entry] = []
        self._written = 0
        self._ended = False

    @property
    def id(self) -> str | None:
        """MLflow's id of the run; None where no MLflow can be had."""
        return self.record.id if self.record else None

    def report(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics of an epoch; fits where a family's ``Task`` takes a report."""
        self.add(Metrics(dict(flatten(metrics)), epoch, now()))

    def tag(self, **tags: str) -> None:
        """Describe the run."""
        self.add(Tags(tags))

    def figure(self, name: str, figure: Figure) -> None:
        """Record a figure as ``figures/<name>.png``."""
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=100)
        self.add(Content(f"{FIGURES_FOLDER}/{name}.png", buffer.getvalue()))

    def file(self, source: Path, folder: str) -> None:
        """Record a file that stays where it is until the run ends."""
        self.add(File(source, folder))

    def model(self, model: Saveable) -> None:
        """Record a float model so that ``mlflow.pyfunc.load_model`` reads it."""
        with tempfile.TemporaryDirectory(prefix="mlflow-") as scratch:
            saved = Path(scratch) / "model"
            self._folder(MODEL_FOLDER, saved, lambda: save_float_model(model, saved))

    def bundle(self, folder: Path) -> None:
        """Record the bundle in a folder, with which a run can be measured on other tweets later."""
        self._folder(BUNDLE_FOLDER, folder)

    def _folder(self, name: str, source: Path, make: Callable[[], None] = lambda: None) -> None:
        """Record what is in a folder, after making it."""
        try:
            make()
            files = sorted(path for path in source.rglob("*") if path.is_file())
            contents = {path.relative_to(source).as_posix(): path.read_bytes() for path in files}
        except Exception as error:  # a full disk, or whatever a library may raise
            self._recorder.lose(error)
        else:
            self.add(Folder(name, contents))

    def child(self, name: str, parameters: Mapping[str, Any]) -> TrackedRun:
        """Start a run that is part of this one."""
        return TrackedRun(self._recorder, name, self).begin([Parameters(parameters)])

    def begin(self, entries: Sequence[Entry]) -> Self:
        """Record the first entries; return the run."""
        try:
            for entry in entries:
                self.add(entry)
        except BaseException:
            self.end(KILLED)
            raise
        return self

    def finish(self, metrics: Mapping[str, Any], status: str = FINISHED) -> None:
        """Record the final metrics, nested or not, and end.

        A run that is not part of another gets a figure of what it reported, too.
        """
        epochs = {each.step: each.values for each in self._entries if isinstance(each, Metrics)}
        if len(epochs) > 1 and self.parent is None:
            from training.figures import draw_curves

            self.figure("learning_curves", draw_curves(epochs))
        if metrics:
            self.add(Metrics(dict(flatten(metrics)), max(epochs, default=0), now()))
        self.end(status)

    def end(self, status: str) -> None:
        """End the run with a status of MLflow's; nothing happens if it has ended."""
        if not self._ended:
            self._ended = True
            self.add(End(status, now()))

    def add(self, entry: Entry) -> None:
        """Record an entry."""
        self._entries.append(entry)
        self._recorder.flush(self)

    @property
    def pending(self) -> Entry | None:
        """The entry that is to be written next."""
        return self._entries[self._written] if self._written < len(self._entries) else None

    def lineage(self) -> list[TrackedRun]:
        """Return the runs that this one is part of, the outermost first, and itself."""
        return [*(self.parent.lineage() if self.parent else []), self]

    def move_to(self, place: Place) -> None:
        """Open the run in a place unless it is there; all of it is pending then."""
        if self._place is not place:
            above = self.parent.record if self.parent else None
            self.record = place.open(self.name, above, self._known_id)
            self._place, self._written = place, 0

    def write_next(self) -> None:
        """Write the pending entry where the run is."""
        if self.record and self.pending:
            self.record.write(self.pending)
        self.skip()

    def skip(self) -> None:
        """Pass over the pending entry."""
        self._written += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.end(FINISHED)
        else:
            self.end(FAILED if issubclass(kind, Exception) else KILLED)
