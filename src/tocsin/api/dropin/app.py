"""Every drop-in API of one process, and which paths at the root of the server are theirs."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from tocsin.api.busy import answer_directly
from tocsin.api.dropin.healthchecks import HealthchecksRoutes
from tocsin.api.dropin.kuma import KumaRoutes
from tocsin.api.errors import body, respond
from tocsin.api.heartbeats import Pings

_OWN = re.compile(
    r"/(?:"
    r"ping/"  # Healthchecks, as its own servers have it
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?:/|$)"  # Healthchecks: a check's UUID
    r"|il1[0-9a-z]{40,}/"  # Healthchecks: a ping key, which is a key of ours, and a slug
    r"|api/push/"  # Uptime Kuma
    r")"
)
"""No page and no resource of ours has such a path; a test holds this against every one of them."""


class DropIn:
    """An ASGI application for the paths that it owns."""

    def __init__(self, pings: Pings) -> None:
        self.routes: tuple[BaseRoute, ...] = (
            *KumaRoutes(pings).routes(),
            *HealthchecksRoutes(pings).routes(),
        )

    def owns(self, path: str) -> bool:
        """Whether a path belongs to a drop-in API, known or not."""
        return _OWN.match(path) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        status, code = 404, "NOT_FOUND"
        for route in self.routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                await answer_directly(scope, receive, send)
                return
            if match is Match.PARTIAL:
                status, code = 405, "METHOD_NOT_ALLOWED"
        path = Request(scope).url.path
        answer = respond(body(status, f"nothing of another product's API answers {path}", code), status)
        await answer(scope, receive, send)
