"""What an agent has taken and not yet forwarded: a folder with a file for each request, in their order.

A request is on disk, and its name with it, before its sender gets an answer.
"""

from __future__ import annotations

import base64
import contextlib
import os
import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from tocsin.kit.clock import parse_instant, rfc3339
from tocsin.kit.errors import BadInput, Overloaded
from tocsin.kit.files import sync_folder
from tocsin.kit.value import dumps, field, loads, value

MOST_WAITING = 100_000
MOST_BYTES = 1024**3
_SUFFIX = ".request"
_ASIDE = ".refused"


@value
class Taken:
    """A request that was taken."""

    id: str
    """Goes along, so that the server stores it once however often it is sent."""
    at: datetime
    method: str
    target: str
    """The path, with the query."""
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name; only those that an integration asks for."""
    body: bytes


class Journal:
    """The folder. One agent owns it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(path.name for path in folder.glob(f"*{_SUFFIX}"))
        self._waiting = deque((name, (folder / name).stat().st_size) for name in names)
        self._bytes = sum(size for _, size in self._waiting)
        # A number that was set aside is not used again: the next one set aside would take its place.
        used = (*names, *(path.name for path in folder.glob(f"*{_ASIDE}")))
        self._number = max((int(name.partition(".")[0]) for name in used), default=0)

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def put(self, taken: Taken) -> None:
        """Keep a request; on disk when this returns. Raises Overloaded, OSError."""
        record = dumps(
            {
                "id": taken.id,
                "at": rfc3339(taken.at),
                "method": taken.method,
                "target": taken.target,
                "contentType": taken.content_type,
                "headers": dict(taken.headers),
                "body": base64.b64encode(taken.body).decode(),
            }
        ).encode()
        with self._lock:
            if len(self._waiting) >= MOST_WAITING or self._bytes + len(record) > MOST_BYTES:
                raise Overloaded("the agent holds as much as it may: the server has not answered for long")
            self._number += 1
            name = f"{self._number:012}{_SUFFIX}"
            self._write(name, record)
            self._waiting.append((name, len(record)))
            self._bytes += len(record)

    def oldest(self) -> Taken | None:
        """The request whose turn it is. One that a fault of the disk has damaged is set aside. Raises OSError."""
        while self._waiting:
            path = self._folder / self._waiting[0][0]
            try:
                return _read(path.read_bytes())
            except FileNotFoundError:
                self.drop()
            except (BadInput, KeyError, TypeError, ValueError):
                self.drop(aside=True)
        return None

    def drop(self, *, aside: bool = False) -> None:
        """The oldest one is done with; `aside` keeps it for a person to look at. Raises OSError."""
        with self._lock:
            name, size = self._waiting[0]
            path = self._folder / name
            with contextlib.suppress(FileNotFoundError):
                if aside:
                    path.rename(path.with_suffix(_ASIDE))
                else:
                    path.unlink()
            self._waiting.popleft()
            self._bytes -= size

    def _write(self, name: str, record: bytes) -> None:
        """A file whole or not at all, its name as durable as its content."""
        draft = self._folder / f"{name}.draft"
        with draft.open("wb") as file:
            file.write(record)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._folder / name)
        sync_folder(self._folder)


def _read(record: bytes) -> Taken:
    said = loads(record)
    return Taken(
        id=said["id"],
        at=parse_instant(said["at"]),
        method=said["method"],
        target=said["target"],
        content_type=said["contentType"],
        # A version before this one kept none.
        headers=said.get("headers", {}),
        body=base64.b64decode(said["body"]),
    )
