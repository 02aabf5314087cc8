"""The running engine, the API and a server that speaks Twilio's wire over sockets, with its bad days."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from tests.api.fakes import BASE, Api
from tests.cast import Cast, assemble
from tests.conftest import START
from tocsin.api.app import create_api
from tocsin.auth.vault import Vault
from tocsin.channels.twilio import signature as twilio_signature
from tocsin.engine.callbacks import Callbacks
from tocsin.engine.ingest import Ingest
from tocsin.engine.messages import Addresses
from tocsin.engine.run import Engine
from tocsin.engine.spool import Spool
from tocsin.engine.switchboard import Switchboard
from tocsin.kit.clock import ScaledClock
from tocsin.net.http import HttpClient
from tocsin.net.transport import Transport
from tocsin.plugins import Answer, MailAnswer, MailRequest
from tocsin.store import incidents, notifications
from tocsin.store.database import Database

SECRET = "s" * 32
TOKEN = "auth-token"
PHONE = "+491701234567"
WHERE = Addresses(public_url=BASE, mail_domain="tocsin.example", secret=SECRET, replies_heard=False)
FAST = 60.0
"""How many times faster than the machine's the clock runs: retries and pauses take no real minute."""

CREATED = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
DOWN = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
SLOW_DOWN = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n"
LOST = b""


@dataclass
class TwilioServer:
    """Takes messages, reports on them, forwards answers; does what `faults` says first."""

    call: Callable[[str, dict[str, str]], Awaitable[httpx2.Response]]
    faults: list[bytes | float] = field(default_factory=list)
    """Instead of accepting: bytes are the whole answer (none: the line is cut), a number is a delay."""
    texts: list[dict[str, str]] = field(default_factory=list)
    reports: int = 1
    """How often it reports each delivery."""
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = int(re.search(r"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
        fields = {k: v[0] for k, v in parse_qs((await reader.readexactly(size)).decode()).items()}
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, bytes):
            writer.write(fault)
        else:
            await asyncio.sleep(fault or 0)
            self.texts.append(fields)
            said = b'{"sid":"SM%d","status":"queued"}' % len(self.texts)
            writer.write(CREATED % (len(said), said))
        await writer.drain()
        writer.close()
        if not isinstance(fault, bytes):
            for _ in range(self.reports):
                report = {"MessageStatus": "delivered", "MessageSid": f"SM{len(self.texts)}"}
                await self.call(fields["StatusCallback"], report)

    async def text(self, number: int) -> str:
        """The text of the message with that number, as soon as it is here."""
        for _ in range(400):
            if len(self.texts) >= number:
                return self.texts[number - 1]["Body"]
            await asyncio.sleep(0.02)
        raise AssertionError(f"message {number} never came")


@dataclass
class Running:
    """Everything at work."""

    cast: Cast
    http: httpx2.AsyncClient
    twilio: TwilioServer
    hook: str = ""

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def set_up(self) -> None:
        """A provider and a proven telephone, all by the API and by messages that arrive."""
        params = {"accountSid": "AC1", "authToken": TOKEN, "sender": "+4915735990000"}
        params["apiUrl"] = f"http://127.0.0.1:{self.twilio.port}"
        made = await self.ask(
            "POST", "/api/channel-providers", {"channel": "SMS", "type": "twilio", "params": params}
        )
        self.hook = made["callbackUrl"]
        mine = "/api/users/current"
        phone = await self.ask("POST", f"{mine}/contacts/phone-numbers", {"target": PHONE})
        path = f"{mine}/contacts/phone-numbers/{phone['id']}/verification"
        await self.ask("POST", path, {"channel": "SMS"})
        code = re.findall(r"\b\d{6}\b", await self.twilio.text(1))[0]
        await self.ask("PUT", path, {"channel": "SMS", "code": code})
        for rule in await self.ask("GET", f"{mine}/notification-preferences/alerts"):
            await self.ask("DELETE", f"{mine}/notification-preferences/alerts/{rule['id']}")
        await self.ask("POST", f"{mine}/notification-preferences/alerts", {"method": "SMS"})

    async def until(self, done: Callable[[], bool]) -> None:
        for _ in range(400):
            if await asyncio.to_thread(done):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("it never happened")

    def state(self, incident: int) -> str:
        with self.cast.db.read() as tx:
            return next(n.state for n in notifications.of_incident(tx, incident) if n.method == "SMS")

    def status(self, incident: int) -> str:
        with self.cast.db.read() as tx:
            return incidents.get(tx, incident).status


async def mail(request: MailRequest) -> Answer:
    del request
    return MailAnswer(code=250, text="ok")


@contextlib.asynccontextmanager
async def running(cast: Cast, folder: Path) -> AsyncIterator[Running]:
    """The engine with its switchboard, the API in front of it, and Twilio behind."""
    cast.db.clock = ScaledClock(FAST, (datetime.now(UTC), START))
    chance, vault = cast.chance, Vault(SECRET, cast.chance)
    client = HttpClient((ipaddress.ip_network("127.0.0.0/8"),))
    perform = Transport(mail, client).perform
    board = Switchboard(db=cast.db, perform=perform, where=WHERE, chance=chance, vault=vault)
    engine = Engine(
        db=cast.db, ingest=Ingest(cast.db, Spool(folder, chance), chance), lanes=(), switchboard=board
    )
    fake = Api(cast)
    callbacks = Callbacks(db=cast.db, where=WHERE, vault=vault, perform=perform)
    app = create_api(replace(fake.deployment, callbacks=callbacks))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=True)
    headers = {"authorization": f"Bearer {fake.keys[cast.ann.id]}"}

    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers) as http:

        async def call(url: str, fields: dict[str, str]) -> httpx2.Response:
            signature = twilio_signature(TOKEN, url, {name: [text] for name, text in fields.items()})
            return await http.post(url, data=fields, headers={"x-twilio-signature": signature})

        twilio = TwilioServer(call)
        server = await asyncio.start_server(twilio.answer, "127.0.0.1", 0)
        twilio.port = server.sockets[0].getsockname()[1]
        await engine.start()
        try:
            yield Running(cast, http, twilio)
        finally:
            await engine.stop()
            await client.close()
            server.close()


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def test_a_provider_configured_by_the_api_delivers_and_hears_the_answer(cast: Cast, tmp_path: Path) -> None:
    async def live() -> None:
        async with running(cast, tmp_path) as world:
            await world.set_up()
            world.twilio.reports = 2
            incident = await asyncio.to_thread(cast.alert, "Disk full")
            assert "Disk full" in await world.twilio.text(2)
            await world.until(lambda: world.state(incident) == "DELIVERED")
            answer = {"From": PHONE, "Body": "ack", "MessageSid": "IN1"}
            for _ in range(2):
                assert (await world.twilio.call(world.hook, answer)).status_code == 200
            assert "Disk full" in await world.twilio.text(3)
            assert world.status(incident) == "ACCEPTED"
            assert world.state(incident) == "ANSWERED"
            assert len(world.twilio.texts) == 3, "an answer that comes twice is confirmed once"
            forged = await world.http.post(world.hook, data=answer, headers={"x-twilio-signature": "no"})
            assert forged.status_code == 403

    asyncio.run(live())


@pytest.mark.parametrize(
    "faults", [[DOWN, DOWN], [SLOW_DOWN], [LOST], [0.3]], ids=["503", "429", "lost", "delay"]
)
def test_on_a_bad_day_the_page_still_arrives_once(
    cast: Cast, tmp_path: Path, faults: list[bytes | float]
) -> None:
    async def live() -> None:
        async with running(cast, tmp_path) as world:
            await world.set_up()
            world.twilio.faults = list(faults)
            incident = await asyncio.to_thread(cast.alert, "Disk full")
            await world.twilio.text(2)
            await world.until(lambda: world.state(incident) == "DELIVERED")
            with cast.db.read() as tx:
                page = next(n for n in notifications.of_incident(tx, incident) if n.method == "SMS")
            assert page.attempts == 1 + sum(isinstance(fault, bytes) for fault in faults)
            assert not world.twilio.faults

    asyncio.run(live())
