"""The form of a backup: one zip file, the same for both databases.

`tables/<name>.jsonl` holds the column names in its first line and then a row a line; instants
are microseconds, JSON is its text, bytes are `{"base64": ...}`. `manifest.json` comes last and says
which schema this is, how many rows each table has and how far ids were given out.
"""

from __future__ import annotations

import base64
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from tocsin.kit.errors import BadInput, TocsinError
from tocsin.kit.value import decode_json, dumps, encode_json, field, loads, value

FORMAT = 1
MANIFEST = "manifest.json"
SECRET = "secret.key"  # noqa: S105 - the name of a file


class BadArchive(TocsinError):
    """The file is no backup, or a damaged one."""

    code = "BAD_ARCHIVE"


@value
class Manifest:
    """What a backup says of itself."""

    format: int = FORMAT
    release: str
    schema_revision: str
    taken_at: datetime
    database: str
    """`sqlite` or `postgresql`: where it came from; it can be restored into either."""
    tables: dict[str, int] = field(default_factory=dict)
    """Rows a table, in an order in which foreign keys hold."""
    sequences: dict[str, int] = field(default_factory=dict)
    """The last id given out by each sequence."""
    secret: bool = False
    """Whether the secret key is inside."""


def write_table(archive: zipfile.ZipFile, name: str, columns: Sequence[str], rows: Iterable[Any]) -> int:
    """Write a table; returns how many rows."""
    count = 0
    with archive.open(_entry(name), "w", force_zip64=True) as entry:
        entry.write(f"{dumps(list(columns))}\n".encode())
        for row in rows:
            entry.write(f"{dumps([_plain(cell) for cell in row])}\n".encode())
            count += 1
    return count


def read_table(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a table, one after the other. Raises BadArchive."""
    try:
        with archive.open(_entry(name)) as entry:
            columns = loads(entry.readline())
            for line in entry:
                yield {key: _cell(cell) for key, cell in zip(columns, loads(line), strict=True)}
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, BadInput) as fault:
        raise BadArchive(f"the backup is damaged in the table {name}: {fault}") from fault


def write_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Write the last entry."""
    archive.writestr(MANIFEST, encode_json(Manifest, manifest))


def verified(archive: zipfile.ZipFile) -> Manifest:
    """The manifest, after reading every byte and checking every sum. Raises BadArchive."""
    try:
        manifest = decode_json(Manifest, archive.read(MANIFEST))
        damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, BadInput) as fault:
        raise BadArchive("this is no Tocsin backup, or it is damaged: use another one") from fault
    if damaged:
        raise BadArchive(f"the backup is damaged in {damaged}: use another one")
    if manifest.format != FORMAT:
        raise BadArchive(f"the backup has format {manifest.format}, this release reads {FORMAT}")
    missing = [name for name in manifest.tables if _entry(name) not in archive.namelist()]
    if missing:
        raise BadArchive(f"the backup lacks tables: {', '.join(missing)}")
    return manifest


def _entry(name: str) -> str:
    return f"tables/{name}.jsonl"


def _plain(cell: Any) -> Any:
    return {"base64": base64.b64encode(cell).decode()} if isinstance(cell, bytes | memoryview) else cell


def _cell(plain: Any) -> Any:
    return base64.b64decode(plain["base64"]) if isinstance(plain, dict) else plain
