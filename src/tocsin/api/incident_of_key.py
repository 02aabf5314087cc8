"""From a tool's key to the incident's page: Zabbix keeps such an address with each problem.

Whoever has the key of the source may learn that there is an incident; the page asks them to sign in.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tocsin.api import dialect
from tocsin.api.routing import RawRoute
from tocsin.deployment import Deployment
from tocsin.kit.errors import NotFound
from tocsin.store import incidents, sources

PATH = "/incidents/resolve-ik/{source_key}/{incident_key:path}"


def route(deployment: Deployment) -> RawRoute:
    """The redirect."""

    def found(source_key: str, incident_key: str) -> int:
        with deployment.db.read() as tx:
            source = sources.by_keys(tx, {source_key}).get(source_key)
            incident = incidents.newest_of_key(tx, source.id, incident_key) if source else None
        if incident is None:
            raise NotFound("there is no incident with this key")
        return incident.id

    async def redirect(request: Request) -> Response:
        said = request.path_params
        if "\0" in request.url.path:
            raise NotFound("there is no incident with this key")
        number = await run_in_threadpool(found, said["source_key"].strip(), said["incident_key"])
        return RedirectResponse(f"{deployment.public_url}/incidents/{number}", status_code=302)

    return RawRoute(dialect.V1_PREFIX + PATH, redirect, action="PUBLIC", methods=["GET"])
