from __future__ import annotations

import json

import azure.functions as func
import pytest

from sentiment.api.openapi.endpoint import OpenApiEndpoint


@pytest.mark.parametrize("public", [True, False])
def test_the_document_says_whether_a_key_is_needed(public: bool) -> None:
    request = func.HttpRequest("GET", "/api/openapi.json", body=b"")
    response = OpenApiEndpoint(public).get(request)
    assert response.mimetype == "application/json"
    contract = json.loads(response.get_body())
    assert ("securitySchemes" in contract["components"]) is not public
