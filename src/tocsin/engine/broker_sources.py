"""Listening to message brokers: a task for each alert source that has one, in one process at a time.

A message is acknowledged after its event is stored (or spooled), so it comes at least once. A broker that is
away is tried again, after longer and longer pauses; the source shows why.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError

from tocsin.auth.vault import CannotOpen, Vault
from tocsin.core.brokers import PASSWORD_FOR, Message, State, group_of
from tocsin.core.doors import MAX_BODY
from tocsin.core.events import AlertSource
from tocsin.deployment import Intake
from tocsin.kit.errors import TocsinError
from tocsin.kit.value import replace
from tocsin.net.brokers import BrokerAway, Client, Target
from tocsin.net.http import Network
from tocsin.store import brokers
from tocsin.store.database import Contended, Database, DatabaseAway
from tocsin.store.intake import Payload

PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
EVERY = timedelta(seconds=5)

log = structlog.get_logger()


@dataclass
class BrokerSources:
    """Every source of this process that listens."""

    db: Database
    intake: Intake
    vault: Vault
    clients: Mapping[str, Client]
    """By the type of the source."""
    allowed: Sequence[Network]
    name: str
    """This process's, among those of the same database."""
    _running: dict[int, _Listener] = field(default_factory=dict)

    async def step(self) -> int:
        """Begin to listen to what is wanted, and leave off from what is not; how many began or ended."""
        wanted, mine = await asyncio.to_thread(self._look)
        over = [
            self._running.pop(number)
            for number, one in list(self._running.items())
            if number not in mine or wanted[number].broker != one.source.broker or one.task.done()
        ]
        await asyncio.gather(*(self._leave(one, wanted.get(one.source.id)) for one in over))
        new = [number for number in mine if number not in self._running]
        for number in new:
            task = asyncio.create_task(self._listen(wanted[number]), name=f"broker of source {number}")
            self._running[number] = _Listener(wanted[number], task)
        return len(over) + len(new)

    async def next_due(self) -> datetime | None:
        """When to look again."""
        return self.db.clock.now() + EVERY

    async def close(self) -> None:
        """Leave off; another process may listen at once. What was not stored is handed over again."""
        await asyncio.gather(*(_ended(one.task) for one in self._running.values()))
        for number in self._running:
            await asyncio.to_thread(self._release, number)
        self._running.clear()

    async def _leave(self, listener: _Listener, after: AlertSource | None) -> None:
        source, task = listener.source, listener.task
        await _ended(task)
        if not task.cancelled():
            log.error("broker's task ended", source=source.id, exc_info=task.exception())
            await asyncio.to_thread(self._note, source.id, "AWAY", "a fault of Tocsin's, which the log tells")
        if after is None:
            await asyncio.to_thread(self._release, source.id)
        elif after.broker != source.broker:
            await asyncio.to_thread(self._note, source.id, "CONNECTING", "")
        if _elsewhere(source, after):
            await self._forget(source)

    async def _listen(self, source: AlertSource) -> None:
        failures = 0
        while True:

            async def connected() -> None:
                nonlocal failures
                failures = 0
                log.info("broker connected", source=source.id)
                await asyncio.to_thread(self._note, source.id, "CONNECTED", "")

            try:
                await self.clients[source.integration_type].consume(
                    self._target(source), lambda messages: self._take(source, messages), connected
                )
            except (BrokerAway, CannotOpen) as wrong:
                log.warning("broker away", source=source.id, reason=wrong.message)
                await asyncio.to_thread(self._note, source.id, "AWAY", wrong.message)
            await asyncio.sleep(PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS) - 1)])
            failures += 1

    async def _take(self, source: AlertSource, messages: Sequence[Message]) -> None:
        """Store messages together, in order. Raises BrokerAway when one of them could not be."""
        now = self.db.clock.now()
        try:
            outcomes = await asyncio.gather(
                *(self.intake.receive(_payload(source, message, now)) for message in messages)
            )
        except TocsinError as wrong:
            raise BrokerAway(f"the messages cannot be stored: {wrong.message}") from wrong
        if any(outcome.source_id is None for outcome in outcomes):
            raise BrokerAway("the alert source is gone")

    async def _forget(self, source: AlertSource) -> None:
        try:
            await self.clients[source.integration_type].forget(self._target(source))
        except (BrokerAway, CannotOpen) as wrong:
            log.warning("the broker may keep messages for us", source=source.id, reason=wrong.message)

    def _target(self, source: AlertSource) -> Target:
        """Raises CannotOpen."""
        assert source.broker is not None
        broker, group = source.broker, group_of(source.broker, source.integration_key)
        if broker.password:
            broker = replace(broker, password=self.vault.open(broker.password, PASSWORD_FOR))
        return Target(broker=broker, group=group, allowed=self.allowed)

    def _look(self) -> tuple[dict[int, AlertSource], set[int]]:
        """Every source that listens, and those that this process listens for."""
        with self.db.read() as tx:
            wanted = {source.id: source for source in brokers.listening(tx)}
            due = [number for number in wanted if brokers.due(tx, number, self.name)]
        for number in due:
            # Another process may have been quicker: then the row is there already.
            with contextlib.suppress(IntegrityError, Contended), self.db.write() as tx:
                brokers.claim(tx, number, self.name)
        with self.db.read() as tx:
            return wanted, {number for number in wanted if brokers.held(tx, number, self.name)}

    def _note(self, number: int, state: State, reason: str) -> None:
        with contextlib.suppress(DatabaseAway, Contended), self.db.write() as tx:
            brokers.note(tx, number, self.name, state, reason)

    def _release(self, number: int) -> None:
        with contextlib.suppress(DatabaseAway, Contended), self.db.write() as tx:
            brokers.release(tx, number, self.name)


@dataclass
class _Listener:
    source: AlertSource
    task: asyncio.Task[None]


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _elsewhere(before: AlertSource, after: AlertSource | None) -> bool:
    """Whether the broker that knew us is listened to no more."""
    if after is None or after.broker is None or before.broker is None:
        return True
    return (before.broker.servers, before.broker.group) != (after.broker.servers, after.broker.group)


def _payload(source: AlertSource, message: Message, now: datetime) -> Payload:
    query = {"topic": message.topic, **({"key": message.key} if message.key else {})}
    return Payload(
        key=source.integration_key,
        body=message.body[:MAX_BODY],
        query=query,
        at=now,
        spool_id=message.id or None,
    )
