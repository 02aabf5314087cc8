"""Transactions: whole or nothing, with one time, ids that never come again, and wake-ups after the commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tocsin.kit.clock import ManualClock
from tocsin.store import facts
from tocsin.store.database import Database, DatabaseAway, Transaction
from tocsin.store.tables import facts as table


def _fail(db: Database, begin: Callable[[Transaction], object]) -> None:
    """A transaction that does something and then breaks."""

    def broken() -> None:
        with db.write() as tx:
            begin(tx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()


def test_a_failed_transaction_leaves_nothing(db: Database) -> None:
    _fail(db, lambda tx: facts.put(tx, "half", {"done": True}))
    with db.read() as tx:
        assert facts.get(tx, "half") is None


def test_time_stands_still_within_a_transaction(db: Database, clock: ManualClock) -> None:
    with db.write() as tx:
        before = tx.now
        clock.advance(timedelta(seconds=5))
        assert tx.now == before
        facts.put(tx, "when", {})
    with db.read() as tx:
        assert tx.scalar(sa.select(table.c.at)) == before


def test_ids_are_given_once_even_when_the_transaction_fails(db: Database) -> None:
    with db.write() as tx:
        first = tx.ids("incidents", 3)
    _fail(db, lambda tx: tx.ids("incidents", 2))
    with db.write() as tx:
        later = tx.ids("incidents", 2)
    assert sorted(first) == first
    assert min(later) > max(first)
    assert len({*first, *later}) == 5


def test_nobody_is_woken_by_what_was_rolled_back(db: Database) -> None:
    heard: list[str] = []
    undo = db.on("log", lambda: heard.append("log"))
    _fail(db, lambda tx: tx.wake("log"))
    assert not heard
    with db.write() as tx:
        tx.wake("log")
        assert not heard
    assert heard == ["log"]
    undo()
    db.announce({"log"})
    assert heard == ["log"]


def test_a_reader_sees_one_consistent_picture(db: Database, open_database: Callable[[str], Database]) -> None:
    other = open_database(db.url.render_as_string(hide_password=False))
    with db.write() as tx:
        facts.put(tx, "number", 1)
    with other.read() as tx:
        assert facts.get(tx, "number") == 1
    with db.write() as tx:
        facts.put(tx, "number", 2)
    with other.read() as tx:
        assert facts.get(tx, "number") == 2


def test_a_database_that_is_not_there_is_told_apart_from_a_wrong_statement(
    db: Database, open_database: Callable[[str], Database]
) -> None:
    with pytest.raises(sa.exc.DBAPIError) if not db.sqlite else pytest.raises(DatabaseAway), db.read() as tx:
        tx.run(sa.text("SELECT * FROM no_such_table"))
    away = open_database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseAway), away.read():
        pass
