"""Who is kept informed of incidents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from tocsin.core.subscribers import may_subscribe
from tocsin.store import documents, notifications, teams
from tocsin.store.database import WANTED, Transaction
from tocsin.store.kinds import USERS
from tocsin.store.tables import subscribers

_OF = (
    sa.select(subscribers.c.incident_id, subscribers.c.user_id)
    .where(subscribers.c.incident_id.in_(WANTED))
    .order_by(subscribers.c.since, subscribers.c.user_id)
)


def of(tx: Transaction, incident_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """The subscribers of each incident that has any, in the order in which they came."""
    wanted = list(incident_ids)
    found: dict[int, list[int]] = {}
    for row in tx.all(_OF, {"wanted": wanted}) if wanted else ():
        found.setdefault(row.incident_id, []).append(row.user_id)
    return {number: tuple(users) for number, users in found.items()}


def has(tx: Transaction, incident_id: int, user_id: int) -> bool:
    """Whether a user is kept informed of an incident."""
    return user_id in of(tx, (incident_id,)).get(incident_id, ())


def of_team(tx: Transaction, team_id: int) -> tuple[int, ...]:
    """The members of a team who may be kept informed, whatever their role in it. Raises NotFound."""
    ids = [member.user.id for member in teams.get(tx, team_id).members]
    known = documents.many(tx, USERS, ids, deleted=False)
    return tuple(number for number in ids if number in known and may_subscribe(known[number]))


def change(tx: Transaction, wanted: Sequence[tuple[int, int, bool]]) -> None:
    """Add subscribers or take them out: (incident, user, wanted). What waits for the latter is not sent."""
    rows = [{"incident_id": i, "user_id": u, "since": tx.now} for i, u, added in wanted if added]
    if rows:
        tx.run(sa.insert(subscribers), rows)
    for incident_id, user_id, added in wanted:
        if not added:
            here = sa.and_(subscribers.c.incident_id == incident_id, subscribers.c.user_id == user_id)
            tx.run(sa.delete(subscribers).where(here))
            notifications.supersede(tx, [incident_id], "unsubscribed", [user_id], ("SUBSCRIPTION",))
