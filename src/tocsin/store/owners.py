"""Whose a schedule, policy, alert source or connection is: any number of teams, one implementation for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from tocsin.core.policies import Ref
from tocsin.kit.errors import BadInput, Problem
from tocsin.store import documents
from tocsin.store.database import Transaction, one_of
from tocsin.store.documents import Kind
from tocsin.store.kinds import CONNECTIONS, POLICIES, SCHEDULES, SOURCES, TEAMS
from tocsin.store.tables import owners, teams

OWNED: tuple[Kind[Any], ...] = (SOURCES, POLICIES, SCHEDULES, CONNECTIONS)


def give(tx: Transaction, kind: Kind[Any], thing_id: int, wanted: Iterable[Ref] | None) -> None:
    """Say whose a thing is from now on; None leaves it as it is. Raises BadInput for unknown teams."""
    if wanted is None:
        return
    ids = list(dict.fromkeys(ref.id for ref in wanted))
    known = documents.many(tx, TEAMS, ids, deleted=False)
    wrong = [
        Problem(f"teams.{index}.id", f"there is no team with the id {number}")
        for index, number in enumerate(ids)
        if number not in known
    ]
    if wrong:
        raise BadInput(*wrong)
    take(tx, kind, thing_id)
    if ids:
        rows = [{"kind": kind.table.name, "thing_id": thing_id, "team_id": number} for number in ids]
        tx.run(sa.insert(owners), rows)


def take(tx: Transaction, kind: Kind[Any], thing_id: int) -> None:
    """Say that a thing is nobody's."""
    tx.run(sa.delete(owners).where(owners.c.kind == kind.table.name, owners.c.thing_id == thing_id))


def of(tx: Transaction, kind: Kind[Any], ids: Iterable[int]) -> dict[int, tuple[Ref, ...]]:
    """The teams of these things, by thing, in order of the teams' ids; each of them has an entry."""
    wanted = list(ids)
    query = (
        sa.select(owners.c.thing_id, teams.c.id, teams.c.name)
        .join(teams, teams.c.id == owners.c.team_id)
        .where(owners.c.kind == kind.table.name, one_of(owners.c.thing_id, wanted))
        .order_by(teams.c.id)
    )
    found: defaultdict[int, list[Ref]] = defaultdict(list)
    for row in tx.all(query) if wanted else ():
        found[row.thing_id].append(Ref(id=row.id, name=row.name))
    return {number: tuple(found[number]) for number in wanted}


def owned_by(kind: Kind[Any], team_ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """The condition that a document of this kind is one of these teams'."""
    theirs = sa.select(owners.c.thing_id).where(
        owners.c.kind == kind.table.name, owners.c.team_id.in_(list(team_ids))
    )
    return kind.table.c.id.in_(theirs)


def things_of(tx: Transaction, team_id: int) -> list[tuple[str, str]]:
    """(noun, name) of everything that belongs to a team."""
    return [
        (kind.noun, kind.title(thing))
        for kind in OWNED
        for thing in documents.listing(tx, kind, where=owned_by(kind, (team_id,)))
    ]
