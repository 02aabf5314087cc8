"""The real program, a real mail server, both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import Server, free_port
from tests.e2e.mailserver import MailServer

MakeServer = Callable[..., Server]


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    """Takes every mail that Tocsin sends."""
    server = MailServer(free_port(), tmp_path / "mails.jsonl")
    server.start()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def server_database(request: pytest.FixtureRequest) -> str | None:
    """Where Tocsin keeps its data: the default (SQLite in its folder), or a fresh PostgreSQL database."""
    if request.param == "sqlite":
        return None
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def make_server(tmp_path: Path, mail_server: MailServer) -> Iterator[MakeServer]:
    """Makes servers that are set up and running; the last lines of their logs come with a failure."""
    made: list[Server] = []

    def make(database_url: str | None = None, *, running: bool = True, **options: object) -> Server:
        folder = tmp_path / f"server{len(made)}"
        server = Server(folder, database_url, mail_server.port, **options)  # type: ignore[arg-type]
        made.append(server)
        server.init()
        if running:
            server.start()
        return server

    yield make
    for server in made:
        server.close()
        print(f"The log of {server.folder} ends:\n{server.log_tail()}")


@pytest.fixture
def server(make_server: MakeServer, server_database: str | None) -> Server:
    """A running server whose minutes pass in three seconds, on each database."""
    return make_server(server_database, time_scale=20)
