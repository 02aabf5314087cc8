from __future__ import annotations

import socket
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import NetworkUsedError
from tocsin.store.database import Database
from tocsin.store.schema import check, migrate


@pytest.mark.parametrize("round_", [1, 2])
def test_every_test_has_an_empty_migrated_database(db: Database, round_: int) -> None:
    assert check(db)
    with db.write() as tx:
        tx.run(sa.text("CREATE TABLE mine (a INTEGER)"))


def test_a_database_can_be_had_without_schema(empty_database_url: str, open_database: object) -> None:
    assert callable(open_database)
    db = open_database(empty_database_url)
    assert migrate(db)
    assert not migrate(db)


def test_tests_stay_on_this_machine(tmp_path: Path) -> None:
    with socket.socket() as tcp, pytest.raises(NetworkUsedError):
        tcp.connect(("192.0.2.1", 80))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, pytest.raises(NetworkUsedError):
        udp.sendto(b"", ("192.0.2.1", 53))
    with pytest.raises(NetworkUsedError):
        socket.getaddrinfo("example.com", 80)
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
    del tmp_path
