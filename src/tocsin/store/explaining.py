"""“Who is told, and why?”: of the past by the ledger, of now and later by the engine's own functions."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from tocsin.core.delivery import Notification
from tocsin.core.events import AlertSource, Event, Near, priority_of, raised_at, receive
from tocsin.core.explain import PASSED, ExplainedSilence, Explanation, explain
from tocsin.core.incidents import Incident, Log, Priority
from tocsin.core.policies import EscalationPolicy
from tocsin.core.recorded import Record, recorded
from tocsin.store import decisions, documents, incidents, log, maintenance, notifications, support_hours
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, USERS
from tocsin.store.schedules import SKEW

MOST = 20
"""Incidents whose facts are told; the newest ones."""
_ALERT = Event(event_type="ALERT", summary="something")
_LINES = (*PASSED, "IncidentAssignedBySystem", "EscalationEnded")


def of_source(
    tx: Transaction, source: AlertSource, at: datetime, priority: Priority | None = None
) -> Explanation:
    """Who is told of an incident of a source at an instant: with the priority that it would have, if none is named."""
    policy = documents.get(tx, POLICIES, source.policy_id)
    windows = maintenance.of_sources(tx, (source.id,)).get(source.id, ())
    near = Near(
        now=at,
        hours=support_hours.of_source(tx, source),
        maintained_until=maintenance.until(windows, at),
    )
    wanted = priority or priority_of(source, _ALERT, at, near.hours)
    if found := _past(tx, policy, at, wanted, (source.id,)):
        return found
    verdict = receive(source, _ALERT, (), near)
    if verdict.effect != "OPEN":
        silence = ExplainedSilence(at=at, level=0, cycle=0, reason=f"{verdict.code} {verdict.reason}")
        return Explanation(
            at=at, priority=wanted, policy_id=policy.id, policy=policy.name, pages=(), silences=(silence,)
        )
    raised = raised_at(source, near.hours, at) if wanted == "LOW" else None
    return explain(decisions.surroundings_of_policy(tx, policy, at), at, wanted, raised)


def of_policy(tx: Transaction, policy: EscalationPolicy, at: datetime, priority: Priority) -> Explanation:
    """Who is told of an incident of a policy at an instant.

    An instant of the past at which such incidents were open is answered by what was sent of them. If
    there were none, nobody was told of anything: then it is computed with who was on call.
    """
    return _past(tx, policy, at, priority) or explain(
        decisions.surroundings_of_policy(tx, policy, at), at, priority
    )


def _past(
    tx: Transaction,
    policy: EscalationPolicy,
    at: datetime,
    priority: Priority,
    sources: tuple[int, ...] = (),
) -> Explanation | None:
    if at >= tx.now - SKEW:
        return None
    wanted = incidents.Filter(policies=(policy.id,), sources=sources, open_at=at)
    found = incidents.search(tx, wanted, limit=MOST)
    return _recorded(tx, policy, at, priority, found) if found else None


def _recorded(
    tx: Transaction, policy: EscalationPolicy, at: datetime, priority: Priority, found: list[Incident]
) -> Explanation:
    ids = [incident.id for incident in found]
    sent: defaultdict[int, list[Notification]] = defaultdict(list)
    for one in notifications.of_incidents(tx, ids):
        sent[one.incident_id or 0].append(one)
    lines: defaultdict[int, list[tuple[datetime, Log]]] = defaultdict(list)
    for entry in log.entries(tx, ids, _LINES):
        lines[entry.incident_id].append((entry.at, Log(type=entry.type, by=entry.by, vars=entry.vars)))
    records = [
        Record(incident=one, notifications=tuple(sent[one.id]), lines=tuple(lines[one.id])) for one in found
    ]
    users = {page.user_id for several in sent.values() for page in several}
    users.update(
        line.vars["userId"] for several in lines.values() for _, line in several if "userId" in line.vars
    )
    return recorded(policy, at, priority, records, documents.many(tx, USERS, users))
