"""``GET /api/model``: the manifest of the model that answers."""

from __future__ import annotations

import azure.functions as func
import msgspec

from sentiment.api.health import Readiness
from sentiment.api.http import json_response


class ModelEndpoint(msgspec.Struct, frozen=True):
    """Describes the model."""

    readiness: Readiness

    def get(self, _request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``GET /api/model``: the manifest, less what is private."""
        return json_response(self.readiness.classifier().manifest.public())
