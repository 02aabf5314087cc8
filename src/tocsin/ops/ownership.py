"""One process owns a data folder: an advisory lock that the kernel drops when the process ends.

The lock file says who holds it, for people; only the lock itself counts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tocsin.kit.clock import SystemClock, rfc3339
from tocsin.kit.errors import BadInput, TocsinError
from tocsin.kit.value import decode_json, encode_json, value

LOCK_FILE = "tocsin.lock"
_TRIES = 4
_PAUSE_SECONDS = 0.05
"""`holder` takes the lock for an instant; that must not look like an owner."""


@value
class Holder:
    """Who owns a data folder; what the lock file says of it."""

    pid: int | None = None
    since: datetime | None = None

    def __str__(self) -> str:
        process = "another process" if self.pid is None else f"process {self.pid}"
        return f"{process}, since {rfc3339(self.since)}" if self.since else process


class Held(TocsinError):
    """Another process owns the data folder."""

    code = "HELD"
    refuses = True

    def __init__(self, folder: Path, holder: Holder) -> None:
        super().__init__(f"a running Tocsin ({holder}) holds the data in {folder}: stop it first")
        self.holder = holder
        self.pid = holder.pid


@contextmanager
def own(folder: Path) -> Iterator[None]:
    """Own the data folder (made when missing) while the block runs. Raises Held."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _locked(handle):
            raise Held(folder, _read(handle))
        _write(handle, encode_json(Holder, Holder(pid=os.getpid(), since=SystemClock().now())))
        try:
            yield
        finally:
            _write(handle, "")
    finally:
        os.close(handle)


def holder(folder: Path) -> Holder | None:
    """Who owns the data folder now, None when nobody does."""
    try:
        handle = os.open(folder / LOCK_FILE, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle)
    else:
        return None
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    for attempt in range(_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if attempt + 1 < _TRIES:
            time.sleep(_PAUSE_SECONDS)
    return False


def _write(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0)


def _read(handle: int) -> Holder:
    try:
        return decode_json(Holder, os.pread(handle, 4096, 0))
    except BadInput:
        return Holder()
