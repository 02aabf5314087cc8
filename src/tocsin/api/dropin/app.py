"""Every drop-in API of one process, and which paths at the root of the server are theirs."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from tocsin.api.arriving import EventLimit
from tocsin.api.busy import answer_directly
from tocsin.api.dropin.alertmanager import AlertmanagerRoutes
from tocsin.api.dropin.healthchecks import HealthchecksRoutes
from tocsin.api.dropin.intake import Door
from tocsin.api.dropin.kuma import KumaRoutes
from tocsin.api.dropin.oncall import OnCallRoutes
from tocsin.api.dropin.opsgenie import Opsgenie, OpsgenieRoutes
from tocsin.api.dropin.opsgenie_heartbeats import OpsgenieHeartbeatRoutes
from tocsin.api.dropin.pagerduty import PagerDutyRoutes
from tocsin.api.errors import body, respond
from tocsin.api.heartbeats import Pings
from tocsin.deployment import Deployment

_PINGS = re.compile(
    r"/(?:"
    r"ping/"  # as Healthchecks' own servers have it
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?:/|$)"  # a check's UUID
    r"|il1[0-9a-z]{40,}/"  # a ping key, which is a key of ours, and a slug
    r")"
)
"""The addresses of Healthchecks."""
_EVENTS = re.compile(
    r"/(?:"
    r"api/push/"  # Uptime Kuma
    r"|api/v2/alerts/?$"  # Alertmanager
    r"|v2/(?:change/)?enqueue/?$|generic/2010-04-15/"  # PagerDuty
    r"|(?:jsm/ops/integration/)?v2/(?:alerts|heartbeats)(?:/|$)"  # Opsgenie, Jira Service Management
    r"|integrations/v1/"  # Grafana OnCall
    r")"
)
"""No page and no resource of ours has such a path; a test holds this against every one of them."""


class DropIn:
    """An ASGI application for the paths that it owns."""

    def __init__(self, deployment: Deployment, pings: Pings, limit: EventLimit) -> None:
        door = Door(deployment, limit)
        opsgenie = Opsgenie(door)
        self._events: tuple[BaseRoute, ...] = (
            *PagerDutyRoutes(door).routes(),
            *OpsgenieRoutes(opsgenie).routes(),
            *OpsgenieHeartbeatRoutes(opsgenie, pings).routes(),
            *AlertmanagerRoutes(door).routes(),
            *OnCallRoutes(door, pings).routes(),
            *KumaRoutes(pings).routes(),
        )
        self._pings = tuple(HealthchecksRoutes(pings).routes())

    @property
    def routes(self) -> tuple[BaseRoute, ...]:
        """Every route."""
        return (*self._events, *self._pings)

    def owns(self, path: str) -> bool:
        """Whether a path belongs to a drop-in API, known or not."""
        return _PINGS.match(path) is not None or _EVENTS.match(path) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        status, code = 404, "NOT_FOUND"
        for route in self._pings if _PINGS.match(scope["path"]) else self._events:
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
