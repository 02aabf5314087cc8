"""Listening to an MQTT broker, by paho-mqtt (an extra: it is imported when it is needed).

The session is kept by the broker (clean_session is off, quality of service 1), and a message is acknowledged
after it was taken: what comes while we are away, or is not stored, is handed over again.

paho-mqtt is synchronous. It gets a thread of its own, so that it holds up nobody else's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from tocsin.core.brokers import Message
from tocsin.net.brokers import CONNECT_SECONDS, BrokerAway, Connected, Take, Target, check, context
from tocsin.net.http import NotAllowedError, check_address

KEEPALIVE_SECONDS = 30
TURN_SECONDS = 1.0
"""How long the thread waits for something to come; also how long it may take to end."""

Result = TypeVar("Result")


class MqttClient:
    """Listens to MQTT brokers."""

    async def consume(self, target: Target, take: Take, connected: Connected) -> None:
        """See `net.brokers.Client`."""
        with _thread() as thread:
            session = await _session(thread, target, clean=False)
            try:
                while True:
                    came = await thread(session.turn)
                    session.fail()
                    if session.fresh():
                        await connected()
                    wanted = [Message(topic=m.topic, body=bytes(m.payload)) for m in came if session.wants(m)]
                    if wanted:
                        await take(wanted)
                    if came:
                        await thread(partial(session.acknowledge, came))
            finally:
                thread.last(session.close)

    async def forget(self, target: Target) -> None:
        """A clean session in place of the one that the broker keeps."""
        with _thread() as thread:
            session = await _session(thread, target, clean=True)
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    while not session.fresh():
                        await thread(session.turn)
                        session.fail()
            except TimeoutError:
                raise BrokerAway("the broker does not answer") from None
            finally:
                thread.last(session.close)


@dataclass
class _Thread:
    """A thread of one's own."""

    pool: ThreadPoolExecutor

    async def __call__(self, work: Callable[[], Result]) -> Result:
        """Do something in it. Raises BrokerAway for what a network can do."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, work)
        except (NotAllowedError, OSError) as wrong:
            raise BrokerAway(str(wrong) or "the broker does not answer") from None

    def last(self, work: Callable[[], object]) -> None:
        """Do something there after all else; nobody waits for it."""
        self.pool.submit(work)


@contextlib.contextmanager
def _thread() -> Iterator[_Thread]:
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mqtt")
    try:
        yield _Thread(pool)
    finally:
        pool.shutdown(wait=False)


@dataclass
class _Session:
    """One connection, in its thread."""

    client: Any
    matches: Callable[[str, str], bool]
    topics: tuple[str, ...]
    came: list[Any] = field(default_factory=list)
    known: bool = False
    """Whether the broker kept the session: then it has handed over before what it retains."""
    wrong: str = ""
    asked: bool = False
    granted: bool = False
    told: bool = False

    def turn(self) -> list[Any]:
        """The messages of the next moment; the connection is kept alive."""
        code = self.client.loop(TURN_SECONDS)
        if code and not self.wrong:
            self.wrong = f"the connection ended: {code.name}"
        came, self.came = self.came, []
        return came

    def fail(self) -> None:
        """Raise BrokerAway if something went wrong."""
        if self.wrong:
            raise BrokerAway(self.wrong)

    def fresh(self) -> bool:
        """Whether everything was granted since this was asked last."""
        first, self.told = self.granted and not self.told, self.granted
        return first

    def wants(self, message: Any) -> bool:
        """Whether it is of a topic of ours, and news.

        The session may know topics of former settings, and what is retained comes again with every connection.
        """
        if message.retain and self.known:
            return False
        return any(self.matches(topic, message.topic) for topic in self.topics)

    def acknowledge(self, messages: list[Any]) -> None:
        """Tell the broker that they were taken."""
        for message in messages:
            self.client.ack(message.mid, message.qos)

    def close(self) -> None:
        """End the connection; the session stays."""
        with contextlib.suppress(OSError, ValueError):
            self.client.disconnect()

    def on_connect(self, client: Any, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        """The broker lets us in, or does not."""
        self.known = flags.session_present
        if reason.is_failure:
            self.wrong = f"the broker refuses: {reason}"
        elif self.topics:
            client.subscribe([(topic, 1) for topic in self.topics])
        else:
            self.granted = True

    def on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        """The broker grants each topic, or does not."""
        refused = [t for t, reason in zip(self.topics, reasons, strict=False) if reason.is_failure]
        if refused:
            self.wrong = f"the broker refuses {', '.join(refused)}"
        self.granted = not refused

    def on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        """The connection is gone."""
        self.wrong = self.wrong or f"the connection ended: {reason}"


async def _session(thread: _Thread, target: Target, *, clean: bool) -> _Session:
    """A connection that begins. Raises BrokerAway."""
    try:
        from paho.mqtt import client as paho  # noqa: PLC0415 - an extra
        from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415
    except ModuleNotFoundError:
        raise BrokerAway("MQTT needs the package paho-mqtt: pip install 'tocsin[mqtt]'") from None
    broker = target.broker
    ((host, port),) = (await check(target))[:1]
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=target.group, clean_session=clean, manual_ack=True
    )
    client.connect_timeout = CONNECT_SECONDS
    if broker.username:
        client.username_pw_set(broker.username, broker.password or None)
    tls = context(broker)
    if tls is not None:
        client.tls_set_context(tls)
    session = _Session(client, paho.topic_matches_sub, topics=() if clean else broker.topics)

    def look(_client: Any, _data: Any, socket: Any) -> None:
        # A name that answers differently the second time gains nothing: the address in use counts.
        check_address(socket.getpeername()[0], target.allowed)

    client.on_socket_open = look
    client.on_connect = session.on_connect
    client.on_subscribe = session.on_subscribe
    client.on_disconnect = session.on_disconnect
    client.on_message = lambda _client, _data, message: session.came.append(message)
    await thread(lambda: client.connect(host, port, KEEPALIVE_SECONDS))
    return session
