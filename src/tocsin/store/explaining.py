"""“Who is told, and why?”: of the past by the ledger, of now and later by the engine's own functions."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from tocsin.core.delivery import Notification
from tocsin.core.explain import PASSED, Explanation, explain
from tocsin.core.incidents import Incident, Log, Priority
from tocsin.core.policies import EscalationPolicy
from tocsin.core.recorded import Record, recorded
from tocsin.store import decisions, documents, incidents, log, notifications
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS
from tocsin.store.schedules import SKEW

MOST = 20
"""Incidents whose facts are told; the newest ones."""
_LINES = (*PASSED, "IncidentAssignedBySystem", "EscalationEnded")


def of_policy(
    tx: Transaction, policy: EscalationPolicy, at: datetime, priority: Priority, source_id: int | None = None
) -> Explanation:
    """Who is told of an incident of a policy, and of a source if one is named, at an instant.

    An instant of the past at which such incidents were open is answered by what was sent of them. If
    there were none, nobody was told of anything: then it is computed with who was on call.
    """
    if at < tx.now - SKEW:
        sources = (source_id,) if source_id is not None else ()
        wanted = incidents.Filter(policies=(policy.id,), sources=sources, open_at=at)
        found = incidents.search(tx, wanted, limit=MOST)
        if found:
            return _recorded(tx, policy, at, priority, found)
    return explain(decisions.surroundings_of_policy(tx, policy, at), at, priority)


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
