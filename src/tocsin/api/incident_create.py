"""Reporting an incident by hand."""

from __future__ import annotations

from tocsin.api.call import Calling
from tocsin.api.incident_wire import IncidentDraft
from tocsin.core.events import AlertSource, Event, open_incident
from tocsin.core.incidents import AskToo, AssignToUser, Escalation, Incident
from tocsin.core.policies import EscalationPolicy
from tocsin.kit.chance import short_key
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace
from tocsin.store import decisions, documents, people, support_hours
from tocsin.store.database import Transaction
from tocsin.store.intake import open_by_hand
from tocsin.store.kinds import POLICIES, SOURCES


def report(tx: Transaction, call: Calling, draft: IncidentDraft) -> Incident:
    """Open the incident of a draft. Raises BadInput for what it refers to in vain."""
    source = documents.many(tx, SOURCES, (draft.alert_source.id,), deleted=False).get(draft.alert_source.id)
    if source is None:
        raise BadInput.at("alertSource.id", f"there is no alert source with the id {draft.alert_source.id}")
    policy = _policy(tx, draft, source)
    asked = _asked(tx, draft)
    by = call.actor(tx)
    incident = _incident(tx, call, draft, (source, policy))
    if not asked:
        return open_by_hand(tx, incident, by)
    incident = open_by_hand(tx, _held(incident), by)
    incident = decisions.perform(tx, incident.id, AssignToUser(by=by, user_id=asked[0]))
    for user_id in asked[1:]:
        incident = decisions.perform(tx, incident.id, AskToo(by=by, user_id=user_id))
    return incident


def _policy(tx: Transaction, draft: IncidentDraft, source: AlertSource) -> EscalationPolicy:
    number = draft.escalation_policy.id if draft.escalation_policy else source.policy_id
    policy = documents.many(tx, POLICIES, (number,), deleted=False).get(number)
    if policy is None:
        raise BadInput.at("escalationPolicy.id", f"there is no escalation policy with the id {number}")
    return policy


def _asked(tx: Transaction, draft: IncidentDraft) -> tuple[int, ...]:
    """The people that the draft names instead of a policy, each once."""
    wanted = {
        **({draft.assigned_to.id: "assignedTo.id"} if draft.assigned_to else {}),
        **{r.user.id: f"responders.{i}.user.id" for i, r in enumerate(draft.responders)},
    }
    known = people.load(tx, wanted)
    for number, path in wanted.items():
        if number not in known:
            raise BadInput.at(path, f"there is no user with the id {number}")
    return tuple(wanted)


def _incident(
    tx: Transaction, call: Calling, draft: IncidentDraft, where: tuple[AlertSource, EscalationPolicy]
) -> Incident:
    source, policy = where
    event = Event(
        event_type="ALERT",
        summary=draft.summary,
        details=draft.details or "",
        decided_priority=draft.priority,
        severity=draft.severity,
        images=draft.images,
        links=draft.links,
        labels=draft.labels or {},
        custom_details=draft.custom_details,
    )
    number, key = tx.next_id("incidents"), short_key(call.deployment.chance)
    hours = support_hours.of_source(tx, source)
    opened = open_incident(number, source, policy, event, key=key, now=tx.now, hours=hours)
    # What is said by hand is said on purpose: services replace the source's, a blank summary stays.
    return replace(
        opened, summary=opened.summary or draft.summary, services=draft.services or source.services
    )


def _held(incident: Incident) -> Incident:
    """The same without a timer: it is about to be assigned by hand."""
    place = Escalation(
        policy_id=incident.escalation.policy_id,
        policy_version=incident.escalation.policy_version,
        phase="ASSIGNED",
    )
    return replace(incident, escalation=place)
