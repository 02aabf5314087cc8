"""Where payloads wait on disk while the database is away.

Appended and fsynced before the caller gets its answer; taken back in order. Each has an id that is
stored with its event, so that a crash between storing and forgetting stores nothing twice.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from tocsin.kit.chance import Chance, token
from tocsin.kit.clock import parse_instant, rfc3339
from tocsin.kit.errors import BadInput, Overloaded
from tocsin.kit.files import sync_folder
from tocsin.kit.value import dumps, loads, replace
from tocsin.store.intake import Payload

MOST_BYTES = 1024**3
"""A spool that grows past a gigabyte refuses more: the disk belongs to others too."""


class Spool:
    """A folder of append-only files, one being written, earlier ones being drained."""

    def __init__(self, folder: Path, chance: Chance) -> None:
        self.folder = folder
        self.chance = chance
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, payloads: Sequence[Payload], now: datetime) -> None:
        """Keep payloads; on disk when this returns. Raises Overloaded when the spool is full."""
        lines = [
            _line(replace(p, at=p.at or now, spool_id=p.spool_id or token(self.chance))) for p in payloads
        ]
        with self._lock:
            if self._size() > MOST_BYTES:
                raise Overloaded("the database is away and the spool on disk is full")
            path = self.folder / "current.jsonl"
            fresh = not path.exists()
            with path.open("ab") as file:
                # What an earlier write left unfinished (the disk ran full, a crash) ends here: it takes no line with it.
                file.write(b"\n" + b"".join(lines))
                file.flush()
                os.fsync(file.fileno())
            if fresh:
                sync_folder(self.folder)

    def set_aside(self, payload: Payload) -> None:
        """Keep for a person to look at what cannot be processed."""
        with (self.folder / "set-aside.txt").open("ab") as file:
            file.write(_line(payload))

    def size(self) -> int:
        """Bytes that wait."""
        with self._lock:
            return self._size()

    def _size(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("*.jsonl"))

    def batches(self, size: int) -> Iterator[list[Payload]]:
        """What waits, oldest first; a file is forgotten when all its batches were consumed."""
        with self._lock:
            current = self.folder / "current.jsonl"
            if current.exists():
                taken = sorted(self.folder.glob("taken-*.jsonl"))
                number = int(taken[-1].stem.removeprefix("taken-")) + 1 if taken else 1
                current.rename(self.folder / f"taken-{number:09}.jsonl")
        for path in sorted(self.folder.glob("taken-*.jsonl")):
            payloads = [p for p in map(_payload, path.read_bytes().splitlines()) if p is not None]
            for start in range(0, len(payloads), size):
                yield payloads[start : start + size]
            with self._lock:
                path.unlink()


def _line(payload: Payload) -> bytes:
    record = {
        "id": payload.spool_id,
        "key": payload.key,
        "at": rfc3339(payload.at) if payload.at else None,
        "contentType": payload.content_type,
        "query": dict(payload.query),
        "headers": dict(payload.headers),
        "dialect": payload.dialect,
        "body": base64.b64encode(payload.body).decode(),
    }
    return dumps(record).encode() + b"\n"


def _payload(line: bytes) -> Payload | None:
    """None for a line that a crash cut off: its sender never got an answer."""
    try:
        record = loads(line)
        return Payload(
            key=record["key"],
            body=base64.b64decode(record["body"]),
            content_type=record["contentType"],
            query=record.get("query", {}),
            headers=record.get("headers", {}),
            dialect=record.get("dialect", ""),
            at=parse_instant(record["at"]),
            spool_id=record["id"],
        )
    except (BadInput, KeyError, TypeError, ValueError):
        return None
