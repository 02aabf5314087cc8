"""What probes and Prometheus ask: is the process alive, is it ready, what are its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tocsin.deployment import Deployment
from tocsin.kit.value import dumps

F = TypeVar("F", bound=Callable[..., Any])

_UNCACHED = {"cache-control": "no-store"}


def health_routes(deployment: Deployment) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`."""

    @_public
    async def healthz(_: Request) -> Response:
        """Alive: the event loop turns."""
        return JSONResponse({"status": "alive"}, headers=_UNCACHED)

    @_public
    def readyz(_: Request) -> Response:
        """Ready: the database answers, every loop beats. Asks the database, so in a worker thread."""
        report = dict(deployment.health.report())
        status = 200 if report.get("ready") else 503
        return Response(dumps(report), status, _UNCACHED, media_type="application/json")

    @_public
    def metrics(_: Request) -> Response:
        """Every metric, in Prometheus' text form."""
        return Response(generate_latest(), headers=_UNCACHED | {"content-type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _public(endpoint: F) -> F:
    """Declare the action that core.access knows: nobody has to say who they are."""
    endpoint.__dict__["action"] = "PUBLIC"
    return endpoint
