"""All pages, as routes to be mounted next to the API."""

from __future__ import annotations

import os

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from tocsin.deployment import Deployment
from tocsin.web.declare import Page
from tocsin.web.live import Streams, live_page
from tocsin.web.pages import (
    absences,
    addresses,
    answer,
    attachments,
    calendar,
    calendar_links,
    channel_providers,
    chats,
    connection_choices,
    connection_fields,
    connection_preview,
    connections,
    connector_install,
    connectors,
    covering,
    heartbeats,
    home,
    incident,
    incidents,
    invitation,
    load,
    login,
    mail_rules,
    maintenance,
    my_shifts,
    new_incident,
    on_call,
    outbox,
    people,
    person,
    policies,
    push,
    schedule_calendar,
    schedule_edit,
    schedules,
    sent,
    setup,
    shift_requests,
    sms_preview,
    source_events,
    source_rules,
    source_test,
    sources,
    stakeholders,
    standing_in,
    support_hours,
    teams,
    trial,
    unsubscribe,
)
from tocsin.web.security import WebMiddleware
from tocsin.web.serve import not_found, route
from tocsin.web.show import STATIC

__all__ = ["pages", "web_fallback", "web_routes"]

STATIC_AGE = "public, max-age=31536000, immutable"


_FILES = (
    home,
    login,
    setup,
    invitation,
    incidents,
    new_incident,
    sources,
    source_test,
    source_events,
    source_rules,
    mail_rules,
    attachments,
    heartbeats,
    maintenance,
    support_hours,
    stakeholders,
    incident,
    answer,
    calendar,
    trial,
    unsubscribe,
    outbox,
    on_call,
    my_shifts,
    shift_requests,
    covering,
    absences,
    calendar_links,
    load,
    policies,
    schedule_edit,
    schedule_calendar,
    schedules,
    standing_in,
    teams,
    people,
    person,
    addresses,
    channel_providers,
    connector_install,
    connectors,
    connection_choices,
    connection_fields,
    connection_preview,
    connections,
    push,
    sent,
    chats,
    sms_preview,
)
"""Every file of pages: of paths that fit an address, the first one answers."""


def pages(streams: Streams) -> list[Page]:
    """Every page there is."""
    return [*(page for file in _FILES for page in file.pages()), live_page(streams)]


def web_routes(deployment: Deployment, streams: Streams | None = None) -> list[BaseRoute]:
    """The routes of the pages. Call `streams.end()` when the process is told to stop."""
    streams = streams or Streams(deployment.db)
    routes: list[BaseRoute] = [route(page, deployment) for page in pages(streams)]
    routes.append(Mount("/static", WebMiddleware(_Static(directory=STATIC)), name="static"))
    return routes


async def web_fallback(deployment: Deployment, request: Request) -> Response:
    """The page for an address that nothing answers."""
    return await run_in_threadpool(not_found, deployment, request)


class _Static(StaticFiles):
    """Static files; those asked for by their content's mark may be kept for ever."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file with its caching headers."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        marked = scope.get("query_string", b"").startswith(b"v=")
        answer.headers["Cache-Control"] = STATIC_AGE if marked else "no-cache"
        answer.headers["Vary"] = "Accept-Encoding"
        return answer
