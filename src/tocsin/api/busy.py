"""The way past the framework for the routes that bear the load.

Events and pings need nothing of FastAPI's middleware, and it costs more than all that they do
(docs/benchmarks.md has the figures). They stay declared as routes of the API; this only answers
them earlier.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from tocsin.api.errors import refusal, unexpected
from tocsin.kit.errors import TocsinError

Endpoint = Callable[[Request], Awaitable[Response]]


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    endpoint: Endpoint = scope["endpoint"]
    try:
        response = await endpoint(request)
    except TocsinError as wrong:
        response = refusal(request, wrong)
    await response(scope, receive, send)


answer_directly = ServerErrorMiddleware(_answer, handler=unexpected)
"""Answers by the endpoint of the route that matched, as an ASGI application."""


class BusyApi(FastAPI):
    """FastAPI, but for the busy routes."""

    busy: tuple[BaseRoute, ...] = ()

    def add_busy(self, *routes: BaseRoute) -> None:
        """Declare routes that are answered directly. Their endpoints may not ask for the app."""
        self.router.routes.extend(routes)
        self.busy += routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            for route in self.busy:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await answer_directly(scope, receive, send)
                    return
        await super().__call__(scope, receive, send)
