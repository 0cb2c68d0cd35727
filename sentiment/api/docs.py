"""``GET /api/docs``: a page that renders the OpenAPI document.

The page is Swagger UI, whose files an installed package brings; nothing of it is imported.
"""

from __future__ import annotations

from sentiment.api.pages import Site

DOCS = Site(
    page="docs.html",
    files={
        "docs.js": "text/javascript",
        "favicon-32x32.png": "image/png",
        "swagger-ui-bundle.js": "text/javascript",
        "swagger-ui.css": "text/css",
    },
    policy={"img-src": "'self' data:"},
    package="flask_swagger_ui",
)
CSP_EXCEPTIONS = ("img-src data:, since Swagger UI's styles hold their icons",)
"""What the page may do besides loading files from its own origin, and why."""
