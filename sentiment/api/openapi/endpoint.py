"""``GET /api/openapi.json``: the contract, made when it is first asked for."""

from __future__ import annotations

from functools import cached_property

import azure.functions as func
import msgspec

from sentiment.api.pages import Page


class OpenApiEndpoint(msgspec.Struct, frozen=True, dict=True):
    """Serves the OpenAPI document.

    Attributes:
        public: Whether predict and feedback need no key.
    """

    public: bool

    def get(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``GET /api/openapi.json``."""
        return self._page.respond(request)

    @cached_property
    def _page(self) -> Page:
        from sentiment.api.openapi.document import document  # slow: a cold start has no use for it

        return Page(document(self.public), "application/json")
