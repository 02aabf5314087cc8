"""What holds for whatever comes by an integration key, at whatever address: what a key is, and how often."""

from __future__ import annotations

import threading
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from tocsin.api.errors import TooMany
from tocsin.auth.throttle import Windows
from tocsin.deployment import Deployment
from tocsin.store import sources

MAX_KEY = 255


def usable(key: str) -> bool:
    """Whether a text can be a key at all."""
    return bool(key) and len(key) <= MAX_KEY and "\0" not in key


class EventLimit:
    """Counts the events of each key in a minute, one budget for all addresses of one process."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._windows = Windows(deployment.limits.events)
        self._noted: set[str] = set()
        self._noted_minute = 0
        self._noting = threading.Lock()

    async def count(self, key: str) -> None:
        """Count one event. Raises TooMany."""
        now = self._deployment.clock.now()
        if self._windows.allow(key, now):
            return
        if self._first_this_minute(key, now):
            await run_in_threadpool(self._note, key)
        raise TooMany("this key has sent too many events in this minute")

    def _first_this_minute(self, key: str, now: datetime) -> bool:
        """Whether the key's excess is news: it is written down once a minute."""
        minute = int(now.timestamp() // 60)
        with self._noting:
            if minute != self._noted_minute:
                self._noted_minute, self._noted = minute, set()
            first = key not in self._noted
            self._noted.add(key)
            return first

    def _note(self, key: str) -> None:
        with self._deployment.db.write() as tx:
            sources.note_limited(tx, key)
