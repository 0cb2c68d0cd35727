"""``GET /api/model``: the manifest of the model that answers."""

from __future__ import annotations

import azure.functions as func

from sentiment.api.health import Readiness
from sentiment.api.http import json_response


class ModelEndpoint:
    """Describes the model.

    Args:
        readiness: Hands out the model.
    """

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def get(self, _request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``GET /api/model``: the manifest, less what is private."""
        return json_response(self._readiness.classifier().manifest.public())
