"""PagerDuty's Events API at `/v2/enqueue`, `/v2/change/enqueue` and, version 1, `/generic/2010-04-15/create_event.json`.

The routing key (in version 1 the service key) is the integration key of an alert source.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin.api.dropin.intake import Door
from tocsin.api.errors import TooLarge, TooMany, respond
from tocsin.api.routing import RawRoute, read_body
from tocsin.integrations.pagerduty_events import routing_key
from tocsin.kit.errors import Overloaded, TocsinError
from tocsin.store.intake import Outcome

_V1 = "/generic/2010-04-15/create_event.json"
_STATUS: Mapping[type[TocsinError], tuple[int, str]] = {
    TooLarge: (413, "Payload too large"),
    TooMany: (429, "Too Many Requests"),
    Overloaded: (503, "Service Unavailable"),
}


class PagerDutyRoutes:
    """PagerDuty's event routes."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[BaseRoute]:
        """Both versions, and changes."""
        return [
            RawRoute(path, self._receive, action="PUBLIC", methods=["POST"])
            for path in ("/v2/enqueue", "/v2/enqueue/", "/v2/change/enqueue", "/v2/change/enqueue/", _V1)
        ]

    async def _receive(self, request: Request) -> Response:
        path = request.url.path.rstrip("/")
        try:
            body = await read_body(request)
            if path == _V1:
                return await self._take(body, "pagerduty-v1", "service_key")
            dialect = "pagerduty-change" if path == "/v2/change/enqueue" else "pagerduty-v2"
            return await self._take(body, dialect, "routing_key")
        except (TooLarge, TooMany, Overloaded) as wrong:
            status, message = _STATUS[type(wrong)]
            refusal = {"status": "throttle exceeded", "message": message, "errors": [wrong.message]}
            return respond(refusal, status, {"Retry-After": "10"} if status != 413 else None)

    async def _take(self, body: bytes, dialect: str, name: str) -> Response:
        key = routing_key(body, name)
        if not key:
            return _invalid([f"'{name}' is missing or blank"])
        request_id = self._door.new_id()
        outcome = await self._door.take(key, body, dialect, request_id=request_id, kind="application/json")
        if outcome.unknown:
            return _invalid([f"'{name}' is invalid: no alert source has this key"])
        if outcome.problems:
            return _invalid([f"'{p.path}' {p.message}" if p.path else p.message for p in outcome.problems])
        return _accepted(dialect, _key(outcome, body, dialect) or request_id)


def _key(outcome: Outcome, body: bytes, dialect: str) -> str:
    if outcome.taken:
        return outcome.taken[0].incident_key
    return routing_key(body, "incident_key" if dialect == "pagerduty-v1" else "dedup_key")


def _accepted(dialect: str, key: str) -> Response:
    if dialect == "pagerduty-change":
        return respond({"status": "success", "message": "Change event processed"}, 202)
    said = {"status": "success", "message": "Event processed"}
    if dialect == "pagerduty-v1":
        return respond({**said, "incident_key": key}, 200)
    return respond({**said, "dedup_key": key}, 202)


def _invalid(errors: list[str]) -> Response:
    said = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return respond(said, 400)
