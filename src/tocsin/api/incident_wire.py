"""Incidents on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from tocsin.api import policies as policy_wire
from tocsin.api import user_wire
from tocsin.api.parameters import IdRef
from tocsin.core.escalation import next_place
from tocsin.core.events import MAX_DETAILS, MAX_SUMMARY, AlertSource
from tocsin.core.incidents import Image, Incident, Link, Priority, ServiceRef, Severity, Status, Surroundings
from tocsin.core.people import User
from tocsin.core.policies import EscalationRule, Ref, UserRef
from tocsin.core.sentences import next_step
from tocsin.core.source_settings import MAX_SERVICES
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.languages import Language as Spoken
from tocsin.store import decisions, documents, incidents
from tocsin.store.database import Transaction
from tocsin.store.incidents import Responder
from tocsin.store.kinds import SOURCES, USERS

Include = Literal["escalationRules", "nextEscalationUser", "customDetails", "subscribed"]


@value
class SourceRef:
    """The alert source of an incident."""

    id: int
    name: str | None = None
    integration_type: str | None = None


@value
class ResponderWire:
    """Somebody who was asked, or who took it."""

    user: UserRef
    status: Literal["PENDING", "ACCEPTED"]
    accepted_at: datetime | None = None


@value
class IncidentWire:
    """A problem that somebody has to look at."""

    id: int
    summary: str
    details: str | None = None
    report_time: datetime
    accepted_on: datetime | None = None
    resolved_on: datetime | None = None
    status: Status
    alert_source: SourceRef
    escalation_policy: Ref
    priority: Priority
    severity: Severity | None = None
    """1 is the worst."""
    services: tuple[ServiceRef, ...] | None = None
    incident_key: str
    """Groups the events of one problem."""
    assigned_to: UserRef | None = None
    """The person asked last, or who accepted it."""
    acknowledged_by: UserRef | None = None
    acknowledged_by_type: str | None = None
    """USER or SOURCE."""
    resolved_by: UserRef | None = None
    resolved_by_type: str | None = None
    """USER, SOURCE or SYSTEM."""
    next_escalation: datetime | None = None
    """When the next level is asked, if nobody accepts."""
    next_escalation_rule_index: int | None = None
    next_escalation_user: UserRef | None = None
    """With include=nextEscalationUser: the first person of the next level."""
    next_step: str
    """What happens next and when, if nobody acts."""
    escalation_rules: tuple[EscalationRule, ...] | None = None
    """With include=escalationRules: the rules that this incident climbs."""
    responders: tuple[ResponderWire, ...] = ()
    images: tuple[Image, ...] = ()
    links: tuple[Link, ...] = ()
    labels: dict[str, str] | None = None
    custom_details: dict[str, Any] | None = None
    """With include=customDetails, and always in v1: what the tool sent along."""
    subscribed: bool | None = None
    """With include=subscribed: whether the caller is kept informed of it."""


@value
class ResponderDraft:
    """Somebody to be asked."""

    user: IdRef


@value
class IncidentDraft:
    """An incident that a person reports."""

    summary: Annotated[str, MinLen(1), MaxLen(MAX_SUMMARY)]
    details: Annotated[str, MaxLen(MAX_DETAILS)] | None = None
    alert_source: IdRef
    escalation_policy: IdRef | None = None
    """Instead of the source's."""
    priority: Priority | None = None
    """Instead of the source's."""
    severity: Severity | None = None
    services: Annotated[tuple[ServiceRef, ...], MaxLen(MAX_SERVICES)] = ()
    assigned_to: IdRef | None = None
    """This person and nobody else."""
    responders: Annotated[tuple[ResponderDraft, ...], MaxLen(50)] = ()
    """These people and nobody else."""
    images: Annotated[tuple[Image, ...], MaxLen(50)] = ()
    links: Annotated[tuple[Link, ...], MaxLen(50)] = ()
    labels: dict[str, str] | None = None
    custom_details: dict[str, Any] | None = None


@dataclass(frozen=True)
class _Around:
    """What several incidents refer to, looked up at once."""

    tx: Transaction
    of: Mapping[int, Surroundings]
    sources: Mapping[int, AlertSource]
    users: Mapping[int, User]
    responders: Mapping[int, list[Responder]]
    rules: Mapping[tuple[int, int], tuple[EscalationRule, ...]]
    """With names, by the policy's id and version; only where they are asked for."""
    caller_id: int | None

    def user(self, number: int | None) -> UserRef | None:
        """A reference to a user, with names."""
        if number is None:
            return None
        user = self.users.get(number)
        return user_wire.reference(user) if user else UserRef(id=number)


def shown(
    tx: Transaction,
    found: Iterable[Incident],
    includes: Iterable[Include],
    language: Spoken,
    caller_id: int | None = None,
) -> list[IncidentWire]:
    """Incidents as the API shows them, to the caller when that matters."""
    found = list(found)
    wanted = frozenset(includes)
    around = _look_up(tx, found, wanted, caller_id)
    return [_shown(incident, around, wanted, language) for incident in found]


def one(
    tx: Transaction, incident: Incident, includes: Iterable[Include] = (), language: Spoken = "en"
) -> IncidentWire:
    """One incident as the API shows it."""
    return shown(tx, [incident], includes, language)[0]


def _look_up(
    tx: Transaction, found: list[Incident], wanted: frozenset[Include], caller_id: int | None
) -> _Around:
    responders = incidents.responders_of(tx, [incident.id for incident in found])
    users = {r.user_id for several in responders.values() for r in several}
    of = decisions.surroundings(tx, found)
    for incident in found:
        mentioned = (incident.assigned_to, incident.accepted_by, incident.resolved_by)
        users.update(number for number in mentioned if number is not None)
        users.update(of[incident.id].policy.user_ids)
    sources = documents.many(tx, SOURCES, {incident.source_id for incident in found})
    policies = {(near.policy.id, near.policy.version): near.policy for near in of.values()}
    named = policy_wire.hydrated(tx, policies.values()) if "escalationRules" in wanted else ()
    rules = {(policy.id, policy.version): policy.escalation_rules for policy in named}
    return _Around(tx, of, sources, documents.many(tx, USERS, users), responders, rules, caller_id)


def _shown(incident: Incident, around: _Around, wanted: frozenset[Include], language: Spoken) -> IncidentWire:
    near = around.of[incident.id]
    source = around.sources[incident.source_id]
    details = incident.custom_details if "customDetails" in wanted else None
    return IncidentWire(
        id=incident.id,
        summary=incident.summary,
        details=incident.details or None,
        report_time=incident.reported_at,
        accepted_on=incident.accepted_at,
        resolved_on=incident.resolved_at,
        status=incident.status,
        alert_source=SourceRef(id=source.id, name=source.name, integration_type=source.integration_type),
        escalation_policy=Ref(id=near.policy.id, name=near.policy.name),
        priority=incident.priority,
        severity=incident.severity,
        services=incident.services or None,
        incident_key=incident.key,
        assigned_to=around.user(incident.assigned_to),
        acknowledged_by=around.user(incident.accepted_by),
        acknowledged_by_type=incident.accepted_by_type,
        resolved_by=around.user(incident.resolved_by),
        resolved_by_type=incident.resolved_by_type,
        next_step=next_step(incident, near, around.tx.now, language),
        escalation_rules=around.rules.get((near.policy.id, near.policy.version)),
        responders=_responders(incident, around),
        images=incident.images,
        links=incident.links,
        labels=dict(incident.labels) or None,
        custom_details=dict(details) if details is not None else None,
        subscribed=around.caller_id in near.subscribers if "subscribed" in wanted else None,
        **_next(incident, around, "nextEscalationUser" in wanted),
    )


def _next(incident: Incident, around: _Around, with_user: bool) -> dict[str, Any]:  # noqa: FBT001
    """When, and to whom, the incident climbs next."""
    policy = around.of[incident.id].policy
    place = next_place(incident.escalation, policy)
    if incident.status != "PENDING" or incident.escalation.due_at is None or place is None:
        return {}
    users = policy.escalation_rules[place[1]].user_ids
    return {
        "next_escalation": incident.escalation.due_at,
        "next_escalation_rule_index": place[1],
        "next_escalation_user": around.user(users[0]) if users and with_user else None,
    }


def _responders(incident: Incident, around: _Around) -> tuple[ResponderWire, ...]:
    return tuple(
        ResponderWire(
            user=around.user(responder.user_id) or UserRef(id=responder.user_id),
            status="ACCEPTED" if responder.accepted_at else "PENDING",
            accepted_at=responder.accepted_at,
        )
        for responder in around.responders.get(incident.id, ())
    )
