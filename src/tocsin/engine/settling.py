"""Outcomes that arrive while one transaction runs share the next: a busy lane settles in a few writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

from tocsin.store.database import Contended, DatabaseAway

SETTLE_RETRY_SECONDS = 0.5
R = TypeVar("R")

log = structlog.get_logger()


@dataclass
class Settling(Generic[R]):
    """What has ended on a lane and is not stored yet."""

    settle: Callable[[Sequence[R]], None]
    """Stores a batch, in a thread."""
    _ended: list[R] = field(default_factory=list)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def add(self, result: R) -> None:
        """Until it is stored, however long the database is away."""
        self._ended.append(result)
        async with self._one:
            batch, self._ended = self._ended, []
            while batch:
                try:
                    await asyncio.to_thread(self.settle, batch)
                    batch = []
                except (DatabaseAway, Contended) as away:
                    log.warning("cannot settle yet", reason=str(away))
                    await asyncio.sleep(SETTLE_RETRY_SECONDS)
