"""From leased errands to what a connection type works with: all look-ups, no decisions but “is it wanted still”."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.auth import parameters
from tocsin.auth.vault import Vault
from tocsin.core import conditions
from tocsin.core import connections as core
from tocsin.core.connections import Connection, Connector, Occasion, Outcome, Person, outdated
from tocsin.core.incidents import Incident
from tocsin.core.occasion_context import variables
from tocsin.core.people import User
from tocsin.kit.chance import Chance
from tocsin.kit.errors import TocsinError
from tocsin.plugins import ConnectionType, Errand, connection_types
from tocsin.store import documents, errands, incidents, policies
from tocsin.store.connections import CONNECTIONS, CONNECTORS
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES, USERS

DETAILS_TOLD = 20_000


@dataclass(frozen=True)
class Outward:
    """What errands need besides the database."""

    vault: Vault
    public_url: str
    chance: Chance
    mail_from: str = ""


@dataclass(frozen=True)
class Ready:
    """An errand with everything that its type needs."""

    errand: core.Errand
    kind: ConnectionType
    given: Errand
    private_targets: tuple[str, ...]


@dataclass(frozen=True)
class Settled:
    """An errand that ends without asking anybody."""

    errand: core.Errand
    outcome: Outcome


def prepare(tx: Transaction, outward: Outward, errand: core.Errand) -> Ready | Settled:
    """What running `errand` takes, or why it is not run."""
    vault, public_url = outward.vault, outward.public_url
    connection = documents.get(tx, CONNECTIONS, errand.connection_id, deleted=True)
    kind = connection_types().get(connection.type)
    if kind is None:
        return _impossible(errand, f"no plugin for {connection.type} is installed")
    if errand.incident_id is None:
        there, occasion = None, sample(connection, errand, public_url)
    else:
        incident = incidents.get(tx, errand.incident_id)
        if outdated(errand, incident.status):
            why = f"no longer needed: the incident is {incident.status}"
            return Settled(errand, Outcome(kind="SKIPPED", answer=why))
        there = errands.remote(tx, connection.id, incident.id)
        occasion = _occasion(tx, connection, incident, errand, public_url)
        if not _holds(connection, occasion):
            return Settled(errand, Outcome(kind="SKIPPED", answer="the condition does not hold"))
    try:
        connector = _connector(tx, connection)
        given = Errand(
            occasion=occasion,
            params=parameters.instance(vault, kind, kind.params, connection.params),
            connector=_account(vault, kind, connector),
            remote=there,
            now=tx.now,
            sender=outward.mail_from,
        )
    except TocsinError as wrong:
        return _impossible(errand, wrong.message)
    private = connector.private_targets if connector else ()
    return Ready(errand=errand, kind=kind, given=given, private_targets=private)


def _holds(connection: Connection, occasion: Occasion) -> bool:
    """Whether the connection's condition lets the occasion through, as it was then."""
    if not connection.conditions.strip():
        return True
    return conditions.parse(connection.conditions).holds(variables(occasion), occasion.at)


def _impossible(errand: core.Errand, why: str) -> Settled:
    return Settled(errand, Outcome(kind="PERMANENT", answer=why))


def sample(connection: Connection, errand: core.Errand, public_url: str) -> Occasion:
    """A made-up incident that says so, for trying a connection."""
    return Occasion(
        id=f"{connection.id}-{errand.id}",
        trigger="incident-created",
        at=errand.created_at,
        today=connection.today,
        incident_id=0,
        summary=f"Test of the connection {connection.name}",
        details="Somebody pressed the test button: nothing is wrong.",
        key="test",
        status="PENDING",
        priority="HIGH",
        reported_at=errand.created_at,
        source_id=0,
        source="Tocsin",
        policy_id=0,
        policy="none",
        by=errand.moment.by,
        url=public_url,
    )


def _connector(tx: Transaction, connection: Connection) -> Connector | None:
    if connection.connector_id is None:
        return None
    return documents.get(tx, CONNECTORS, connection.connector_id, deleted=True)


def _account(vault: Vault, kind: ConnectionType, connector: Connector | None) -> object:
    if kind.connector is None or connector is None:
        return None
    return parameters.instance(vault, kind, kind.connector, connector.params)


def _occasion(
    tx: Transaction, connection: Connection, incident: Incident, errand: core.Errand, public_url: str
) -> Occasion:
    place = (incident.escalation.policy_id, incident.escalation.policy_version)
    policy = policies.versions(tx, [place])[place]
    source = documents.get(tx, SOURCES, incident.source_id, deleted=True)
    asked = incidents.responders_of(tx, (incident.id,)).get(incident.id, [])
    moment = errand.moment
    wanted = {r.user_id for r in asked} | ({moment.assigned_to} if moment.assigned_to else set())
    people = {i: _person(user) for i, user in documents.many(tx, USERS, wanted).items()}
    return Occasion(
        id=f"{errand.connection_id}-{errand.id}",
        trigger=errand.trigger,
        at=errand.created_at,
        today=connection.today,
        incident_id=incident.id,
        summary=incident.summary,
        details=incident.details[:DETAILS_TOLD],
        key=incident.key,
        status=moment.status,
        priority=moment.priority,
        reported_at=incident.reported_at,
        source_id=source.id,
        source=source.name,
        policy_id=policy.id,
        policy=policy.name,
        assigned_to=_assigned(people, moment.assigned_to, moment.status),
        responders=tuple(
            (people[r.user_id], r.accepted_at is not None) for r in asked if r.user_id in people
        ),
        links=incident.links,
        labels=incident.labels,
        custom_details=incident.custom_details,
        by=moment.by,
        comment=moment.comment,
        url=f"{public_url}/incidents/{incident.id}",
    )


def _assigned(people: Mapping[int, Person], user_id: int | None, status: str) -> Person | None:
    """Nobody once it is over, as the product says it."""
    return people.get(user_id) if user_id and status != "RESOLVED" else None


def _person(user: User) -> Person:
    return Person(
        id=user.id,
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
    )
