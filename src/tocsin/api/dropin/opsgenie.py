"""Opsgenie's alert API at `/v2/alerts`, and the same below `/jsm/ops/integration/` as Jira Service Management has it.

The API key is the integration key of an alert source. Whatever changes something is answered 202 with the id of
the request, which its client may then ask for: that id is stored with the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin.api.dropin.intake import Door, credentials, is_request_id
from tocsin.api.dropin.opsgenie_wishes import wish
from tocsin.api.errors import respond, said_of, status_of
from tocsin.api.routing import RawRoute, read_body
from tocsin.core.events import AlertSource, storable_key
from tocsin.core.incidents import Incident
from tocsin.integrations.opsgenie_alerts import VERBS, envelope
from tocsin.kit.clock import rfc3339
from tocsin.kit.errors import BadInput, Problem, TocsinError
from tocsin.store import events, incidents
from tocsin.store.database import Transaction

BASES = ("/v2", "/jsm/ops/integration/v2")
MOST_LISTED = 100
_OK = {"X-RateLimit-State": "OK"}
_LIMITED = {
    "X-RateLimit-State": "THROTTLED",
    "X-RateLimit-Reason": "ACCOUNT",
    "X-RateLimit-Period-In-Sec": "60",
}
_DONE = {"OPEN": "Created alert", "APPEND": "Alert is deduplicated", "REJECT": "Request is not processable"}


class Opsgenie:
    """What alerts and heartbeats share: who calls, and how they are answered."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def routes_of(self, path: str, endpoint: Callable[..., Any], methods: list[str]) -> list[BaseRoute]:
        """A path below both bases, with and without a slash at its end."""
        answer = self._answering(endpoint)
        return [
            RawRoute(f"{base}{path}{slash}", answer, action="PUBLIC", methods=methods)
            for base in BASES
            for slash in ("", "/")
        ]

    def key(self, request: Request) -> str:
        """The API key of a request."""
        return credentials(request, scheme="GenieKey") or request.query_params.get("apiKey", "").strip()

    def said(self, content: Mapping[str, Any], status: int, request_id: str = "") -> Response:
        """An answer in Opsgenie's form."""
        whole = {**content, "took": 0.001, "requestId": request_id or self.door.new_id()}
        return respond(whole, status, _LIMITED if status == 429 else _OK)

    def processing(self, request_id: str) -> Response:
        """The answer to whatever changes something."""
        return self.said({"result": "Request will be processed"}, 202, request_id)

    def unauthenticated(self) -> Response:
        """The answer to who has no key of ours."""
        return self.said({"message": "Could not authenticate"}, 401)

    def invalid(self, problems: tuple[Problem, ...]) -> Response:
        """The answer to a request that cannot be understood."""
        if not any(problem.path for problem in problems):
            message = "; ".join(problem.message for problem in problems)
            return self.said({"message": f"Request body is not processable. {message}"}, 400)
        errors = {problem.path: problem.message for problem in problems}
        message = "Request body is not processable. Please check the errors."
        return self.said({"message": message, "errors": errors}, 422)

    def _answering(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def answer(request: Request) -> Response:
            try:
                response: Response = await endpoint(request)
            except BadInput as wrong:
                return self.invalid(wrong.problems)
            except TocsinError as wrong:
                return self.said({"message": said_of(wrong)}, status_of(wrong))
            return response

        return answer


class OpsgenieRoutes:
    """Opsgenie's alert routes."""

    def __init__(self, opsgenie: Opsgenie) -> None:
        self._og = opsgenie
        self._door = opsgenie.door

    def routes(self) -> list[BaseRoute]:
        """Alerts, requests, and what may be asked of an alert."""
        of = self._og.routes_of
        return [
            *of("/alerts", self._create, ["POST"]),
            *of("/alerts", self._list, ["GET"]),
            *of("/alerts/requests/{request_id}", self._request, ["GET"]),
            *of("/alerts/{id}", self._one, ["GET"]),
            *of("/alerts/{id}", self._ask, ["DELETE"]),
            *of("/alerts/{id}/actions/{what}", self._ask, ["POST"]),
            *of("/alerts/{id}/{verb}", self._ask, ["POST", "PUT", "PATCH", "DELETE"]),
        ]

    async def _create(self, request: Request) -> Response:
        return await self._take(request, await read_body(request))

    async def _take(self, request: Request, body: bytes) -> Response:
        request_id = self._door.new_id()
        outcome = await self._door.take(
            self._og.key(request), body, "opsgenie", request_id=request_id, kind="application/json"
        )
        if outcome.unknown:
            return self._og.unauthenticated()
        if outcome.problems:
            return self._og.invalid(outcome.problems)
        return self._og.processing(request_id)

    async def _ask(self, request: Request) -> Response:
        what = request.path_params.get("what", "")
        removed = "delete" if request.method == "DELETE" else ""
        verb = "actions" if what else request.path_params.get("verb", removed)
        if verb not in VERBS:
            return self._og.said({"message": f"There is no {verb} of an alert."}, 404)
        body = await read_body(request)
        alias = await self._alias(request)
        if alias is None:
            return self._og.unauthenticated()
        asked = " ".join(filter(None, (removed if verb != "delete" else "", what)))
        told = envelope(verb, alias, body, what=asked)
        answer = await self._take(request, told)
        if answer.status_code == 202:
            await run_in_threadpool(wish, self._door.deployment, self._og.key(request), verb, alias, body)
        return answer

    async def _alias(self, request: Request) -> str | None:
        """The key that an alert goes by; None without a source. By alias the database is not asked."""
        identifier = str(request.path_params["id"])
        if request.query_params.get("identifierType", "id").lower() == "alias":
            return identifier
        source = await self._door.source(self._og.key(request))
        if source is None:
            return None
        found = await run_in_threadpool(self._find, source, request)
        return found.key if found else identifier

    async def _request(self, request: Request) -> Response:
        source = await self._door.source(self._og.key(request))
        if source is None:
            return self._og.unauthenticated()
        request_id = request.path_params["request_id"]
        event = (
            await run_in_threadpool(self._event, source, request_id) if is_request_id(request_id) else None
        )
        if event is None:
            missing = "Request not found. It might not be processed, yet."
            return self._og.said({"message": missing}, 404, request_id)
        return self._og.said({"data": _processed(event)}, 200, request_id)

    async def _one(self, request: Request) -> Response:
        source = await self._door.source(self._og.key(request))
        if source is None:
            return self._og.unauthenticated()
        found = await run_in_threadpool(self._find, source, request)
        if found is None:
            return self._og.said({"message": "Alert does not exist"}, 404)
        counts = await run_in_threadpool(self._counts, [found])
        return self._og.said({"data": _alert(source, found, counts, self._door)}, 200)

    async def _list(self, request: Request) -> Response:
        source = await self._door.source(self._og.key(request))
        if source is None:
            return self._og.unauthenticated()
        query = request.query_params
        wanted = _wanted(source, query.get("query", ""))
        limit = min(_number(query.get("limit"), 20), MOST_LISTED)
        found = await run_in_threadpool(self._listed, wanted, _number(query.get("offset"), 0), limit)
        counts = await run_in_threadpool(self._counts, found)
        listed = [_alert(source, one, counts, self._door) for one in found]
        return self._og.said({"data": listed}, 200)

    # What these need of the database, each in one transaction.

    def _event(self, source: AlertSource, request_id: str) -> events.StoredEvent | None:
        with self._door.deployment.db.read() as tx:
            return events.of_request(tx, source.id, request_id)

    def _find(self, source: AlertSource, request: Request) -> Incident | None:
        with self._door.deployment.db.read() as tx:
            kind = request.query_params.get("identifierType", "id").lower()
            return _found(tx, source, str(request.path_params["id"]), by_alias=kind == "alias")

    def _listed(self, wanted: incidents.Filter, offset: int, limit: int) -> list[Incident]:
        with self._door.deployment.db.read() as tx:
            return incidents.search(tx, wanted, offset, limit)

    def _counts(self, found: list[Incident]) -> dict[int, int]:
        with self._door.deployment.db.read() as tx:
            return events.counts(tx, [incident.id for incident in found])


def _found(tx: Transaction, source: AlertSource, identifier: str, *, by_alias: bool) -> Incident | None:
    """An incident of the source, by id or by alias; by alias the newest, the open one first."""
    if not by_alias and identifier.isascii() and identifier.isdigit() and len(identifier) < 19:
        own = [i for i in incidents.many(tx, [int(identifier)]) if i.source_id == source.id]
        return own[0] if own else None
    return incidents.newest_of_key(tx, source.id, storable_key(identifier))


def _processed(event: events.StoredEvent) -> dict[str, Any]:
    """What a request's status says of its event."""
    action, done = "Create", _DONE.get(event.effect, "Alert does not exist")
    if event.raw.startswith('{"verb":'):
        verb = event.raw[len('{"verb":"') :].partition('"')[0]
        action, asked = VERBS.get(verb, ("", ""))
        done = asked if event.incident_id is not None else "Alert does not exist"
    success = event.incident_id is not None
    return {
        "success": success,
        "isSuccess": success,
        "action": action,
        "processedAt": rfc3339(event.at),
        "integrationId": str(event.source_id),
        "status": done,
        "alertId": str(event.incident_id) if event.incident_id else "",
        "alias": event.key,
    }


def _alert(source: AlertSource, one: Incident, counts: Mapping[int, int], door: Door) -> dict[str, Any]:
    last = one.resolved_at or one.accepted_at or one.reported_at
    sent = one.custom_details or {}
    return {
        "id": str(one.id),
        "tinyId": str(one.id),
        "alias": one.key,
        "message": one.summary,
        "description": one.details,
        "status": "open" if one.open else "closed",
        "acknowledged": one.status == "ACCEPTED",
        "isSeen": one.accepted_at is not None,
        "snoozed": False,
        "count": max(counts.get(one.id, 1), 1),
        "priority": sent.get("priority") or ("P3" if one.priority == "HIGH" else "P5"),
        "source": str(sent.get("source") or ""),
        "entity": str(sent.get("entity") or ""),
        "tags": sent.get("tags") if isinstance(sent.get("tags"), list) else [],
        "details": dict(one.labels),
        "actions": [],
        "responders": [],
        "owner": "",
        "createdAt": rfc3339(one.reported_at),
        "lastOccurredAt": rfc3339(one.reported_at),
        "updatedAt": rfc3339(last),
        "integration": {"id": str(source.id), "name": source.name, "type": source.integration_type},
        "url": f"{door.deployment.public_url}/incidents/{one.id}",
    }


def _wanted(source: AlertSource, query: str) -> incidents.Filter:
    """A search. Of the query language `status:` is understood; anything else is refused, not ignored."""
    match query.replace(" ", "").replace('"', "").lower():
        case "":
            return incidents.Filter(sources=(source.id,))
        case "status:open" | "status=open":
            return incidents.Filter(sources=(source.id,), states=("PENDING", "ACCEPTED"))
        case "status:closed" | "status=closed":
            return incidents.Filter(sources=(source.id,), states=("RESOLVED",))
        case _:
            raise BadInput.at("query", "Only status:open and status:closed are understood.")


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput.at("limit", "limit and offset are numbers.")
    return int(text)
