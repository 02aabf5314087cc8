from __future__ import annotations

import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tocsin.auth import api_keys, setup
from tocsin.core.people import User
from tocsin.kit.chance import SeededChance
from tocsin.kit.clock import ManualClock
from tocsin.ops import archive
from tocsin.ops.archive import BadArchive
from tocsin.ops.backup import BackupFailed, backup, data_tables
from tocsin.ops.restore import RestoreRefused, restore, restore_secret
from tocsin.store import facts, people, schema
from tocsin.store.database import Database
from tocsin.store.tables import SEQUENCES, contacts, outbox

OWNER = User(username="ann", email="ann@example.com", first_name="Änn", last_name="“Ö\n\t", role="OWNER")


Change = Callable[[str, bytes], bytes | None]


def filled(db: Database) -> Database:
    with db.write() as tx:
        person = setup.create_owner(tx, OWNER, "hash", "Acme")
        api_keys.create(tx, SeededChance(1), person.id, "key")
        row = {
            "id": tx.next_id("outbox"),
            "notification_id": 1,
            "at": tx.now,
            "sender": "a",
            "recipient": "b",
        }
        values = {c.name: row[c.name] for c in outbox.columns if c.name in row}
        tx.run(sa.insert(outbox), {**values, "raw": bytes(range(256))})
    return db


def content(db: Database) -> dict[str, Any]:
    with db.read() as tx:
        return {
            table.name: sorted((tuple(row) for row in tx.all(sa.select(table))), key=repr)
            for table in data_tables(tx)
        }


@pytest.fixture(params=["sqlite", "postgresql"])
def second(
    request: pytest.FixtureRequest, open_database: Callable[[str], Database], tmp_path: Path
) -> Iterator[Database]:
    """Another database, with or without a schema."""
    if request.param == "sqlite":
        yield open_database(f"sqlite:///{tmp_path / 'second.db'}")
        return
    server = request.getfixturevalue("migrated_postgresql")
    with server.fresh() as url:
        yield open_database(url)


def test_a_backup_restores_exactly_into_either_database(
    db: Database, second: Database, tmp_path: Path
) -> None:
    written = backup(filled(db), tmp_path / "b.zip")
    restored = restore(second, tmp_path / "b.zip")
    assert content(second) == content(db)
    assert restored.manifest == written
    assert schema.check(second)
    assert (restored.open_incidents, restored.waiting) == (0, 0)


def test_ids_go_on_after_a_restore_and_are_never_given_twice(
    db: Database, second: Database, tmp_path: Path
) -> None:
    filled(db)
    with db.write() as tx:
        last = {name: max(tx.ids(name, 5)) for name in SEQUENCES if name != "replies"}
    backup(db, tmp_path / "b.zip")
    restore(second, tmp_path / "b.zip")
    with second.write() as tx:
        assert {name: tx.next_id(name) for name in last} == {
            name: number + 1 for name, number in last.items()
        }
        assert tx.next_id("replies") == 1


def test_a_backup_is_one_picture_though_writing_goes_on(
    db: Database, tmp_path: Path, open_database: Callable[[str], Database]
) -> None:
    """A pair of facts always changes together: the copy must never hold a mixture."""
    with filled(db).write() as tx:
        tx.run(sa.text("UPDATE contacts SET target = 'v0'"))
        facts.put(tx, "mark", "v0")
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with db.write() as tx:
                tx.run(sa.update(contacts).values(target=f"v{number}"))
                facts.put(tx, "mark", f"v{number}")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            backup(db, tmp_path / f"{number}.zip")
    finally:
        stop.set()
        thread.join()
    for number in range(5):
        with zipfile.ZipFile(tmp_path / f"{number}.zip") as copy:
            (contact,) = archive.read_table(copy, "contacts")
            mark = next(row["body"] for row in archive.read_table(copy, "facts") if row["name"] == "mark")
            assert mark.strip('"') == contact["target"]


def test_a_backup_appears_whole_and_for_its_owner_only(db: Database, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    backup(filled(db), target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("b.zip*")] == ["b.zip"]


def test_a_failed_backup_leaves_the_earlier_one_and_no_draft(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "b.zip"
    backup(filled(db), target)
    before = target.read_bytes()
    monkeypatch.setattr(
        "tocsin.ops.backup._verify", lambda *_: (_ for _ in ()).throw(BackupFailed("bad disk"))
    )
    with pytest.raises(BackupFailed):
        backup(db, target)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.glob("b.zip*")] == ["b.zip"]


def test_an_empty_database_is_not_backed_up(
    empty_database_url: str, open_database: Callable[[str], Database], tmp_path: Path
) -> None:
    with pytest.raises(BackupFailed, match="empty"):
        backup(open_database(empty_database_url), tmp_path / "b.zip")


def test_a_database_that_holds_data_is_replaced_only_by_force(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    backup(filled(db), tmp_path / "b.zip")
    before = content(db)
    clock.advance(timedelta(hours=1))
    with db.write() as tx:
        people.create(tx, User(username="bob", email="bob@example.com"))
    changed = content(db)
    with pytest.raises(RestoreRefused, match="--force"):
        restore(db, tmp_path / "b.zip")
    assert content(db) == changed
    restore(db, tmp_path / "b.zip", force=True)
    assert content(db) == before


def rewritten(source: Path, target: Path, change: Change) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


def _short(name: str, data: bytes) -> bytes:
    return b"".join(data.splitlines(keepends=True)[:-1]) if name == "tables/contacts.jsonl" else data


def _orphan(name: str, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return (
        data.replace(lines[1], lines[1].replace(b"[1,1,", b"[1,99,"))
        if name == "tables/contacts.jsonl"
        else data
    )


def _garbled(name: str, data: bytes) -> bytes:
    return data + b"{not json\n" if name == "tables/users.jsonl" else data


def _tableless(name: str, data: bytes) -> bytes | None:
    return None if name == "tables/users.jsonl" else data


@pytest.mark.parametrize(
    "damage, words",
    [
        (_short, "not complete"),
        (_orphan, "refused a row"),
        (_garbled, "damaged in the table users"),
        (_tableless, "lacks"),
    ],
)
def test_a_backup_that_does_not_hold_together_changes_nothing(
    db: Database, tmp_path: Path, damage: Change, words: str
) -> None:
    backup(filled(db), tmp_path / "b.zip")
    before = content(db)
    bad = rewritten(tmp_path / "b.zip", tmp_path / "bad.zip", damage)
    with pytest.raises(BadArchive, match=words):
        restore(db, bad, force=True)
    assert content(db) == before


def test_a_damaged_byte_is_noticed(
    sqlite_url: str, open_database: Callable[[str], Database], tmp_path: Path
) -> None:
    db = filled(open_database(sqlite_url))
    backup(db, tmp_path / "b.zip")
    data = bytearray((tmp_path / "b.zip").read_bytes())
    data[120] ^= 0xFF
    (tmp_path / "b.zip").write_bytes(data)
    with pytest.raises(BadArchive, match="damaged"):
        restore(db, tmp_path / "b.zip", force=True)


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04"])
def test_another_file_is_no_backup(
    sqlite_url: str, open_database: Callable[[str], Database], tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "b.zip").write_bytes(data)
    with pytest.raises(BadArchive, match="no Tocsin backup"):
        restore(open_database(sqlite_url), tmp_path / "b.zip")


@pytest.mark.parametrize(
    "old, new, refusal, words",
    [
        (b'"schemaRevision":"', b'"schemaRevision":"9', RestoreRefused, "schema 9.*upgrade afterwards"),
        (b'"format":1', b'"format":2', BadArchive, "format 2"),
    ],
)
def test_a_backup_of_another_schema_or_format_is_refused(
    sqlite_url: str,
    open_database: Callable[[str], Database],
    tmp_path: Path,
    old: bytes,
    new: bytes,
    refusal: type[Exception],
    words: str,
) -> None:
    db = filled(open_database(sqlite_url))
    backup(db, tmp_path / "b.zip")
    change = lambda name, data: data.replace(old, new) if name == archive.MANIFEST else data  # noqa: E731
    bad = rewritten(tmp_path / "b.zip", tmp_path / "bad.zip", change)
    with pytest.raises(refusal, match=words):
        restore(db, bad, force=True)


def test_postgresql_in_use_by_another_process_is_not_restored(
    postgresql_url: str, open_database: Callable[[str], Database], tmp_path: Path
) -> None:
    db = filled(open_database(postgresql_url))
    backup(db, tmp_path / "b.zip")
    other = open_database(postgresql_url)
    with other.read() as tx:
        tx.scalar(sa.text("SELECT 1"))
        with pytest.raises(RestoreRefused, match="1 other connections"):
            restore(db, tmp_path / "b.zip", force=True)


def test_the_secret_is_inside_only_when_asked_for(
    sqlite_url: str, open_database: Callable[[str], Database], tmp_path: Path
) -> None:
    db = filled(open_database(sqlite_url))
    assert not backup(db, tmp_path / "without.zip").secret
    assert restore_secret(tmp_path / "without.zip", tmp_path / "data") is None
    assert backup(db, tmp_path / "with.zip", secret="s" * 40).secret
    path = restore_secret(tmp_path / "with.zip", tmp_path / "data")
    assert path is not None
    assert path.read_text().strip() == "s" * 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
