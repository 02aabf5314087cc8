"""Alertmanager's own API at `/api/v2/alerts`, so that Prometheus can send to us without an Alertmanager.

The key is the password of basic auth (whatever the user name), a bearer token, or `?key=`.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin.api.dropin.intake import Door, credentials
from tocsin.api.errors import respond
from tocsin.api.routing import RawRoute, read_body
from tocsin.integrations.dropin import ALERTMANAGER

_PATHS = ("/api/v2/alerts", "/api/v2/alerts/")


class AlertmanagerRoutes:
    """The route that Prometheus sends to."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[BaseRoute]:
        """The one path."""
        return [RawRoute(path, self._receive, action="PUBLIC", methods=["POST"]) for path in _PATHS]

    async def _receive(self, request: Request) -> Response:
        body = await read_body(request)
        key = request.query_params.get("key", "").strip() or credentials(request)
        if body.strip() in {b"[]", b"null"}:
            return _answer(200, "")
        outcome = await self._door.take(
            key, body, ALERTMANAGER, request_id=self._door.new_id(), kind="application/json"
        )
        if outcome.unknown:
            return _answer(401, "no alert source has this key: give it as the password of basic auth")
        if outcome.problems:
            return _answer(400, "; ".join(map(str, outcome.problems)))
        return _answer(200, "")


def _answer(status: int, text: str) -> Response:
    """Alertmanager answers with nothing, and refuses with a text as JSON."""
    return respond(text, status) if text else Response(status_code=status)
