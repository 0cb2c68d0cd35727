"""Keeps the served model the one that the registry's pointer names, off the critical path."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.api.schemas import RegistryStatus
from sentiment.model.bundle import Bundle, BundleError, write_bundle
from sentiment.model.classifier import Classifier
from sentiment.registry import RegistryError
from sentiment.registry.pointer import Promotion
from sentiment.settings import REFRESH_SECONDS, make_private
from sentiment.storage import StorageError
from sentiment.telemetry.events import EventSink

if TYPE_CHECKING:
    from sentiment.registry.registry import Registry

DELAY_SECONDS = 0.25
"""Between a request and the check that it sets off, so that its answer is out before."""

_logger = logging.getLogger("sentiment.registry")


_EMPTY = RegistryStatus("empty", "No version is promoted yet.")


class Follower:
    """Reads the pointer now and then, and swaps in the bundle that it names.

    Args:
        connect: Returns the registry; called in the background, where its imports cost nothing.
        serving: Returns the version that is served now, or None where there is no model.
        swap: Lets another model serve.
        cache: The folder that keeps the bundle last fetched, for the next start.
        events: Told when the status changes and when a model is swapped in.
        interval: Seconds between two looks at the pointer.
        delay: Seconds between a request and the check that it sets off.
    """

    def __init__(
        self,
        connect: Callable[[], Registry],
        serving: Callable[[], str | None],
        swap: Callable[[Classifier], None],
        cache: Path,
        events: EventSink,
        interval: float = REFRESH_SECONDS,
        delay: float = DELAY_SECONDS,
    ) -> None:
        self._connect, self._serving, self._swap = connect, serving, swap
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

    def nudge(self) -> None:
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
        self._tell(status)
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
        if promoted.version != self._serving():
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
        before = self._serving()
        self._swap(classifier)
        self._events.emit("model", {"from": before, "model_version": promoted.version})

    def _keep(self, bundle: Bundle) -> None:
        """Write the bundle to the cache; without it the next start only fetches again."""
        try:
            make_private(self._cache.parent)
            write_bundle(self._cache, bundle.manifest, bundle.contents)
        except (OSError, BundleError) as error:
            _logger.warning("The fetched bundle cannot be cached: %s.", type(error).__name__)

    def _tell(self, status: RegistryStatus) -> None:
        if status != self._status:
            self._status = status
            log = _logger.info if status.state == "current" else _logger.warning
            log("The registry is %s. %s", status.state, status.detail)
            values = {"state": status.state, "detail": status.detail, "serving": self._serving()}
            self._events.emit("registry", values)
