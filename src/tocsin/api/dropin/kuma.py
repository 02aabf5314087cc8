"""Uptime Kuma's push monitors: `/api/push/{token}`, the token being a heartbeat's key or UUID."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin.api.errors import respond
from tocsin.api.heartbeats import Pings
from tocsin.api.routing import RawRoute
from tocsin.integrations.pings import read_push
from tocsin.kit.errors import TocsinError


class KumaRoutes:
    """Uptime Kuma's push route."""

    def __init__(self, pings: Pings) -> None:
        self._pings = pings

    def routes(self) -> list[BaseRoute]:
        """The one route, for any method."""
        methods = ["GET", "HEAD", "POST", "PUT", "PATCH"]
        return [RawRoute("/api/push/{token}", self._push, action="PUBLIC", methods=methods)]

    async def _push(self, request: Request) -> Response:
        signal = read_push(request.path_params["token"], request.query_params, method=request.method)
        try:
            heard = await self._pings.hear(signal)
        except TocsinError as wrong:
            return respond({"ok": False, "msg": wrong.message}, 404)
        if heard != "HEARD":
            return respond({"ok": False, "msg": "Monitor not found or not active."}, 404)
        return respond({"ok": True})
