"""Incidents as lists and pages show them: with the names that belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.core.escalation import next_place
from tocsin.core.events import AlertSource
from tocsin.core.incidents import Incident, Surroundings
from tocsin.core.people import Person
from tocsin.core.sentences import next_people, next_step
from tocsin.store import decisions, documents, events
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES
from tocsin.web.visit import Visit


@dataclass(frozen=True, kw_only=True)
class Row:
    """One incident and what is shown beside it."""

    incident: Incident
    source: AlertSource
    around: Surroundings
    events: int
    sentence: str
    """What happens next, in the visitor's language."""
    next_people: str
    """Who is told next if nobody acts, by name; empty when the next step is the end."""

    @property
    def owner(self) -> Person | None:
        """Who accepted it, or has it assigned by hand."""
        incident = self.incident
        if incident.status == "ACCEPTED":
            return self._person(incident.accepted_by)
        if incident.status == "RESOLVED":
            return self._person(incident.resolved_by)
        return self._person(incident.assigned_to) if incident.escalation.phase == "ASSIGNED" else None

    @property
    def next_at(self) -> datetime | None:
        """When something happens by itself."""
        return self.incident.escalation.due_at if self.incident.status == "PENDING" else None

    @property
    def can_escalate(self) -> bool:
        """Whether there is another level to go to."""
        policy = self.around.policy
        return self.incident.open and (
            len(policy.escalation_rules) > 1 or next_place(self.incident.escalation, policy) is not None
        )

    def _person(self, user_id: int | None) -> Person | None:
        return self.around.people.get(user_id) if user_id is not None else None


def rows(tx: Transaction, visit: Visit, found: Sequence[Incident]) -> list[Row]:
    """The rows of these incidents, in their order: a fixed number of queries for any number."""
    around = decisions.surroundings(tx, found)
    sources = documents.many(tx, SOURCES, (incident.source_id for incident in found))
    counts = events.counts(tx, [incident.id for incident in found])
    return [_row(visit, incident, around[incident.id], sources, counts) for incident in found]


def _row(
    visit: Visit,
    incident: Incident,
    around: Surroundings,
    sources: Mapping[int, AlertSource],
    counts: Mapping[int, int],
) -> Row:
    return Row(
        incident=incident,
        source=sources[incident.source_id],
        around=around,
        events=counts.get(incident.id, 0),
        sentence=next_step(incident, around, visit.now, visit.language, visit.zone),
        next_people=next_people(incident, around, visit.now),
    )
