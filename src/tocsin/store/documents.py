"""Configuration as documents: one implementation for every kind of resource.

A kind says which table, which value, and which columns its values are searched by. Deleting
keeps the row, so that the past stays readable; a deleted document is found by nothing but its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tocsin.kit.errors import Conflict, NotFound
from tocsin.kit.value import decode_json, encode_json, replace
from tocsin.store.database import WANTED, Row, Transaction


class Document(Protocol):
    """What every document has."""

    @property
    def id(self) -> int:
        """Given when it is stored."""
        ...

    @property
    def version(self) -> int:
        """Counts its changes."""
        ...


D = TypeVar("D", bound=Document)


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[D]):
    """How one kind of document is stored."""

    noun: str
    table: sa.Table
    value: type[D]
    title: Callable[[D], str]
    columns: Callable[[D], Mapping[str, Any]] = lambda _: {}


def insert(tx: Transaction, kind: Kind[D], thing: D, **columns: Any) -> D:
    """Store a new document; returns it with id and version. Raises Conflict when a unique value is taken."""
    thing = replace(thing, id=tx.next_id(kind.table.name), version=1)  # type: ignore[type-var]
    row = {**_row(kind, thing), **columns, "id": thing.id, "created_at": tx.now, "updated_at": tx.now}
    with _unique(tx, kind):
        tx.run(sa.insert(kind.table), row)
    return thing


def save(tx: Transaction, kind: Kind[D], thing: D) -> D:
    """Replace a document; returns it with its new version. Raises NotFound, Conflict."""
    table = kind.table
    row = {**_row(kind, thing), "updated_at": tx.now, "version": table.c.version + 1}
    alive = sa.and_(table.c.id == thing.id, table.c.deleted_at.is_(None))
    with _unique(tx, kind):
        version = tx.scalar(sa.update(table).where(alive).values(row).returning(table.c.version))
    if version is None:
        raise NotFound(f"there is no {kind.noun} with the id {thing.id}")
    return replace(thing, version=version)  # type: ignore[type-var]


def get(tx: Transaction, kind: Kind[D], document_id: int, *, deleted: bool = False) -> D:
    """The document with that id. Raises NotFound; `deleted` finds deleted ones too."""
    found = many(tx, kind, (document_id,), deleted=deleted)
    if not found:
        raise NotFound(f"there is no {kind.noun} with the id {document_id}")
    return found[document_id]


def many(tx: Transaction, kind: Kind[D], ids: Iterable[int], *, deleted: bool = True) -> dict[int, D]:
    """The documents with these ids, by id; ids that are not there are left out."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    rows = tx.all(_by_ids(kind, deleted=deleted), {"wanted": wanted})
    return {row.id: _value(kind, row) for row in rows}


def find(tx: Transaction, kind: Kind[D], **columns: Any) -> D | None:
    """The oldest live document whose columns have these values."""
    query = _select(kind).where(kind.table.c.deleted_at.is_(None))
    for name, wanted in columns.items():
        query = query.where(kind.table.c[name] == wanted)
    row = tx.first(query.order_by(kind.table.c.id).limit(1))
    return _value(kind, row) if row else None


def named(tx: Transaction, kind: Kind[D], name: str) -> D:
    """The oldest live document of exactly this name. Raises NotFound."""
    found = find(tx, kind, name=name)
    if found is None:
        raise NotFound(f"there is no {kind.noun} {name!r}")
    return found


def listing(
    tx: Transaction,
    kind: Kind[D],
    offset: int = 0,
    limit: int | None = None,
    *,
    where: sa.ColumnElement[bool] | None = None,
) -> list[D]:
    """Live documents, all or those of a condition, in order of their ids."""
    query = _select(kind).where(kind.table.c.deleted_at.is_(None)).order_by(kind.table.c.id)
    query = query if where is None else query.where(where)
    return [_value(kind, row) for row in tx.all(query.offset(offset).limit(limit))]


def times(tx: Transaction, kind: Kind[Any], ids: Iterable[int]) -> dict[int, tuple[datetime, datetime]]:
    """When these documents were made, and last changed."""
    columns = kind.table.c
    query = sa.select(columns.id, columns.created_at, columns.updated_at).where(columns.id.in_(list(ids)))
    return {row.id: (row.created_at, row.updated_at) for row in tx.all(query)}


def delete(tx: Transaction, kind: Kind[D], document_id: int) -> None:
    """Mark a document deleted. Raises NotFound."""
    alive = sa.and_(kind.table.c.id == document_id, kind.table.c.deleted_at.is_(None))
    if not tx.run(sa.update(kind.table).where(alive).values(deleted_at=tx.now)).rowcount:
        raise NotFound(f"there is no {kind.noun} with the id {document_id}")


@cache
def _by_ids(kind: Kind[Any], *, deleted: bool) -> sa.Select[Any]:
    query = _select(kind).where(kind.table.c.id.in_(WANTED))
    return query if deleted else query.where(kind.table.c.deleted_at.is_(None))


def _select(kind: Kind[D]) -> sa.Select[Any]:
    return sa.select(kind.table.c.id, kind.table.c.version, sa.cast(kind.table.c.body, sa.Text).label("json"))


def _value(kind: Kind[D], row: Row) -> D:
    return replace(decode_json(kind.value, row.json), id=row.id, version=row.version)  # type: ignore[type-var]


def _row(kind: Kind[D], thing: D) -> dict[str, Any]:
    body = encode_json(kind.value, thing)
    return {"name": kind.title(thing), "body": body, "version": thing.version, **kind.columns(thing)}


class _unique:  # noqa: N801 - reads as a statement
    """Turns a broken uniqueness into a Conflict that names the kind."""

    def __init__(self, tx: Transaction, kind: Kind[Any]) -> None:
        self.kind = kind
        self.savepoint = tx.connection.begin_nested()

    def __enter__(self) -> None:
        self.savepoint.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.savepoint.__exit__(kind, fault, trace)
        if isinstance(fault, IntegrityError):
            raise Conflict(
                f"another {self.kind.noun} has this name or key already", code="ALREADY_EXISTS"
            ) from fault
