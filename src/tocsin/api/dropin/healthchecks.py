"""Healthchecks' pings: `/{uuid}`, `/{ping-key}/{slug}`, and below `/ping/` as its own servers have them.

The ping key is the integration key of an alert source.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from tocsin.api.errors import TooMany
from tocsin.api.heartbeats import METHODS, Pings
from tocsin.api.routing import RawRoute, read_body
from tocsin.core.heartbeats import MAX_BODY_KEPT, Heard
from tocsin.integrations.pings import is_uuid, read_ping
from tocsin.kit.errors import BadInput, Overloaded

_HEADERS = {"Access-Control-Allow-Origin": "*", "Ping-Body-Limit": str(MAX_BODY_KEPT)}
_SAID: dict[Heard, tuple[int, str]] = {
    "HEARD": (200, "OK"),
    "CREATED": (201, "Created"),
    "UNKNOWN": (404, "not found"),
    "AMBIGUOUS": (409, "ambiguous slug"),
    "FULL": (403, "too many checks were created by pinging"),
}


class HealthchecksRoutes:
    """Healthchecks' ping routes."""

    def __init__(self, pings: Pings) -> None:
        self._pings = pings

    def routes(self) -> list[BaseRoute]:
        """By UUID and by slug; `owns` says which of them are ours at the root."""
        by_name = [
            RawRoute(base + path, self._ping, action="PUBLIC", methods=METHODS)
            for base in ("/ping", "")
            for path in ("/{key}", "/{key}/{second}", "/{key}/{second}/{third}")
        ]
        return [*by_name, RawRoute("/ping/{rest:path}", self._lost, action="PUBLIC", methods=METHODS)]

    async def _ping(self, request: Request) -> Response:
        try:
            return await self._heard(request)
        except BadInput as wrong:
            return _answer(400, wrong.problems[0].message)
        except TooMany:
            return _answer(429, "rate limited")
        except Overloaded:
            return _answer(503, "busy")

    async def _heard(self, request: Request) -> Response:
        key, second, third = (request.path_params.get(name, "") for name in ("key", "second", "third"))
        by_uuid = is_uuid(key.lower())
        if (by_uuid and third) or not (by_uuid or second):
            return _answer(400, "invalid url format")
        signal = read_ping(
            key.lower() if by_uuid else key,
            second if by_uuid else third,
            request.query_params,
            method=request.method,
            body=await read_body(request),
            slug=None if by_uuid else second,
        )
        return _answer(*_SAID[await self._pings.hear(signal)])

    async def _lost(self, _: Request) -> Response:
        return _answer(400, "invalid url format")


def _answer(status: int, text: str) -> Response:
    return PlainTextResponse(text, status, _HEADERS)
