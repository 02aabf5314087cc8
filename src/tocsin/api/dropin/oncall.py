"""Grafana OnCall's addresses, `/integrations/v1/{type}/{token}/`: the token is the key of an alert source."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from tocsin.api.arriving import usable
from tocsin.api.dropin.intake import Door
from tocsin.api.errors import respond
from tocsin.api.heartbeats import Pings
from tocsin.api.routing import RawRoute, read_body
from tocsin.core.heartbeats import Signal

_DIALECTS: Mapping[str, str] = {
    "formatted_webhook": "oncall",
    "webhook": "oncall",
    "alertmanager": "PROMETHEUS",
    "alertmanager_v2": "PROMETHEUS",
    "grafana": "GRAFANA",
    "grafana_alerting": "GRAFANA",
}
"""Which reader is meant; of other types the source's own."""


class OnCallRoutes:
    """Grafana OnCall's integration routes."""

    def __init__(self, door: Door, pings: Pings) -> None:
        self._door = door
        self._pings = pings

    def routes(self) -> list[BaseRoute]:
        """Events, and the heartbeat of each."""
        base, beat = "/integrations/v1/{type}/{token}", "/integrations/v1/{type}/{token}/heartbeat"
        events = [
            RawRoute(path, self._receive, action="PUBLIC", methods=["POST", "PUT"])
            for path in (base, f"{base}/")
        ]
        beats = [
            RawRoute(path, self._ping, action="PUBLIC", methods=["GET", "HEAD", "POST"])
            for path in (beat, f"{beat}/")
        ]
        return [*events, *beats]

    async def _receive(self, request: Request) -> Response:
        dialect = _DIALECTS.get(request.path_params["type"].lower(), "")
        outcome = await self._door.take(
            request.path_params["token"].strip(),
            await read_body(request),
            dialect,
            request_id=self._door.new_id(),
            kind=request.headers.get("content-type", ""),
        )
        if outcome.unknown:
            return _unknown()
        if outcome.problems:
            return respond({"detail": "; ".join(map(str, outcome.problems))}, 400)
        return PlainTextResponse("Ok.")

    async def _ping(self, request: Request) -> Response:
        key = request.path_params["token"].strip()
        signal = Signal(key=key, slug="heartbeat", method=request.method)
        if not usable(key) or await self._pings.hear(signal) != "HEARD":
            return _unknown()
        return PlainTextResponse("Ok.")


def _unknown() -> Response:
    return respond({"detail": "Integration key was not found. Permission denied."}, 403)
