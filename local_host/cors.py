"""Cross-origin requests, answered as the Core Tools answer them.

They use ASP.NET Core's policy with any header and any method:
https://learn.microsoft.com/aspnet/core/security/cors
"""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Request, Response


@dataclass(frozen=True)
class Cors:
    """Which pages may call the app from a browser.

    Attributes:
        origins: Such as ``http://localhost:3000``; ``*`` stands for all.
        credentials: Whether these pages may send cookies.
    """

    origins: frozenset[str]
    credentials: bool = False

    def is_preflight(self, request: Request) -> bool:
        """Return whether a browser asks for permission, which the host itself answers."""
        asks = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
        return request.method == "OPTIONS" and asks

    def add_headers(self, request: Request, response: Response) -> None:
        """Let a page of an allowed origin read the response."""
        asked, anyone = request.headers, "*" in self.origins
        origin = asked.get("Origin")
        if origin is None or not (anyone or origin in self.origins):
            return
        response.access_control_allow_origin = "*" if anyone else origin
        response.access_control_allow_credentials = self.credentials
        if not anyone:
            response.vary.add("Origin")
        if self.is_preflight(request):
            method, names = "Access-Control-Request-Method", "Access-Control-Request-Headers"
            response.headers["Access-Control-Allow-Methods"] = asked[method]
            if names in asked:
                response.headers["Access-Control-Allow-Headers"] = asked[names]
