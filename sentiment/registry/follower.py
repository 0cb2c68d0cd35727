"""Keeps the served model the one that the registry's pointer names, off the critical path.

How a promoted model comes to be served:

1. A request calls ``check_soon``. Unless a check is under way or the interval has not passed, a
   timer is started; the request goes on at once.
2. The timer's thread reads the pointer, on condition that its ETag is not the one seen last.
3. Unchanged: the status found for that ETag stands. Absent or without a promotion: "empty".
4. It names the version that is served: "current".
5. It names another: the bundle is downloaded and verified against the hash in the pointer, loaded,
   written to the cache for the next start, and swapped in: "current". A bundle that does not verify
   or load is "refused", and the model before goes on serving.
6. Storage that fails is "unreachable": the ETag is not remembered, and the next check tries again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.files import make_private
from sentiment.model.bundle import Bundle, BundleError, write_bundle
from sentiment.model.classifier import Classifier
from sentiment.model.served import ServedModel
from sentiment.registry import RegistryError, RegistryStatus
from sentiment.registry.pointer import Promotion
from sentiment.settings import REFRESH_SECONDS
from sentiment.storage import StorageError
from sentiment.telemetry.events import EventSink, ModelEvent, RegistryEvent

if TYPE_CHECKING:
    from sentiment.registry.registry import Registry

DELAY_SECONDS = 0.25
"""Between a request and the check that it sets off, so that its answer is out before."""

_logger = logging.getLogger(__name__)
_EMPTY = RegistryStatus("empty", "No version is promoted yet.")


class Follower:
    """Reads the pointer now and then, and swaps in the bundle that it names.

    Args:
        connect: Returns the registry; called in the background, where its imports cost nothing.
        model: The served model, which is swapped.
        cache: The folder that keeps the bundle last fetched, for the next start.
        events: Gets an event when the status changes and when a model is swapped in.
        interval: Seconds between two checks of the pointer.
        delay: Seconds between a request and the check that it sets off.
    """

    def __init__(
        self,
        connect: Callable[[], Registry],
        model: ServedModel,
        cache: Path,
        events: EventSink,
        interval: float = REFRESH_SECONDS,
        delay: float = DELAY_SECONDS,
    ) -> None:
        self._connect, self._model = connect, model
        self._cache, self._events = cache, events
        self._interval, self._delay = interval, delay
        self._lock = threading.Lock()
        self._due = 0.0
        self._checking = False
        self._registry: Registry | None = None
        self._etag: str | None = None
        self._found = _EMPTY  # what became of the pointer with that ETag
        self._status = RegistryStatus("unchecked")

    @property
    def status(self) -> RegistryStatus:
        """How the served model stood to the registry when it was last asked."""
        return self._status

    def check_soon(self) -> None:
        """Check the registry soon, in the background, if the interval has passed; never waits."""
        with self._lock:
            if self._checking or time.monotonic() < self._due:
                return
            self._checking = True
        timer = threading.Timer(self._delay, self._check_in_background)
        timer.daemon = True
        timer.start()

    def check(self) -> RegistryStatus:
        """Read the pointer, fetch and swap in a model if another is promoted; never raises."""
        try:
            status = self._follow()
        except (RegistryError, StorageError) as error:
            status = RegistryStatus("unreachable", str(error))
        except Exception as error:  # whatever a library does, the model that serves goes on
            status = RegistryStatus("unreachable", f"An unexpected {type(error).__name__}.")
        self._report(status)
        return status

    def _check_in_background(self) -> None:
        try:
            self.check()
        finally:
            with self._lock:
                self._due = time.monotonic() + self._interval
                self._checking = False

    def _follow(self) -> RegistryStatus:
        if self._registry is None:
            self._registry = self._connect()
        found = self._registry.pointer_unless(self._etag)
        if found is None:
            return self._found
        promoted = found.pointer.current
        if promoted is None:
            return _EMPTY
        status = RegistryStatus("current")
        if promoted.version != self._model.version:
            try:
                self._fetch(self._registry, promoted)
            except BundleError as error:
                status = RegistryStatus("refused", f"{promoted.version}: {error}")
        # A version never changes: what became of it need not be found out again.
        self._etag, self._found = found.etag, status
        return status

    def _fetch(self, registry: Registry, promoted: Promotion) -> None:
        bundle = registry.download(promoted.version, promoted.manifest_sha256)
        classifier = Classifier(bundle)
        self._keep(bundle)
        previous = self._model.version
        self._model.swap(classifier)
        self._events.emit(ModelEvent(previous=previous, model_version=promoted.version))

    def _keep(self, bundle: Bundle) -> None:
        """Write the bundle to the cache; without it the next start only fetches again."""
        try:
            make_private(self._cache.parent)
            write_bundle(self._cache, bundle.manifest, bundle.contents)
        except (OSError, BundleError) as error:
            _logger.warning("The fetched bundle cannot be cached: %s.", type(error).__name__)

    def _report(self, status: RegistryStatus) -> None:
        if status != self._status:
            self._status = status
            log = _logger.info if status.state == "current" else _logger.warning
            log("The registry is %s. %s", status.state, status.detail)
            self._events.emit(
                RegistryEvent(state=status.state, detail=status.detail, serving=self._model.version)
            )
