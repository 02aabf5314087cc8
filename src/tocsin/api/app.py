"""The REST API, put together."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tocsin import __version__
from tocsin.api import dialect, errors, incident_of_key
from tocsin.api.absences import absences
from tocsin.api.arriving import EventLimit
from tocsin.api.authentication import Authenticator
from tocsin.api.busy import BusyApi
from tocsin.api.calendars import schedule_calendars, user_calendars
from tocsin.api.callbacks import callback_routes
from tocsin.api.catalogue import integrations, numbers
from tocsin.api.channel_providers import channel_providers
from tocsin.api.connection_help import helps, previews
from tocsin.api.connections import actions, connections
from tocsin.api.connectors import connectors
from tocsin.api.contacts import user_contacts
from tocsin.api.coverage import coverage, load
from tocsin.api.document import document
from tocsin.api.dropin.app import DropIn
from tocsin.api.events import EventRoutes
from tocsin.api.heartbeat_monitors import monitors
from tocsin.api.heartbeats import HeartbeatRoutes, Pings
from tocsin.api.hooks import HookRoutes
from tocsin.api.incident_answers import answers
from tocsin.api.incident_history import history
from tocsin.api.incidents import incidents
from tocsin.api.keys import user_keys
from tocsin.api.maintenance import maintenance_windows
from tocsin.api.my_shifts import my_shifts
from tocsin.api.on_calls import on_calls
from tocsin.api.policies import policies
from tocsin.api.preferences import user_preferences
from tocsin.api.readiness import policy_readiness, user_readiness
from tocsin.api.reading import page, tool_page
from tocsin.api.routing import RawRoute, Route
from tocsin.api.schedule_shifts import shifts
from tocsin.api.schedules import schedules
from tocsin.api.shift_requests import shift_requests
from tocsin.api.source_events import source_events
from tocsin.api.sources import sources
from tocsin.api.subscribers import subscribers
from tocsin.api.support_hours import support_hours
from tocsin.api.teams import teams
from tocsin.api.users import users
from tocsin.api.verifications import user_verifications
from tocsin.deployment import Deployment
from tocsin.kit.errors import NotFound
from tocsin.plugins import integrations as registered

RESOURCES = (
    users,
    user_keys,
    user_contacts,
    user_verifications,
    user_preferences,
    teams,
    user_readiness,
    policy_readiness,
    channel_providers,
    sources,
    source_events,
    support_hours,
    maintenance_windows,
    monitors,
    policies,
    schedules,
    shifts,
    on_calls,
    absences,
    shift_requests,
    coverage,
    load,
    my_shifts,
    schedule_calendars,
    user_calendars,
    incidents,
    answers,
    history,
    subscribers,
    actions,
    connectors,
    helps,
    previews,
    connections,
    numbers,
    integrations,
)


class Api(BusyApi):
    """Our own API, and those of other products that are spoken beside it."""

    dropin: DropIn


def create_api(deployment: Deployment) -> Api:
    """The API of one Tocsin: both dialects, and their description at /api-docs/."""
    app = Api(
        title="Tocsin",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.deployment = deployment
    app.state.authenticator = Authenticator(deployment)
    errors.install(app)
    pings, limit = Pings(deployment), EventLimit(deployment)
    app.add_busy(*EventRoutes(deployment, limit).routes(), *HeartbeatRoutes(pings).routes())
    app.dropin = DropIn(deployment, pings, limit)
    app.router.routes.extend([*HookRoutes(deployment).routes(), incident_of_key.route(deployment)])
    app.router.routes.extend(_resources())
    app.router.routes.extend(callback_routes(deployment))
    app.router.routes.extend(_about(app))
    return app


@cache
def _resources() -> tuple[Route, ...]:
    """The routes of every resource. They find the deployment at their request, so one set serves all."""
    dialects: tuple[dialect.Dialect, ...] = ("v1", "current")
    return tuple(route for spoken in dialects for resource in RESOURCES for route in resource.mount(spoken))


def _about(app: FastAPI) -> list[RawRoute]:
    """The description of the API, and the path that people probe."""
    written: dict[str, Any] = {}

    def described() -> dict[str, Any]:
        # Made when first asked for: it costs a second of every start otherwise.
        if not written:
            written.update(document(app, app.state.deployment.public_url))
        return written

    async def openapi(_: Request) -> Response:
        return errors.respond(await run_in_threadpool(described))

    async def docs(_: Request) -> Response:
        return HTMLResponse(page(await run_in_threadpool(described)))

    async def tool(request: Request) -> Response:
        slug = request.path_params["slug"]
        found = next((tool for tool in registered().values() if tool.slug == slug), None)
        if found is None:
            raise NotFound("there is no integration of this name")
        return HTMLResponse(tool_page(found, app.state.deployment.public_url))

    async def here(_: Request) -> Response:
        return errors.respond({"name": "Tocsin", "version": __version__, "documentation": "/api-docs/"})

    return [
        RawRoute("/api-docs/openapi.json", openapi, action="PUBLIC", methods=["GET"]),
        RawRoute("/api-docs/", docs, action="PUBLIC", methods=["GET"]),
        RawRoute("/api-docs", docs, action="PUBLIC", methods=["GET"]),
        RawRoute("/api-docs/integrations/{slug}", tool, action="PUBLIC", methods=["GET"]),
        RawRoute("/api", here, action="PUBLIC", methods=["GET"]),
        RawRoute("/api/v1", here, action="PUBLIC", methods=["GET"]),
    ]
