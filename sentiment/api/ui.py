"""``GET /api/ui``: the web page, whose files are a fixed table, none with inline code."""

from __future__ import annotations

from sentiment.api.pages import Site

_SCRIPTS = (
    "api.js",
    "app.js",
    "card.js",
    "csv.js",
    "dom.js",
    "i18n.js",
    "key.js",
    "translations.js",
    "words.js",
)
UI = Site(
    page="index.html",
    files={
        **dict.fromkeys(_SCRIPTS, "text/javascript"),
        "icon.svg": "image/svg+xml",
        "style.css": "text/css",
    },
    policy={"require-trusted-types-for": "'script'", "trusted-types": "'none'"},
)
