"""Incidents: the lists and counts that people ask for, and who responds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.core.events import BY_KEY_ONLY, AlertSource, OpenIncident, fold_summary
from tocsin.core.incidents import Incident, Priority, Status, fold
from tocsin.kit.errors import NotFound
from tocsin.kit.value import replace, value
from tocsin.store import errands
from tocsin.store.database import NOW, Row, Transaction, one_of
from tocsin.store.incident_rows import changing, incident_of, row_of
from tocsin.store.tables import OPEN, incidents, responders, subscribers

GROUPING_WINDOW = 1_000
"""How many open incidents of a source a grouping mode looks at, newest first."""


@value
class Filter:
    """Which incidents a list shows. Empty means all."""

    states: tuple[Status, ...] = ()
    sources: tuple[int, ...] = ()
    policies: tuple[int, ...] = ()
    responders: tuple[int, ...] = ()
    """Users who are responders of the incident, or have it assigned."""
    subscribers: tuple[int, ...] = ()
    """Users who are kept informed of the incident."""
    priorities: tuple[Priority, ...] = ()
    from_: datetime | None = None
    until: datetime | None = None
    open_at: datetime | None = None
    """Reported by then, and not resolved."""


@value
class Responder:
    """Somebody who was asked, or who took it."""

    user_id: int
    since: datetime
    accepted_at: datetime | None = None


_TIMERS = (incidents.c.due_at, incidents.c.auto_resolve_at, incidents.c.raise_at)
_BY_IDS = sa.select(incidents).where(one_of(incidents.c.id)).order_by(incidents.c.id)
_HELD = _BY_IDS.with_for_update()
_DUE, _TO_RESOLVE, _TO_RAISE = (
    sa.select(incidents)
    .where(timer <= NOW, incidents.c.parked.is_(None))
    .order_by(timer, incidents.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
    for timer in _TIMERS
)
_NEXT_DUE = tuple(
    sa.select(sa.func.min(timer)).where(timer.is_not(None), incidents.c.parked.is_(None)) for timer in _TIMERS
)


def get(tx: Transaction, incident_id: int) -> Incident:
    """One incident. Raises NotFound."""
    found = many(tx, (incident_id,))
    if not found:
        raise NotFound(f"there is no incident with the id {incident_id}")
    return found[0]


def many(tx: Transaction, ids: Iterable[int]) -> list[Incident]:
    """The incidents with these ids, as far as they are there."""
    return _load(tx, _BY_IDS, wanted=sorted(set(ids)))


def lock(tx: Transaction, ids: Iterable[int]) -> dict[int, Incident]:
    """The incidents with these ids, held by this transaction until it ends."""
    return {incident.id: incident for incident in _load(tx, _HELD, wanted=sorted(set(ids)))}


def due(tx: Transaction, limit: int) -> list[Incident]:
    """Claim incidents whose escalation is due, the most overdue first; others skip them."""
    return _load(tx, _DUE, now=tx.now, most=limit)


def due_for_auto_resolution(tx: Transaction, limit: int) -> list[Incident]:
    """Claim open incidents whose automatic resolution is due."""
    return _load(tx, _TO_RESOLVE, now=tx.now, most=limit)


def due_for_raising(tx: Transaction, limit: int) -> list[Incident]:
    """Claim incidents whose source's support hours have begun, or ended."""
    return _load(tx, _TO_RAISE, now=tx.now, most=limit)


def due_ids(tx: Transaction, limit: int) -> tuple[list[int], list[int], list[int]]:
    """As the three above, without claiming or reading: for when a row cannot be read."""
    found = []
    for timer in _TIMERS:
        query = sa.select(incidents.c.id).where(timer <= tx.now, incidents.c.parked.is_(None))
        found.append([row.id for row in tx.all(query.order_by(timer, incidents.c.id).limit(limit))])
    return found[0], found[1], found[2]


def next_due(tx: Transaction) -> datetime | None:
    """When the next escalation, automatic resolution or raising is due."""
    times = [moment for query in _NEXT_DUE if (moment := tx.scalar(query)) is not None]
    return min(times, default=None)


def insert(tx: Transaction, new: Sequence[Incident]) -> None:
    """Store new incidents, and what connections have to tell of them."""
    tx.insert(incidents, [row_of(incident) for incident in new])
    errands.opened(tx, [incident.id for incident in new])


_BY_ID = sa.update(incidents).where(incidents.c.id == sa.bindparam("wanted_id"))


def save(tx: Transaction, changed: Sequence[Incident]) -> list[Incident]:
    """Store incidents that this transaction has locked; returns them with their new versions."""
    stored = [replace(incident, version=incident.version + 1) for incident in changed]
    if stored:
        tx.run(_BY_ID, [{**changing(incident), "wanted_id": incident.id} for incident in stored])
    return stored


def park(tx: Transaction, incident_id: int, reason: str) -> None:
    """Take an incident whose decision fails out of the loops, so that it stalls no other."""
    tx.run(sa.update(incidents).where(incidents.c.id == incident_id).values(parked=reason))


_GROUPING = sa.select(
    *(incidents.c[name] for name in ("id", "key_fold", "summary", "status", "policy_id", "reported_at"))
).where(incidents.c.source_id == sa.bindparam("source"), OPEN)
_SHARING = (
    _GROUPING.where(one_of(incidents.c.key_fold)),
    _GROUPING.order_by(incidents.c.id.desc()).limit(GROUPING_WINDOW),
)
_CANDIDATES = {False: _SHARING, True: tuple(query.with_for_update(read=True) for query in _SHARING)}
"""Those with one of the keys, and the newest; without a lock and with one."""


def candidates(
    tx: Transaction, source: AlertSource, folded_keys: Iterable[str], *, lock: bool = True
) -> list[OpenIncident]:
    """The open incidents of a source that events with these keys could concern, newest first.

    With `lock` they stay open until this transaction ends: an event must not be appended to an incident that
    somebody else resolves meanwhile.
    """
    wanted = sorted({key for key in folded_keys if key})
    by_key, newest = _CANDIDATES[lock]
    found: dict[int, OpenIncident] = {}
    if wanted:
        # Over 60,000 incidents a kept plan cost two thirds of the throughput (docs/benchmarks.md).
        with tx.planned_afresh():
            rows = tx.all(by_key, {"source": source.id, "wanted": wanted})
            found.update((row.id, _open(row)) for row in rows)
    if source.incident_creation not in BY_KEY_ONLY:
        found.update((row.id, _open(row)) for row in tx.all(newest, {"source": source.id}))
    return sorted(found.values(), key=lambda incident: -incident.id)


def search(tx: Transaction, wanted: Filter, offset: int = 0, limit: int = 50) -> list[Incident]:
    """Incidents that match, newest first."""
    query = sa.select(incidents).where(*_conditions(wanted)).order_by(incidents.c.id.desc())
    return [incident_of(row) for row in tx.all(query.offset(offset).limit(limit))]


def newest_of_key(tx: Transaction, source_id: int, key: str) -> Incident | None:
    """The incident of a source that goes by this key: the open one, else the last."""
    query = (
        sa.select(incidents)
        .where(incidents.c.source_id == source_id, incidents.c.key_fold == fold(key))
        .order_by(sa.case((OPEN, 0), else_=1), incidents.c.id.desc())
        .limit(1)
    )
    row = tx.first(query)
    return incident_of(row) if row else None


def count(tx: Transaction, wanted: Filter) -> int:
    """How many incidents match."""
    query = sa.select(sa.func.count()).select_from(incidents).where(*_conditions(wanted))
    return int(tx.scalar(query))


def open_counts(tx: Transaction, source_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Open incidents per source and status."""
    query = (
        sa.select(incidents.c.source_id, incidents.c.status, sa.func.count().label("number"))
        .where(incidents.c.source_id.in_(list(source_ids)), OPEN)
        .group_by(incidents.c.source_id, incidents.c.status)
    )
    counts: dict[int, dict[str, int]] = {}
    for row in tx.all(query):
        counts.setdefault(row.source_id, {})[row.status] = row.number
    return counts


def turns(tx: Transaction, found: Iterable[Incident]) -> dict[int, int]:
    """How many incidents were opened under the same policy before each of these: whose turn it is."""
    counts: dict[int, int] = {}
    counted: dict[int, tuple[int, int]] = {}
    # Oldest first: the history of a policy is counted once, not once for each.
    for number, policy_id in sorted((incident.id, incident.escalation.policy_id) for incident in found):
        since, before = counted.get(policy_id, (0, 0))
        given = {"policy": policy_id, "since": since, "before": number}
        counts[number] = before + int(tx.scalar(_OPENED, given))
        counted[policy_id] = number, counts[number]
    return counts


def turn_of_next(tx: Transaction, policy_id: int) -> int:
    """As `turns`, for the incident that is opened under the policy next."""
    return int(tx.scalar(_OPENED, {"policy": policy_id, "since": 0, "before": _LAST}))


_LAST = 2**63 - 1
_OPENED = (
    sa.select(sa.func.count())
    .select_from(incidents)
    .where(
        incidents.c.policy_id == sa.bindparam("policy"),
        incidents.c.id >= sa.bindparam("since"),
        incidents.c.id < sa.bindparam("before"),
    )
)


def responders_of(tx: Transaction, ids: Iterable[int]) -> dict[int, list[Responder]]:
    """Who was asked or took it, per incident, in the order in which they came."""
    query = sa.select(responders).where(responders.c.incident_id.in_(list(ids)))
    found: dict[int, list[Responder]] = {}
    for row in tx.all(query.order_by(responders.c.since, responders.c.user_id)):
        responder = Responder(user_id=row.user_id, since=row.since, accepted_at=row.accepted_at)
        found.setdefault(row.incident_id, []).append(responder)
    return found


def open_of_users(tx: Transaction, user_ids: Iterable[int]) -> dict[int, int]:
    """How many open incidents each of these users is a responder of."""
    wanted = list(user_ids)
    if not wanted:
        return {}
    query = (
        sa.select(responders.c.user_id, sa.func.count())
        .join(incidents, incidents.c.id == responders.c.incident_id)
        .where(responders.c.user_id.in_(wanted), OPEN)
        .group_by(responders.c.user_id)
    )
    return {row[0]: row[1] for row in tx.all(query)}


_ASKED = sa.select(responders.c.incident_id, responders.c.user_id).where(one_of(responders.c.incident_id))


def add_responders(tx: Transaction, wanted: Iterable[tuple[int, int, bool]]) -> None:
    """Note responders: (incident, user, accepted). Known ones stay, and may accept."""
    rows: dict[tuple[int, int], bool] = {}
    for incident_id, user_id, accepted in wanted:
        rows[incident_id, user_id] = accepted or rows.get((incident_id, user_id), False)
    if not rows:
        return
    asked = list({incident_id for incident_id, _ in rows})
    known = {(row.incident_id, row.user_id) for row in tx.all(_ASKED, {"wanted": asked})}
    fresh = [
        {"incident_id": i, "user_id": u, "since": tx.now, "accepted_at": tx.now if accepted else None}
        for (i, u), accepted in rows.items()
        if (i, u) not in known
    ]
    tx.insert(responders, fresh)
    for (i, u), accepted in rows.items():
        if accepted and (i, u) in known:
            same = sa.and_(responders.c.incident_id == i, responders.c.user_id == u)
            tx.run(sa.update(responders).where(same).values(accepted_at=tx.now))


def _load(tx: Transaction, query: sa.Select[Any], **given: Any) -> list[Incident]:
    return [incident_of(row) for row in tx.all(query, given)]


def _conditions(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    table = incidents.c
    conditions: list[sa.ColumnElement[bool]] = []
    for column, values in (
        (table.status, wanted.states),
        (table.source_id, wanted.sources),
        (table.policy_id, wanted.policies),
        (table.priority, wanted.priorities),
    ):
        if values:
            conditions.append(column.in_(values))
    if wanted.responders:
        asked = sa.select(responders.c.incident_id).where(responders.c.user_id.in_(wanted.responders))
        conditions.append(sa.or_(table.assigned_to.in_(wanted.responders), table.id.in_(asked)))
    if wanted.subscribers:
        followed = sa.select(subscribers.c.incident_id).where(subscribers.c.user_id.in_(wanted.subscribers))
        conditions.append(table.id.in_(followed))
    if wanted.from_:
        conditions.append(table.reported_at >= wanted.from_)
    if wanted.until:
        conditions.append(table.reported_at < wanted.until)
    if wanted.open_at:
        conditions.append(table.reported_at <= wanted.open_at)
        conditions.append(sa.or_(table.resolved_at.is_(None), table.resolved_at > wanted.open_at))
    return conditions


def _open(row: Row) -> OpenIncident:
    return OpenIncident(
        id=row.id,
        key_fold=row.key_fold,
        summary_fold=fold_summary(row.summary),
        status=row.status,
        policy_id=row.policy_id,
        summary=row.summary,
        reported_at=row.reported_at,
    )
