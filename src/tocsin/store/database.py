"""Transactions on SQLite and PostgreSQL, alike.

A writer's transaction reads the time once, at its start, and keeps it. On PostgreSQL that is the
database's clock, so that all processes agree. SQLite has one writer at a time, behind a lock in
this process, and starts it with BEGIN IMMEDIATE so that what it read stays true.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from tocsin.kit.chance import SystemChance, token
from tocsin.kit.clock import Clock
from tocsin.kit.errors import TocsinError
from tocsin.kit.value import dumps
from tocsin.store.columns import Instant
from tocsin.store.tables import counters

Row = sa.Row[*tuple[Any, ...]]
"""A row of any width."""
BUSY_MS = 10_000
POOL_SIZE = 12
NOTICE_CHANNEL = "tocsin"


class DatabaseAway(TocsinError):
    """The database cannot be reached or cannot write. Nothing of the transaction is stored."""

    code = "DATABASE_AWAY"


class Contended(TocsinError):
    """Two transactions stood in each other's way and this one gave up: run it again."""

    code = "CONTENDED"


class Transaction:
    """One transaction, with the instant at which it began."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.topics: set[str] = set()

    @property
    def sqlite(self) -> bool:
        """Whether this runs on SQLite (else on PostgreSQL)."""
        return self.connection.dialect.name == "sqlite"

    def run(self, statement: sa.Executable, rows: Any = None) -> sa.CursorResult[Any]:
        """Execute a statement, once or once per row of parameters."""
        return cast("sa.CursorResult[Any]", self.connection.execute(statement, rows))

    def all(self, statement: sa.Executable, rows: Any = None) -> Sequence[Row]:
        """Every row of a query."""
        return self.connection.execute(statement, rows).all()

    def first(self, statement: sa.Executable, rows: Any = None) -> Row | None:
        """The first row of a query, or None."""
        return self.connection.execute(statement, rows).first()

    def scalar(self, statement: sa.Executable, rows: Any = None) -> Any:
        """The first column of the first row, or None."""
        return self.connection.execute(statement, rows).scalar()

    @contextmanager
    def planned_afresh(self) -> Iterator[None]:
        """What runs in here PostgreSQL plans each time anew, by the table as it is now.

        A kept plan is made for the table as it was when first asked: for an empty one it reads the
        whole table, and goes on doing so while that grows, until statistics are gathered.
        """
        driver: Any = self.connection.connection.driver_connection
        before = None if self.sqlite else driver.prepare_threshold
        if before is None:
            yield
            return
        driver.prepare_threshold = None
        try:
            yield
        finally:
            driver.prepare_threshold = before

    def insert(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows that all have the same columns.

        On PostgreSQL as one statement over one array a column: two thirds of the time of a statement a row.
        """
        if not rows:
            return
        if self.sqlite:
            self.run(_insert_rows(table), rows)
            return
        names = tuple(rows[0])
        self.run(_insert_arrays(table, names), {name: [row[name] for row in rows] for name in names})

    def ids(self, sequence: str, count: int = 1) -> list[int]:
        """The next `count` ids of a sequence (see tables.SEQUENCES), ascending; never given twice."""
        if count == 0:
            return []
        if self.sqlite:
            last = self.scalar(_NEXT_ON_SQLITE, {"wanted": sequence, "count": count})
            return list(range(last - count + 1, last + 1))
        text = _NEXT_ON_POSTGRESQL[sequence]
        return sorted(row[0] for row in self.all(text, {"count": count}))

    def next_id(self, sequence: str) -> int:
        """One id."""
        return self.ids(sequence)[0]

    def wake(self, *topics: str) -> None:
        """After the commit, wake whoever waits for these topics, here and in other processes."""
        self.topics.update(topics)


_insert_rows = cache(sa.insert)


@cache
def _insert_arrays(table: sa.Table, names: tuple[str, ...]) -> sa.Insert:
    arrays = (sa.bindparam(name, type_=sa.ARRAY(table.c[name].type)) for name in names)
    columns = (sa.column(name, table.c[name].type) for name in names)
    rows = sa.func.unnest(*arrays).table_valued(*columns, name="fresh").render_derived()
    return sa.insert(table).from_select(names, sa.select(*rows.c), include_defaults=False)


class _Several(sa.TypeDecorator[Sequence[Any]]):
    """Values as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """What the driver is handed."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.ARRAY(self.item))

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """The values as the driver takes them."""
        return dumps(value) if dialect.name == "sqlite" else value


class _OneOf(FunctionElement[bool]):
    name = "one_of"
    type = sa.Boolean()
    inherit_cache = True


@compiles(_OneOf, "sqlite")
def _in_json(element: _OneOf, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled before


@compiles(_OneOf, "postgresql")
def _in_array(element: _OneOf, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} = ANY ({values})"


def one_of(column: sa.ColumnElement[Any], values: Iterable[Any] | None = None) -> sa.ColumnElement[bool]:
    """`column IN values` with one parameter, "wanted" if the values are not given: its text never changes.

    So it is prepared once. A batch asks for hundreds; a parameter for each took a seventh of a batch's time on
    PostgreSQL.
    """
    kind = _Several(column.type)
    given = sa.bindparam("wanted", type_=kind) if values is None else sa.literal(list(values), kind)
    return _OneOf(column, given)


WANTED: sa.BindParameter[Any] = sa.bindparam("wanted", expanding=True)
"""What a statement asks for, in those of every page: made once, because making one takes longer than running it."""
NOW: sa.BindParameter[Any] = sa.bindparam("now", type_=Instant())
"""The instant of the transaction, in those."""

_NEXT_ON_SQLITE = (
    sa.update(counters)
    .where(counters.c.name == sa.bindparam("wanted"))
    .values(value=counters.c.value + sa.bindparam("count"))
    .returning(counters.c.value)
)


class _Sequences(dict[str, sa.TextClause]):
    def __missing__(self, name: str) -> sa.TextClause:
        text = sa.text(f"SELECT nextval('{name}_ids') FROM generate_series(1, :count)")  # noqa: S608 - our own names
        return self.setdefault(name, text)


_NEXT_ON_POSTGRESQL = _Sequences()
_POSTGRESQL_NOW = sa.text("SELECT clock_timestamp()")


class Database:
    """The one way to the data. Thread-safe; synchronous."""

    def __init__(self, url: str, clock: Clock, engine: sa.Engine | None = None) -> None:
        """`engine`: an `engine_of` this URL's kind, if there is one already."""
        self.url = sa.make_url(url)
        self.clock = clock
        self.engine = engine or engine_of(self.url)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self.reader = self.engine if self.sqlite else self.engine.execution_options(**_SNAPSHOT)
        self.name = token(SystemChance(), 12)
        """Tells this process's announcements from those of others."""
        self._writer = threading.Lock()
        self._waiting: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    @property
    def path(self) -> Path | None:
        """The database file, on SQLite."""
        return Path(self.url.database) if self.sqlite and self.url.database else None

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that only reads: one consistent picture. Raises DatabaseAway."""
        with _away(), self.reader.connect() as connection, connection.begin():
            yield Transaction(connection, self.clock.now())

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that writes: all of it or nothing. Raises DatabaseAway."""
        alone = self._writer if self.sqlite else nullcontext()
        with alone, self._write() as tx:
            yield tx
        self.announce(tx.topics)

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with _away(), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                tx = Transaction(connection, self._now(connection))
                yield tx
                if tx.topics and not self.sqlite:
                    connection.execute(_NOTIFY, {"topics": ",".join((self.name, *sorted(tx.topics)))})

    def _now(self, connection: sa.Connection) -> datetime:
        if self.sqlite:
            return self.clock.now()
        return self.clock.at(connection.execute(_POSTGRESQL_NOW).scalar_one().astimezone(UTC))

    def on(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` (from any thread, it must be quick) when `topic` is woken; returns the undoing."""
        self._waiting[topic].append(callback)
        return lambda: self._waiting[topic].remove(callback)

    def announce(self, topics: set[str]) -> None:
        """Wake those who wait for `topics` in this process; `a` also wakes those who wait for `a:b`."""
        for waited, callbacks in tuple(self._waiting.items()):
            if waited in topics or waited.partition(":")[0] in topics:
                for callback in tuple(callbacks):
                    callback()

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""How PostgreSQL gives a reader one consistent picture; SQLite always does."""
_CONTENDED_STATES = ("40001", "40P01")
"""PostgreSQL's serialization failure and deadlock."""
_UNWRITABLE_STATES = ("25006", "XX001", "XX002")
"""PostgreSQL takes no writes (a standby; a server that ran out of disk and protects itself), or its files are damaged."""
_NOTIFY = sa.text(f"SELECT pg_notify('{NOTICE_CHANNEL}', :topics)")


@contextmanager
def _away() -> Iterator[None]:
    """Tell a database that is away from a statement that is wrong."""
    try:
        yield
    except PoolTimeout as fault:
        raise DatabaseAway("every connection is busy") from fault
    except (OperationalError, InterfaceError) as fault:
        if getattr(fault.orig, "sqlstate", None) in _CONTENDED_STATES:
            raise Contended(_words(fault)) from fault
        raise DatabaseAway(_words(fault)) from fault
    except DBAPIError as fault:
        unwritable = getattr(fault.orig, "sqlstate", None) in _UNWRITABLE_STATES
        if fault.connection_invalidated or unwritable or type(fault) is DatabaseError:
            # SQLite says nothing more exact of a file that is damaged.
            raise DatabaseAway(_words(fault)) from fault
        raise


def _words(fault: DBAPIError) -> str:
    return str(fault.orig).strip().splitlines()[0] if str(fault.orig).strip() else type(fault.orig).__name__


_NOTICE_A_DEAD_SERVER = {
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A server that is gone without a word is away after a quarter of a minute (seconds; milliseconds)."""


def engine_of(url: sa.URL) -> sa.Engine:
    """What connects to the database of this URL; closed by Database.close."""
    return _sqlite_engine(url) if url.get_backend_name() == "sqlite" else _postgresql_engine(url)


def _postgresql_engine(url: sa.URL) -> sa.Engine:
    # A process on SQLite has no use for the driver, a tenth of its memory.
    from psycopg.types.array import ListBinaryDumper  # noqa: PLC0415

    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=10,
        connect_args={
            "connect_timeout": 5,
            **_NOTICE_A_DEAD_SERVER,
            "options": "-c timezone=UTC -c lock_timeout=10000",
        },
    )

    @event.listens_for(engine, "connect")
    def _connected(raw: Any, _record: Any) -> None:
        # As text, the driver's default, it searches and escapes every element by a regular expression: that was
        # a quarter of what a new incident costs.
        raw.adapters.register_dumper(list, ListBinaryDumper)

    return engine


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(
        url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _connected(raw: Any, _record: Any) -> None:
        # The driver would start transactions by itself, and only at the first write: we do it.
        raw.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_MS}",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
