"""``GET /api/openapi.json``: the contract, made when it is first asked for."""

from __future__ import annotations

from functools import cached_property

import azure.functions as func

from sentiment.api.pages import Page


class OpenApiEndpoint:
    """Serves the OpenAPI document.

    Args:
        public: Whether predict and feedback need no key.
    """

    def __init__(self, public: bool) -> None:
        self._public = public

    def get(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answer ``GET /api/openapi.json``."""
        return self._page.respond(request)

    @cached_property
    def _page(self) -> Page:
        from sentiment.api.openapi.document import document  # slow: a cold start has no use for it

        return Page(document(self._public), "application/json")
