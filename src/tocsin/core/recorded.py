"""“Who was told, and why?” for the past: out of the ledger and the timelines, and computed by nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tocsin.core.delivery import Notification
from tocsin.core.explain import PASSED, ExplainedPage, ExplainedSilence, Explanation, silence
from tocsin.core.incidents import Incident, Log, Priority
from tocsin.core.people import User
from tocsin.core.policies import EscalationPolicy
from tocsin.kit.value import value

PURPOSES = ("ALERT", "FALLBACK")
"""Messages that ask somebody; updates are none."""


@value
class Record:
    """What is known of an incident."""

    incident: Incident
    notifications: tuple[Notification, ...]
    lines: tuple[tuple[datetime, Log], ...]
    """Its timeline, oldest first."""


def recorded(
    policy: EscalationPolicy,
    at: datetime,
    priority: Priority,
    found: Iterable[Record],
    people: Mapping[int, User],
) -> Explanation:
    """Who was told, when and where, of the incidents that were open under the policy at an instant."""
    found = list(found)
    pages = (page for record in found for page in _pages(record, people))
    silences = (one for record in found for one in _silences(record, people))
    ended = [when for record in found for when, line in record.lines if line.type == "EscalationEnded"]
    return Explanation(
        at=at,
        priority=priority,
        policy_id=policy.id,
        policy=policy.name,
        basis="LEDGER",
        pages=tuple(sorted(pages, key=lambda p: (p.at, p.cycle, p.level, p.user_id))),
        silences=tuple(sorted(silences, key=lambda s: s.at)),
        ends_at=max(ended, default=None),
    )


def _pages(record: Record, people: Mapping[int, User]) -> Iterator[ExplainedPage]:
    via = _via(record)
    for sent in record.notifications:
        if sent.purpose in PURPOSES:
            how = via[sent.cycle + 1, sent.level + 1]
            yield ExplainedPage(
                at=sent.sent_at or sent.due_at or sent.created_at,
                user_id=sent.user_id,
                user=people[sent.user_id].name if sent.user_id in people else f"#{sent.user_id}",
                method=sent.method,
                target=sent.target,
                level=sent.level + 1,
                cycle=sent.cycle + 1,
                purpose=sent.purpose,
                reason=sent.rule,
                schedule=how.get("schedules", {}).get(str(sent.user_id)),
                team=how.get("teams", {}).get(str(sent.user_id)),
                incident_id=record.incident.id,
                state=sent.heard_of if sent.state == "SENT" else sent.state,
            )


def _via(record: Record) -> Mapping[tuple[int, int], Mapping[str, Any]]:
    """Through which schedules and teams each level asked, by (pass, level)."""
    found: defaultdict[tuple[int, int], Mapping[str, Any]] = defaultdict(dict)
    for _, line in record.lines:
        if line.type == "IncidentAssignedBySystem":
            found[int(line.vars.get("cycle", 0)), int(line.vars.get("level", 0))] = line.vars
    return found


def _silences(record: Record, people: Mapping[int, User]) -> Iterator[ExplainedSilence]:
    for when, line in record.lines:
        if line.type in PASSED:
            yield silence(line, when, people, record.incident.id)
