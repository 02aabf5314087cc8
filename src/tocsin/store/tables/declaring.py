"""What every table is declared with, for both databases.

A timer is a column: a partial index on it makes finding due rows cost what is due, not what is stored.
Ids come from sequences, through `Transaction.ids`, and are never reused.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from tocsin.store.columns import Instant, Json

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)

SEQUENCES: list[str] = []
"""The names that ids are drawn by."""

counters = Table(
    "counters", metadata, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False)
)
"""SQLite's stand-in for sequences."""


def sequences(*names: str) -> None:
    """Declare where the ids of these things come from."""
    for name in names:
        SEQUENCES.append(name)
        sa.Sequence(f"{name}_ids", metadata=metadata)


def id_column() -> Column[int]:
    """The primary key of a table whose ids are drawn from a sequence."""
    return Column("id", BigInteger, primary_key=True, autoincrement=False)


def reference(name: str, to: str, *, nullable: bool = False, **options: Any) -> Column[int]:
    """A foreign key to the table `to`."""
    return Column(name, BigInteger, ForeignKey(f"{to}.id"), nullable=nullable, **options)


def partial_index(name: str, *columns: Any, where: Any, unique: bool = False) -> Index:
    """An index over the rows that `where` picks, on both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def document_table(name: str, *columns: Any) -> Table:
    """A table of documents: id, name, a JSON body, a version, and the columns that are searched by."""
    return Table(
        name,
        metadata,
        id_column(),
        Column("name", Text, nullable=False),
        Column("body", Json, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
        Column("deleted_at", Instant),
        *columns,
    )
