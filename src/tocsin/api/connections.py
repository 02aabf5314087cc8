"""Connections (today: alert actions): what goes outward, by itself or at the press of a button."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Body, Query
from starlette.responses import Response

from tocsin.api import connection_wire as wire
from tocsin.api.call import Call, Calling
from tocsin.api.connection_wire import ConnectionWire
from tocsin.api.connectors import TextId, text_id
from tocsin.api.parameters import Id, Number, Paging
from tocsin.api.routing import Resource
from tocsin.api.team_context import TeamContext
from tocsin.core.connections import Connection, Errand
from tocsin.core.people import User
from tocsin.core.policies import UserRef
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, value
from tocsin.store import connections as stored
from tocsin.store import documents, errands, incidents, owners
from tocsin.store.database import Transaction
from tocsin.store.kinds import CONNECTIONS, USERS

connections = Resource("connections")
actions = Resource("incidents")


@value
class ErrandWire:
    """One message to another product, with how it ended."""

    id: str
    incident_id: int | None = None
    trigger: str
    state: str
    """SCHEDULED, SENDING, DONE, SKIPPED or FAILED."""
    attempts: int
    created_at: datetime
    finished_at: datetime | None = None
    answer: str | None = None
    """What the other product said."""
    actor: UserRef | None = None


@value
class ActionResult:
    """One press of the button."""

    id: str
    webhook_id: str
    extension_id: str | None = None
    alert_action_id: str
    connector_id: str | None = None
    incident_id: int
    success: bool | None = None
    """Absent while it is under way."""
    actor: UserRef | None = None
    remote_url: str | None = None


@value
class Action:
    """A manual action of an incident, with its history."""

    name: Annotated[str, MaxLen(255)] | None = None
    type: Annotated[str, MaxLen(100)] | None = None
    webhook_id: Annotated[str, MaxLen(30)] | None = None
    """The connection, in the words of 2020."""
    extension_id: Annotated[str, MaxLen(30)] | None = None
    """Its connector, in the words of 2020."""
    alert_action_id: Annotated[str, MaxLen(30)] | None = None
    connector_id: Annotated[str, MaxLen(30)] | None = None
    icon_url: str | None = None
    remote_url: str | None = None
    history: tuple[ActionResult, ...] = ()


@connections.get("", "VIEW")
def list_connections(
    call: Call,
    page: Paging,
    context: TeamContext,
    source: Annotated[Number | None, Query()] = None,
    connector: Annotated[str | None, Query(max_length=30)] = None,
) -> list[ConnectionWire]:
    """Every connection, in order of their ids; of one source or connector if asked."""
    with call.read() as tx:
        found = [
            c
            for c in documents.listing(tx, CONNECTIONS, where=context.of(tx, call, CONNECTIONS))
            if (source is None or source in c.source_ids)
            and (connector is None or str(c.connector_id) == connector)
        ]
        part = found[page.start : page.start + page.count]
        return wire.show_connections(tx, call, part, call.deployment.vault)


@connections.post("", "CONFIGURE")
def create_connection(
    call: Call, body: Annotated[ConnectionWire, Body()], response: Response
) -> ConnectionWire:
    """Create a connection."""
    wanted = wire.read_connection(body, None, call.deployment.vault, today=call.dialect == "current")
    with call.write() as tx:
        made = stored.create(tx, wanted)
        owners.give(tx, CONNECTIONS, made.id, body.teams)
        created = _one(tx, call, made)
    response.headers["location"] = call.location("connections", made.id)
    return created


@connections.get("/name/{name:path}", "VIEW")
def get_connection_by_name(call: Call, name: str) -> ConnectionWire:
    """The connection of exactly this name."""
    with call.read() as tx:
        return _one(tx, call, documents.named(tx, CONNECTIONS, name))


@connections.get("/{id}", "VIEW")
def get_connection(call: Call, reference: TextId) -> ConnectionWire:
    """One connection."""
    with call.read() as tx:
        return _one(tx, call, _get(tx, reference))


@connections.put("/{id}", "CONFIGURE")
def update_connection(
    call: Call, reference: TextId, body: Annotated[ConnectionWire, Body()]
) -> ConnectionWire:
    """Replace a connection; its type stays."""
    with call.write() as tx:
        before = _get(tx, reference)
        wanted = wire.read_connection(body, before, call.deployment.vault, today=before.today)
        changed = stored.change(tx, wanted)
        owners.give(tx, CONNECTIONS, changed.id, body.teams)
        return _one(tx, call, changed)


@connections.delete("/{id}", "CONFIGURE")
def delete_connection(call: Call, reference: TextId) -> None:
    """Delete a connection; what still waits is not sent."""
    with call.write() as tx:
        stored.remove(tx, _get(tx, reference).id)


@connections.post("/{id}/test", "CONFIGURE", status_code=202)
def test_connection(call: Call, reference: TextId) -> ErrandWire:
    """Send a made-up incident through the connection; its history shows how it ended."""
    with call.write() as tx:
        errand = errands.test(tx, _get(tx, reference), call.actor(tx))
        return _errand(errand, _people(tx, [errand]))


@connections.get("/{id}/history", "VIEW")
def list_errands(call: Call, reference: TextId, page: Paging) -> list[ErrandWire]:
    """What was sent through the connection, newest first."""
    with call.read() as tx:
        found = errands.of_connection(tx, _get(tx, reference).id, page.start, page.count)
        people = _people(tx, found)
        return [_errand(errand, people) for errand in found]


@actions.get("/{id}/actions", "VIEW")
def list_actions(call: Call, number: Id) -> list[Action]:
    """The manual actions of an incident, with what came of each."""
    with call.read() as tx:
        incident = incidents.get(tx, number)
        found = errands.of_incident(tx, number)
        people = _people(tx, found)
        manual = [
            c
            for c in stored.of_sources(tx, (incident.source_id,)).get(incident.source_id, ())
            if c.trigger_mode == "MANUAL" and c.active
        ]
        remotes = errands.remotes_of(tx, number)
        return [
            Action(
                name=c.name,
                type=c.type,
                webhook_id=str(c.id),
                extension_id=_text(c.connector_id),
                alert_action_id=str(c.id),
                connector_id=_text(c.connector_id),
                remote_url=(remotes[c.id].url or None) if c.id in remotes else None,
                history=tuple(
                    _result(c, errand, people)
                    for errand in found
                    if errand.connection_id == c.id and errand.trigger == "manual"
                ),
            )
            for c in manual
        ]


@actions.post("/{id}/actions", "RESPOND")
def invoke_action(call: Call, number: Id, body: Annotated[Action, Body()]) -> ActionResult:
    """Press the button of a manual action."""
    wanted = body.alert_action_id or body.webhook_id
    path = "alertActionId" if call.dialect == "current" else "webhookId"
    if not wanted:
        raise BadInput.at(path, "name the connection to run")
    with call.write() as tx:
        incident = incidents.get(tx, number)
        connection = _get(tx, wanted)
        if connection.trigger_mode != "MANUAL" or incident.source_id not in connection.source_ids:
            raise BadInput.at(path, "this connection is no manual action of the incident's source")
        if not connection.active:
            raise BadInput.at(path, "this connection is switched off")
        errand = errands.by_hand(tx, connection, number, call.actor(tx))
        return _result(connection, errand, _people(tx, [errand]))


def _get(tx: Transaction, reference: str) -> Connection:
    return documents.get(tx, CONNECTIONS, text_id(reference, "connection"))


def _one(tx: Transaction, call: Calling, connection: Connection) -> ConnectionWire:
    return wire.show_connections(tx, call, [connection], call.deployment.vault)[0]


def _people(tx: Transaction, found: list[Errand]) -> Mapping[int, User]:
    return documents.many(tx, USERS, {e.actor_id for e in found if e.actor_id is not None})


def _errand(errand: Errand, people: Mapping[int, User]) -> ErrandWire:
    return ErrandWire(
        id=str(errand.id),
        incident_id=errand.incident_id,
        trigger=errand.trigger,
        state=errand.state,
        attempts=errand.attempts,
        created_at=errand.created_at,
        finished_at=errand.finished_at,
        answer=errand.answer or None,
        actor=_actor(errand, people),
    )


def _result(connection: Connection, errand: Errand, people: Mapping[int, User]) -> ActionResult:
    return ActionResult(
        id=str(errand.id),
        webhook_id=str(connection.id),
        extension_id=_text(connection.connector_id),
        alert_action_id=str(connection.id),
        connector_id=_text(connection.connector_id),
        incident_id=errand.incident_id or 0,
        success=errand.state == "DONE" if errand.finished_at else None,
        actor=_actor(errand, people),
    )


def _actor(errand: Errand, people: Mapping[int, User]) -> UserRef | None:
    user = people.get(errand.actor_id) if errand.actor_id else None
    if user is None:
        return None
    return UserRef(id=user.id, first_name=user.first_name, last_name=user.last_name, email=user.email)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
