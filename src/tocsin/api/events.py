"""Where tools report to. Raw routes, because this is where the load is; nobody signs in, the key is the secret.

The dialects differ: v1 waits for the verdict and says it with 200 or 400; today's says 202 to
whatever could be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin.api import dialect
from tocsin.api.arriving import MAX_KEY, EventLimit, usable
from tocsin.api.errors import respond
from tocsin.api.routing import RawRoute, read_body
from tocsin.core.doors import REQUEST_ID
from tocsin.deployment import Deployment
from tocsin.integrations.api import key_in
from tocsin.integrations.pings import is_uuid
from tocsin.kit.errors import BadInput, NotFound
from tocsin.plugins import integrations, telling
from tocsin.store.intake import Outcome, Payload, Taken

MAX_QUERY = 64
"""Parameters of a query that are kept."""
MAX_SAID = 4096
ASYNCHRONOUS_SLUGS = frozenset({"kafka", "mqtt"})
"""Their agent takes nothing but 202 for success."""

_CODES = {
    "OPEN": "NEW_INCIDENT_CREATED",
    "APPEND": "EVENT_APPENDED",
    "ACCEPT": "INCIDENT_ACCEPTED",
    "RESOLVE": "INCIDENT_RESOLVED",
    "COMMENT": "COMMENT_ADDED",
    "DROP": "EVENT_DROPPED",
}
_OTHER_CODES: Mapping[tuple[str | None, str], str] = {
    ("checkmk-ext", "NO_OPEN_INCIDENT_WITH_KEY"): "NONE_OPEN_FOR_KEY"
}
"""Checkmk's plugin takes a recovery for done by this code only."""
_REFUSED_IN_V1 = frozenset({"NO_OPEN_INCIDENT_WITH_KEY", "INCIDENT_ALREADY_ACCEPTED"})


class EventRoutes:
    """The event routes of one process."""

    def __init__(self, deployment: Deployment, limit: EventLimit) -> None:
        self._deployment = deployment
        self._limit = limit

    def routes(self) -> list[BaseRoute]:
        """Both dialects, all three ways to name the key."""
        ways = [("/events", "POST"), ("/events/{key}", "POST"), ("/events/{slug}/{key}", "POST PUT")]
        # A tool that can only GET; the key is in the URL, so that no link of ours leads there.
        ways += [(f"/events/{tool.slug}/{{key}}", "GET") for tool in integrations().values() if tool.by_get]
        return [
            RawRoute(base + path, self._receive, action="PUBLIC", methods=methods.split())
            for base in (dialect.V1_PREFIX, dialect.CURRENT_PREFIX)
            for path, methods in ways
        ]

    async def _receive(self, request: Request) -> Response:
        spoken = dialect.of_path(request.scope["path"])
        body = await read_body(request)
        key = _key(request.path_params.get("key"), body)
        if not usable(key):
            raise _no_key(request)
        await self._limit.count(key)
        content_type = request.headers.get("content-type", "")[:MAX_KEY]
        outcome = await self._deployment.intake.receive(
            Payload(
                key=key,
                body=body,
                content_type=content_type,
                query=_query(request),
                headers=telling(request.scope["headers"]),
                spool_id=_request_id(request),
            )
        )
        slug = request.path_params.get("slug")
        waits = spoken == "v1" and slug not in ASYNCHRONOUS_SLUGS
        return self._answer(outcome, spoken, 200 if waits else 202, slug)

    def _answer(self, outcome: Outcome, spoken: dialect.Dialect, success: int, slug: str | None) -> Response:
        if outcome.spooled:
            return respond({"responseCode": "EVENT_STORED"}, 202)
        if outcome.unknown:
            raise NotFound("no alert source has this key")
        if outcome.problems:
            raise BadInput(*outcome.problems)
        first = outcome.taken[0] if outcome.taken else None
        if first is None:
            return respond({"responseCode": "EVENT_DROPPED"}, success)
        if len(outcome.taken) == 1:
            _refuse(first, success, slug)
        return respond(self._said(first, len(outcome.taken), spoken), success)

    def _said(self, taken: Taken, count: int, spoken: dialect.Dialect) -> dict[str, object]:
        verdict = taken.verdict
        said: dict[str, object] = {}
        if taken.incident_key:
            said["incidentKey"] = taken.incident_key
        if verdict.incident_id is not None:
            said["incidentUrl"] = f"{self._deployment.public_url}/incidents/{verdict.incident_id}"
        said["responseCode"] = dialect.code(_CODES.get(verdict.effect, "EVENT_DROPPED"), spoken)
        if verdict.reason:
            said["reason"] = dialect.prose(verdict.reason, spoken)
        if count > 1:
            said["events"] = count
        written: dict[str, object] = dialect.write(said, spoken)
        return written


def _refuse(taken: Taken, success: int, slug: str | None) -> None:
    """A single event that could not be used: always 400 when it is wrong, only in v1 when it is too late."""
    verdict = taken.verdict
    if verdict.effect == "REJECT":
        path, _, message = verdict.reason.partition(": ")
        raise BadInput.at(path, message or verdict.reason)
    if success == 200 and verdict.code in _REFUSED_IN_V1:
        raise BadInput.at("", verdict.reason, code=_OTHER_CODES.get((slug, verdict.code), verdict.code))


def _key(in_path: str | None, body: bytes) -> str:
    """The key that the path names, else the one in the body; two kinds of tools have a URL without one."""
    finder = key_in if in_path is None else _keyless().get(in_path)
    return ((finder(body) if finder else in_path) or "").strip()


@cache
def _keyless() -> Mapping[str, Callable[[bytes], str | None]]:
    return {tool.slug: tool.key_in for tool in integrations().values() if tool.key_in}


def _query(request: Request) -> dict[str, str]:
    """The parameters of the query; tools that report by GET put everything there."""
    if not request.scope["query_string"]:
        return {}
    return {name: said[:MAX_SAID] for name, said in islice(request.query_params.items(), MAX_QUERY)}


def _request_id(request: Request) -> str | None:
    """The id under which an agent sends a request, perhaps again: it is stored once."""
    said = request.headers.get(REQUEST_ID, "")
    return said if is_uuid(said) else None


def _no_key(request: Request) -> Exception:
    if "key" in request.path_params:
        return NotFound("no alert source has this key")
    return BadInput.at("integrationKey", "name the alert source by its key")
