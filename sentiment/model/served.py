"""The model that answers, which another may replace while requests are under way."""

from __future__ import annotations

import logging
from pathlib import Path

from sentiment.model.bundle import BundleError, read_bundle
from sentiment.model.classifier import Classifier

_logger = logging.getLogger(__name__)


class ServedModel:
    """Holds the classifier that answers now, or the reason why there is none.

    Args:
        classifier: The first one, or the error that its bundle raised.
    """

    def __init__(self, classifier: Classifier | BundleError) -> None:
        self._classifier = classifier

    @property
    def version(self) -> str | None:
        """The version that answers now; None where there is no model."""
        classifier = self._classifier
        return None if isinstance(classifier, BundleError) else classifier.manifest.version

    def classifier(self) -> Classifier:
        """Return the classifier that answers now; a request keeps it to its end.

        Raises:
            BundleError: There is no model; the message says why.
        """
        classifier = self._classifier
        if isinstance(classifier, BundleError):
            raise BundleError(str(classifier))
        return classifier

    def swap(self, classifier: Classifier) -> None:
        """Let another classifier answer from now on; requests under way end on theirs."""
        self._classifier = classifier


def load_classifier(folder: Path) -> Classifier | BundleError:
    """Return the classifier of a bundle, or the reason why it cannot be loaded, which is logged."""
    try:
        return Classifier(read_bundle(folder))
    except BundleError as error:
        _logger.error("There is no model in %s: %s", folder.absolute(), error)
        return error
    except Exception as error:
        # Whatever a damaged model does, the app must stay indexed and say so.
        _logger.error("There is no model in %s: %s", folder.absolute(), type(error).__name__)
        return BundleError(f"The bundle cannot be loaded ({type(error).__name__}).")
