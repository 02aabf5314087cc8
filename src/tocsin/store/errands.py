"""Errands: what connections have to tell, written down with the change that they tell of.

Every line of a timeline and every new incident comes through here (`noted`, `opened`). Errands of one
incident over one connection run one at a time and in order; a delayed one ("not resolved after") waits
for nobody and holds nobody up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from tocsin.core.connections import (
    LEASE,
    Connection,
    Errand,
    Moment,
    Remote,
    Trigger,
    delay,
    trigger_of,
    wants,
)
from tocsin.core.people import Actor
from tocsin.kit.value import decode, encode, replace
from tocsin.store import connections, documents
from tocsin.store.database import Row, Transaction, one_of
from tocsin.store.kinds import CONNECTIONS
from tocsin.store.tables import connection_sources, errands, incidents, remotes

PER_CONNECTION = 4
"""Errands of one connection under way at once: its lane."""
_COLUMNS = tuple(Errand.__dataclass_fields__)
_Wanted = tuple[Connection, int | None, Trigger, Moment]
"""What is to be told: by which connection, of which incident."""


class Line(Protocol):
    """A line of a timeline that is being written."""

    @property
    def incident_id(self) -> int:
        """Of which incident."""
        ...

    @property
    def type(self) -> str:
        """What happened: a key of core.words.LOG_WORDS."""
        ...

    @property
    def by(self) -> Actor:
        """Who did it."""
        ...

    @property
    def vars(self) -> Mapping[str, Any]:
        """The variables of its sentence."""
        ...


def noted(tx: Transaction, lines: Sequence[Line]) -> None:
    """Write errands for what these lines tell of. The incidents are stored as they are after it."""
    telling = [(line, trigger) for line in lines if (trigger := trigger_of(line.type, line.vars))]
    if not telling:
        return
    now = _incidents(tx, {line.incident_id for line, _ in telling})
    happened = [
        (now[line.incident_id], trigger, _moment(now[line.incident_id], line.by, line.vars))
        for line, trigger in telling
        if line.incident_id in now
    ]
    _schedule(tx, happened)


def opened(tx: Transaction, incident_ids: Iterable[int]) -> None:
    """Write errands for new incidents, and the timers of "not resolved after"."""
    now = _incidents(tx, incident_ids)
    triggers: tuple[Trigger, ...] = ("incident-created", "v-incident-not-resolved")
    _schedule(tx, [(row, trigger, _moment(row, None, {})) for row in now.values() for trigger in triggers])


def by_hand(tx: Transaction, connection: Connection, incident_id: int, actor: Actor) -> Errand:
    """The button on an incident."""
    row = tx.all(sa.select(*_SEEN).where(incidents.c.id == incident_id))[0]
    return _insert(tx, [(connection, row.id, "manual", _moment(row, actor, {}))], actor.id)[0]


def test(tx: Transaction, connection: Connection, actor: Actor) -> Errand:
    """The button on a connection: a made-up incident, to see whether it gets there."""
    moment = Moment(status="PENDING", priority="HIGH", by=actor.name)
    return _insert(tx, [(connection, None, "test", moment)], actor.id)[0]


def lease(tx: Transaction, limit: int, busy: Collection[int] = ()) -> list[Errand]:
    """Take due errands: of each incident and connection the oldest, of each connection a few.

    `busy` are connections that have enough under way in this process.
    """
    e = errands.c
    rank = sa.func.row_number().over(partition_by=e.connection_id, order_by=(e.due_at, e.id))
    ready = sa.select(e.id, rank.label("rank")).where(e.due_at <= tx.now, *_ready(busy)).subquery()
    query = sa.select(ready.c.id).where(ready.c.rank <= PER_CONNECTION).limit(limit)
    wanted = [row.id for row in tx.all(query)]
    if not wanted:
        return []
    held = _select().where(one_of(e.id, wanted), e.due_at <= tx.now).with_for_update(skip_locked=True)
    leased = [
        replace(errand, state="SENDING", due_at=tx.now + LEASE, attempts=errand.attempts + 1)
        for errand in map(_errand, tx.all(held))
    ]
    save(tx, leased)
    return leased


def next_due(tx: Transaction, busy: Collection[int] = ()) -> datetime | None:
    """When the next errand that nothing holds up is due, or the next lease runs out."""
    query = sa.select(sa.func.min(errands.c.due_at)).where(errands.c.due_at.is_not(None), *_ready(busy))
    found: datetime | None = tx.scalar(query)
    return found


def _ready(busy: Collection[int]) -> tuple[sa.ColumnElement[bool], ...]:
    """Errands with nothing before them."""
    e, before = errands.c, errands.alias().c
    earlier = sa.exists().where(
        before.connection_id == e.connection_id,
        before.incident_id == e.incident_id,
        before.id < e.id,
        before.due_at.is_not(None),
        before.in_order,
    )
    free = (e.connection_id.not_in(list(busy)),) if busy else ()
    return (sa.or_(~e.in_order, ~earlier), *free)


def still_held(tx: Transaction, leased: Sequence[Errand]) -> set[int]:
    """Which of these leases still hold, by the errand's id: the fencing check, with the rows locked."""
    numbers = {errand.id: errand.attempts for errand in leased}
    mine = sa.select(errands.c.id, errands.c.attempts).where(
        one_of(errands.c.id, list(numbers)), errands.c.state == "SENDING"
    )
    rows = tx.all(mine.order_by(errands.c.id).with_for_update())
    return {row.id for row in rows if row.attempts == numbers[row.id]}


def save(tx: Transaction, changed: Sequence[Errand]) -> None:
    """Store errands after a step."""
    names = ("state", "due_at", "finished_at", "attempts", "answer")
    rows = [{"wanted_id": e.id, **{name: getattr(e, name) for name in names}} for e in changed]
    if rows:
        statement = sa.update(errands).where(errands.c.id == sa.bindparam("wanted_id"))
        tx.run(statement.values({name: sa.bindparam(name) for name in names}), rows)
        tx.wake("log")


def of_incident(tx: Transaction, incident_id: int, limit: int = 200) -> list[Errand]:
    """What was told of an incident, newest first."""
    query = _select().where(errands.c.incident_id == incident_id).order_by(errands.c.id.desc()).limit(limit)
    return [_errand(row) for row in tx.all(query)]


def of_connection(tx: Transaction, connection_id: int, offset: int = 0, limit: int = 50) -> list[Errand]:
    """What a connection told, newest first."""
    query = _select().where(errands.c.connection_id == connection_id).order_by(errands.c.id.desc())
    return [_errand(row) for row in tx.all(query.offset(offset).limit(limit))]


def failing(tx: Transaction, within: timedelta = timedelta(hours=48)) -> dict[int, str]:
    """Connections whose last errand that was tried lately failed, or has to be tried again: what the product said."""
    tried = sa.and_(
        errands.c.created_at > tx.now - within,
        errands.c.attempts > 0,
        errands.c.state.in_(("DONE", "FAILED", "SCHEDULED")),
    )
    last = (
        sa.select(errands.c.connection_id, sa.func.max(errands.c.id).label("id"))
        .where(tried)
        .group_by(errands.c.connection_id)
        .subquery()
    )
    query = sa.select(errands.c.connection_id, errands.c.answer).join(last, last.c.id == errands.c.id)
    return {row.connection_id: row.answer for row in tx.all(query.where(errands.c.state != "DONE"))}


def failing_sources(tx: Transaction) -> set[int]:
    """The alert sources of which a connection in use is among them."""
    found = documents.many(tx, CONNECTIONS, failing(tx), deleted=False)
    return {source_id for c in found.values() if c.active for source_id in c.source_ids}


def remote(tx: Transaction, connection_id: int, incident_id: int) -> Remote | None:
    """What the incident is at the other product."""
    row = tx.first(
        _REMOTE.where(remotes.c.connection_id == connection_id, remotes.c.incident_id == incident_id)
    )
    return _remote(row) if row else None


def remotes_of(tx: Transaction, incident_id: int) -> dict[int, Remote]:
    """What the incident is at every product, by connection."""
    return {
        row.connection_id: _remote(row) for row in tx.all(_REMOTE.where(remotes.c.incident_id == incident_id))
    }


def incident_of(tx: Transaction, connection_id: int, remote_id: str) -> int | None:
    """The incident behind a ticket of the other product."""
    query = sa.select(remotes.c.incident_id).where(
        remotes.c.connection_id == connection_id, remotes.c.remote_id == remote_id
    )
    found: int | None = tx.scalar(query.order_by(remotes.c.incident_id.desc()).limit(1))
    return found


def set_remote(tx: Transaction, connection_id: int, incident_id: int, there: Remote) -> None:
    """Remember what the incident is at the other product."""
    row = {"remote_id": there.id, "url": there.url, "state": dict(there.state)}
    same = sa.and_(remotes.c.connection_id == connection_id, remotes.c.incident_id == incident_id)
    if not tx.run(sa.update(remotes).where(same).values(row)).rowcount:
        tx.run(sa.insert(remotes), {"connection_id": connection_id, "incident_id": incident_id, **row})


_SEEN = tuple(incidents.c[name] for name in ("id", "source_id", "status", "priority", "assigned_to"))
_REMOTE = sa.select(remotes)
_CARED_FOR = sa.select(*_SEEN).where(
    one_of(incidents.c.id), sa.exists().where(connection_sources.c.source_id == incidents.c.source_id)
)


def _incidents(tx: Transaction, ids: Iterable[int]) -> dict[int, Row]:
    """As much of these incidents as a moment holds, of those that any connection cares for."""
    return {row.id: row for row in tx.all(_CARED_FOR, {"wanted": list(ids)})}


def _moment(row: Row, by: Actor | None, said: Mapping[str, Any]) -> Moment:
    return Moment(
        status=row.status,
        priority=row.priority,
        assigned_to=row.assigned_to,
        by=by.name if by else "",
        comment=str(said.get("text", "")),
        via_connection=by.connection_id if by else None,
    )


def _schedule(tx: Transaction, happened: Sequence[tuple[Row, Trigger, Moment]]) -> None:
    if not happened:
        return
    by_source = connections.of_sources(tx, {row.source_id for row, _, _ in happened})
    wanted = [
        (connection, row.id, trigger, moment)
        for row, trigger, moment in happened
        for connection in by_source.get(row.source_id, ())
        if wants(connection, trigger, moment)
    ]
    _insert(tx, wanted)


def _insert(tx: Transaction, wanted: Sequence[_Wanted], actor_id: int | None = None) -> list[Errand]:
    if not wanted:
        return []
    made = [
        Errand(
            id=number,
            connection_id=connection.id,
            incident_id=incident_id,
            trigger=trigger,
            moment=moment,
            actor_id=actor_id,
            due_at=tx.now + delay(connection, trigger),
            created_at=tx.now,
        )
        for number, (connection, incident_id, trigger, moment) in zip(
            tx.ids("errands", len(wanted)), wanted, strict=True
        )
    ]
    tx.insert(errands, [_row(errand) for errand in made])
    tx.wake("connections")
    return made


def _row(errand: Errand) -> dict[str, Any]:
    plain = {name: getattr(errand, name) for name in _COLUMNS}
    return {**plain, "moment": encode(Moment, errand.moment), "in_order": errand.due_at == errand.created_at}


def _select() -> sa.Select[Any]:
    return sa.select(*(errands.c[name] for name in _COLUMNS))


def _errand(row: Row) -> Errand:
    known = {name: getattr(row, name) for name in _COLUMNS}
    return Errand(**{**known, "moment": decode(Moment, row.moment)})


def _remote(row: Row) -> Remote:
    return Remote(id=row.remote_id, url=row.url, state=row.state)
