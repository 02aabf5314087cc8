"""What readiness is judged by: who carries what, when each way worked last, and the test pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain

import sqlalchemy as sa

from tocsin.core.people import Method, Person
from tocsin.core.policies import EscalationPolicy
from tocsin.core.readiness import Readiness, Trial, readiness
from tocsin.plugins import channels
from tocsin.store import people, providers, schedules, teams, trials
from tocsin.store.database import Transaction
from tocsin.store.notifications import LEFT
from tocsin.store.tables import notifications as t

_WORKED = (*LEFT, "ANSWERED")


def of_users(tx: Transaction, user_ids: Iterable[int]) -> list[Readiness]:
    """The readiness of these users, in order of their ids."""
    return of_people(tx, people.load(tx, user_ids))


def of_policy(tx: Transaction, policy: EscalationPolicy) -> list[Readiness]:
    """Everybody whom a policy names, by themselves or as a team, or whose shifts it asks."""
    members = chain.from_iterable(teams.asked(tx, policy.team_ids).values())
    return of_users(tx, {*policy.user_ids, *members, *schedules.planned(tx, policy.schedule_ids)})


def of_people(tx: Transaction, everybody: Mapping[int, Person]) -> list[Readiness]:
    """The same, of people who were looked up already."""
    carried = {*channels(), *(provider.channel for provider in providers.active(tx))}
    delivered = _delivered(tx, [c.id for person in everybody.values() for c in person.contacts])
    tests = trials.of_users(tx, everybody)
    return [
        readiness(person, carried, delivered, _tested(tests.get(number)), tx.now)
        for number, person in sorted(everybody.items())
    ]


def _tested(page: trials.TestPage | None) -> Trial:
    if page is None:
        return Trial()
    return Trial(next_at=page.due_at, sent_at=page.sent_at, answered_at=page.answered_at)


def _delivered(tx: Transaction, contact_ids: list[int]) -> dict[tuple[int, Method], datetime]:
    """When each address was reached last by each method."""
    query = (
        sa.select(t.c.contact_id, t.c.method, sa.func.max(t.c.sent_at))
        .where(t.c.contact_id.in_(contact_ids), t.c.sent_at.is_not(None), t.c.state.in_(_WORKED))
        .group_by(t.c.contact_id, t.c.method)
    )
    return {(row[0], row[1]): row[2] for row in tx.all(query)}
