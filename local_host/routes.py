"""Route templates in Azure's syntax, matched by werkzeug's map."""

from __future__ import annotations

import re
from collections.abc import Sequence

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, Rule

from local_host.functions import HttpFunction

_PARAMETER = re.compile(r"\{(\*?)([A-Za-z]\w*)\}", re.ASCII)


class _Rest(BaseConverter):
    """What is left of a path, which may be nothing; it comes after every other route."""

    regex = "(?s:.*)"
    weight = 200
    part_isolating = False


class Routes:
    """Finds the function that answers a request; like Azure, it ignores the case of literals."""

    def __init__(self, functions: Sequence[HttpFunction]) -> None:
        rules = [
            Rule(_translate(each.template), methods=each.methods or None, endpoint=each)
            for each in functions
        ]
        self._map = Map(
            rules, strict_slashes=False, merge_slashes=False, converters={"rest": _Rest}
        )
        self._literals = {part.lower() for each in functions for part in each.template.split("/")}

    def find(self, method: str, path: str) -> tuple[HttpFunction | None, dict[str, str]]:
        """Return the function, None where there is none, and the values of the parameters."""
        parts = path.rstrip("/").split("/")
        known = [part.lower() if part.lower() in self._literals else part for part in parts]
        try:
            function, values = self._map.bind("").match("/".join([*known, ""]), method)
        except HTTPException:
            return None, {}
        return function, {name: value.rstrip("/") for name, value in values.items() if value}


def _translate(template: str) -> str:
    if re.search("[{}<>]", _PARAMETER.sub("", template)):
        raise SystemExit(
            f"The route '{template}' cannot be served here: a parameter is {{name}} or {{*name}}."
            " Write it so, or use the Core Tools (`func start`)."
        )
    parts = (part if "{" in part else part.lower() for part in template.split("/"))
    return "/" + _PARAMETER.sub(
        lambda found: f"<{'rest' if found[1] else 'string'}:{found[2]}>", "/".join(parts)
    )
