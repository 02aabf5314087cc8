"""Alert sources."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Query
from starlette.responses import Response

from tocsin.api import source_wire
from tocsin.api.call import Call, Calling
from tocsin.api.parameters import Instant, Paging, Reference, number_in
from tocsin.api.routing import Resource
from tocsin.api.source_rules_wire import Include
from tocsin.api.source_wire import AlertSourceWire
from tocsin.api.team_context import TeamContext
from tocsin.core.events import AlertSource
from tocsin.core.explain import Explanation
from tocsin.core.incidents import Priority
from tocsin.kit.errors import NotFound
from tocsin.store import documents, explaining, owners
from tocsin.store import sources as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES

sources = Resource("alert-sources")
Includes = Annotated[list[Include] | None, Query(max_length=20)]


@sources.get("", "VIEW")
def list_alert_sources(call: Call, page: Paging, context: TeamContext) -> list[AlertSourceWire]:
    """Every alert source, in order of their ids."""
    with call.read() as tx:
        where = context.of(tx, call, SOURCES)
        return source_wire.shown(
            tx, call, documents.listing(tx, SOURCES, page.start, page.count, where=where)
        )


@sources.post("", "CONFIGURE")
def create_alert_source(
    call: Call, body: Annotated[AlertSourceWire, Body()], response: Response, include: Includes = None
) -> AlertSourceWire:
    """Create an alert source; its integration key is made here."""
    with call.write() as tx:
        source = stored.create(tx, source_wire.read(body, None, call), call.deployment.chance)
        owners.give(tx, SOURCES, source.id, body.teams)
        created = _one(tx, call, source, include)
    response.headers["location"] = call.location("alert-sources", source.id)
    return created


@sources.get("/name/{name:path}", "VIEW")
def get_alert_source_by_name(call: Call, name: str, include: Includes = None) -> AlertSourceWire:
    """The alert source of exactly this name."""
    with call.read() as tx:
        return _one(tx, call, documents.named(tx, SOURCES, name), include)


@sources.get("/{id}", "VIEW")
def get_alert_source(call: Call, reference: Reference, include: Includes = None) -> AlertSourceWire:
    """One alert source, by id or integration key. Templates and conditions are shown if `include` names them."""
    with call.read() as tx:
        return _one(tx, call, find(tx, call, reference), include)


@sources.put("/{id}", "CONFIGURE")
def update_alert_source(
    call: Call, reference: Reference, body: Annotated[AlertSourceWire, Body()], include: Includes = None
) -> AlertSourceWire:
    """Replace an alert source; its type and key stay. Templates and conditions that are left out are removed."""
    with call.write() as tx:
        before = find(tx, call, reference)
        source = stored.change(tx, source_wire.read(body, before, call))
        owners.give(tx, SOURCES, source.id, body.teams)
        return _one(tx, call, source, include)


@sources.delete("/{id}", "CONFIGURE")
def delete_alert_source(call: Call, reference: Reference) -> None:
    """Delete an alert source without open incidents."""
    with call.write() as tx:
        stored.remove(tx, find(tx, call, reference).id)


@sources.get("/{id}/explain", "VIEW")
def explain_alert_source(
    call: Call,
    reference: Reference,
    at: Annotated[Instant | None, Query()] = None,
    priority: Annotated[Priority | None, Query()] = None,
) -> Explanation:
    """Who is told of an incident of this source opened `at` an instant (now); of the past: who was."""
    with call.read() as tx:
        return explaining.of_source(tx, find(tx, call, reference), at or tx.now, priority)


def _one(
    tx: Transaction, call: Calling, source: AlertSource, include: list[Include] | None
) -> AlertSourceWire:
    return source_wire.shown(tx, call, [source], include or ())[0]


def find(tx: Transaction, call: Calling, reference: str) -> AlertSource:
    """A source by id or key. The key finds for those only who may see it."""
    number = number_in(reference)
    if number is not None:
        return documents.get(tx, SOURCES, number)
    found = stored.by_keys(tx, [reference.strip()]) if call.may("VIEW_KEYS") else {}
    if not found:
        raise NotFound("there is no alert source with this id or key")
    return next(iter(found.values()))
