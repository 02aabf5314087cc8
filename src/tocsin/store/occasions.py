"""From an errand to everything that it may say: what happened, to which incident, who was asked."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.connections import Connection, Errand, Moment, Occasion, Person, delay, told
from tocsin.core.incidents import Incident
from tocsin.core.people import User
from tocsin.store import documents, incidents, policies
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES, USERS

DETAILS_TOLD = 20_000


def sample(connection: Connection, errand: Errand, public_url: str) -> Occasion:
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


def imagined(tx: Transaction, incident_id: int | None, *, today: bool, public_url: str) -> Occasion:
    """What would be told if an incident, or a made-up one, opened now. Raises NotFound."""
    incident = None if incident_id is None else incidents.get(tx, incident_id)
    moment = Moment(
        status=incident.status if incident else "PENDING",
        priority=incident.priority if incident else "HIGH",
        assigned_to=incident.assigned_to if incident else None,
    )
    connection = Connection(name="preview", type="", today=today)
    errand = Errand(
        id=0,
        connection_id=0,
        incident_id=incident_id,
        trigger="incident-created",
        moment=moment,
        due_at=None,
        created_at=tx.now,
    )
    if incident is None:
        return sample(connection, errand, public_url)
    return of(tx, connection, incident, errand, public_url)


def of(
    tx: Transaction, connection: Connection, incident: Incident, errand: Errand, public_url: str
) -> Occasion:
    """What the errand tells: the moment as it was then, the rest as it is now."""
    place = (incident.escalation.policy_id, incident.escalation.policy_version)
    policy = policies.versions(tx, [place])[place]
    source = documents.get(tx, SOURCES, incident.source_id, deleted=True)
    asked = incidents.responders_of(tx, (incident.id,)).get(incident.id, [])
    now = Moment(status=incident.status, priority=incident.priority, assigned_to=incident.assigned_to)
    moment, at = told(errand, delay(connection, errand.trigger), now)
    wanted = {r.user_id for r in asked} | ({moment.assigned_to} if moment.assigned_to else set())
    people = {i: _person(user) for i, user in documents.many(tx, USERS, wanted).items()}
    return Occasion(
        id=f"{errand.connection_id}-{errand.id}",
        trigger=errand.trigger,
        at=at,
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
        source_type=source.integration_type,
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
