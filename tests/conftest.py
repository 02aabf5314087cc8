"""Fixtures for every test, and three rules: no network but our own, no silent skips, no shared data."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests import databases
from tests.databases import PostgresServer
from tocsin.kit.clock import ManualClock

if TYPE_CHECKING:
    from tocsin.store.database import Database

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning, four weeks before European summer time


# --- No silent skips ----------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips",
        action="store_true",
        default=os.environ.get("CI") == "true",
        help="a skipped test is a failed test; the default where CI=true",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    return _unskipped(report, item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    return _unskipped(report, collector.config)


def _unskipped(report: Any, config: pytest.Config) -> Any:
    if config.getoption("--no-skips") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: must run here (--no-skips). {reason}"
    return report


# --- No network but our own ---------------------------------------------------------------------


class NetworkUsedError(AssertionError):
    """A test reached for another machine."""


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if isinstance(host, str) and not _is_this_machine(host):
        raise NetworkUsedError(f"{event}: tests stay on this machine, not {host!r}")


def _is_this_machine(host: str) -> bool:
    if host in {"", "localhost", "0.0.0.0", "::"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def pytest_configure(config: pytest.Config) -> None:
    del config
    sys.addaudithook(_watch)
    # How long an example takes says more about the machine's other work than about ours.
    hypothesis.settings.register_profile("tocsin", deadline=None)
    hypothesis.settings.load_profile("tocsin")


# --- Programs that a few tests need -------------------------------------------------------------


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    pytest.skip(f"{names[0]} is not installed")


@pytest.fixture(scope="session")
def mosquitto() -> str:
    """The path of an MQTT broker; Debian installs it where only root looks."""
    return _program("mosquitto", "/usr/sbin/mosquitto")


@pytest.fixture(scope="session")
def foreign_clients() -> Path:
    """The folder with other products' clients."""
    folder = Path(__file__).parents[1] / ".cache" / "clients"
    if not (folder / ".done").exists():
        pytest.skip("other products' clients are not installed: make .cache/clients/.done")
    return folder


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node."""
    return _program("node")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser."""
    return _program("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def alertmanager() -> str:
    """The path of Prometheus' Alertmanager."""
    return _program("prometheus-alertmanager", "alertmanager")


@pytest.fixture(scope="session")
def kannel() -> Path:
    """The path of Kannel's fake carrier; the gateway itself is beside it."""
    carrier = Path("/usr/lib/kannel/test/fakesmsc")
    if not carrier.exists():
        pytest.skip("kannel and kannel-extras are not installed")
    return carrier


@pytest.fixture(scope="session")
def icinga2() -> str:
    """Path of Icinga 2."""
    return _program("icinga2")


@pytest.fixture(scope="session")
def nagios4() -> str:
    """Path of Nagios 4."""
    return _program("nagios4")


# --- Databases ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def common_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def postgresql(common_folder: Path) -> PostgresServer:
    """A real PostgreSQL server, the same for the whole run."""
    run_pid = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return databases.shared_server(common_folder, run_pid)


@pytest.fixture(scope="session")
def migrated_sqlite(common_folder: Path) -> Path:
    """A SQLite file with the newest schema, to be copied."""
    path = common_folder / "template.db"
    databases.once(common_folder, "migrated-sqlite", lambda: _migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(common_folder: Path, postgresql: PostgresServer) -> PostgresServer:
    """The server, with a template of the newest schema."""

    def migrate() -> str:
        postgresql.command(f'CREATE DATABASE "{databases.TEMPLATE}"')
        return _migrate(postgresql.url(databases.TEMPLATE))

    databases.once(common_folder, "migrated-postgresql", migrate)
    return postgresql


def _migrate(url: str) -> str:
    from tocsin.store.database import Database  # noqa: PLC0415 - tests of the core need no database
    from tocsin.store.schema import migrate  # noqa: PLC0415

    db = Database(url, ManualClock(START))
    migrate(db)
    db.close()
    return url


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A fresh SQLite database with the newest schema."""
    path = tmp_path / "tocsin.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(migrated_postgresql: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database with the newest schema."""
    with migrated_postgresql.emptied() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with the newest schema: the test runs on both kinds."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database without any schema: the test runs on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    with server.fresh("template1") as url:
        yield url


@pytest.fixture
def clock() -> ManualClock:
    """A clock that moves when the test says so."""
    return ManualClock(START)


@pytest.fixture
def open_database(clock: ManualClock) -> Iterator[Callable[[str], Database]]:
    """Opens databases that are closed after the test: several on one URL are several processes."""
    from tests import engines  # noqa: PLC0415 - tests of the core need no database
    from tocsin.store.database import Database  # noqa: PLC0415

    opened: list[Database] = []

    def open_(url: str) -> Database:
        opened.append(Database(url, clock, engines.lend(url)))
        return opened[-1]

    yield open_
    for database in opened:
        database.close()
        engines.give_back(database.engine)


@pytest.fixture
def db(database_url: str, open_database: Callable[[str], Database]) -> Database:
    """An open, empty database with the newest schema, of both kinds."""
    return open_database(database_url)
