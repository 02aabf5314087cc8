"""The composition root: the only place that knows every part."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Literal, cast

import sqlalchemy as sa
import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.api.app import Api, create_api
from tocsin.auth.setup import setup_token
from tocsin.auth.vault import Vault
from tocsin.deployment import Deployment, Intake, RateLimits
from tocsin.engine.broker_sources import BrokerSources
from tocsin.engine.calendars import CalendarReader
from tocsin.engine.callbacks import Callbacks
from tocsin.engine.connections import OutwardLane
from tocsin.engine.deliveries import Lane
from tocsin.engine.ingest import Ingest
from tocsin.engine.mail_alerts import MailAlerts
from tocsin.engine.mailbox import MailboxReader
from tocsin.engine.messages import Addresses
from tocsin.engine.occasions import Outward
from tocsin.engine.polling import Poller
from tocsin.engine.replies import Mailroom
from tocsin.engine.run import Engine
from tocsin.engine.spool import Spool
from tocsin.engine.switchboard import Switchboard
from tocsin.kit.chance import Chance, SystemChance, uuid_text
from tocsin.kit.clock import SystemClock
from tocsin.net.http import HttpClient
from tocsin.net.imap import ImapMailbox
from tocsin.net.inbound_smtp import InboundSmtp
from tocsin.net.kafka import KafkaClient
from tocsin.net.mqtt import MqttClient
from tocsin.net.smtp import SmtpPool, SmtpTarget
from tocsin.net.transport import PerformMail, Transport
from tocsin.ops.health_routes import health_routes
from tocsin.ops.opening import open_database
from tocsin.ops.ownership import own
from tocsin.plugins import Answer, MailAnswer, MailRequest, channels
from tocsin.settings import Settings, SmtpServer, secret_key
from tocsin.store import schema
from tocsin.store.database import Database
from tocsin.store.notices import Listener
from tocsin.store.tables import outbox
from tocsin.web.app import web_fallback, web_routes
from tocsin.web.live import Streams

FAREWELL_SECONDS = 2
_SECURITY: dict[str, Literal["plain", "starttls", "tls"]] = {
    "smtp": "plain",
    "smtps": "tls",
    "smtp+starttls": "starttls",
}

log = structlog.get_logger()


@dataclass(frozen=True)
class Tocsin:
    """One process, put together and not yet running."""

    settings: Settings
    deployment: Deployment
    engine: Engine
    asgi: ASGIApp
    streams: Streams
    mailroom: Mailroom


def build(settings: Settings, db: Database) -> Tocsin:
    """Put a process together over a migrated database."""
    chance = SystemChance()
    secret = secret_key(settings)
    where = Addresses(
        public_url=settings.public_url,
        mail_domain=settings.mail_domain,
        secret=secret,
        replies_heard=settings.inbound_smtp is not None,
    )
    transport = Transport(_mail_transport(settings, db), HttpClient(settings.allow_private_targets))
    ingest = Ingest(db, Spool(settings.data_dir / "spool", chance), chance, ask=transport.perform)
    vault = Vault(secret, chance)
    outward = OutwardLane(
        db, Outward(vault, settings.public_url, chance, settings.mail_from), perform=transport.perform
    )
    callbacks = Callbacks(db=db, where=where, vault=vault, perform=transport.perform)
    switchboard = Switchboard(db=db, perform=transport.perform, where=where, chance=chance, vault=vault)
    engine = Engine(
        db=db,
        ingest=ingest,
        lanes=_lanes(db, transport, settings.mail_from, where, chance),
        outward=outward,
        poller=Poller(db=db, perform=transport.perform, callbacks=callbacks, chance=chance),
        switchboard=switchboard,
        calendars=CalendarReader(db=db, vault=vault, perform=transport.perform),
        mailbox=_mailbox(settings, db, ingest),
        brokers=_brokers(settings, db, ingest, vault),
    )
    deployment = Deployment(
        db=db,
        clock=db.clock,
        chance=chance,
        secret=secret,
        public_url=settings.public_url,
        mail_domain=settings.mail_domain,
        smtp_configured=settings.smtp is not None,
        time_scale=settings.time_scale,
        limits=RateLimits(
            api=settings.rate_limit_api, events=settings.rate_limit_events, pings=settings.rate_limit_pings
        ),
        intake=ingest,
        health=engine,
        ask=transport.perform,
        callbacks=callbacks,
    )
    return _served(settings, deployment, engine)


def _lanes(
    db: Database, transport: Transport, sender: str, where: Addresses, chance: Chance
) -> tuple[Lane, ...]:
    """One lane a channel."""
    return tuple(
        Lane(db=db, channel=channel, perform=transport.perform, sender=sender, where=where, chance=chance)
        for channel in channels().values()
    )


def _served(settings: Settings, deployment: Deployment, engine: Engine) -> Tocsin:
    """The parts that people and tools talk to."""
    streams = Streams(deployment.db)
    health = Starlette(routes=health_routes(deployment))
    return Tocsin(
        settings=settings,
        deployment=deployment,
        engine=engine,
        asgi=front(create_api(deployment), health, _pages(deployment, streams)),
        streams=streams,
        mailroom=Mailroom(
            deployment.db,
            deployment.secret,
            MailAlerts(deployment.db, deployment.intake, deployment.mail_domain),
        ),
    )


def serve(settings: Settings, *, migrate: bool = True) -> int:
    """Run until SIGTERM or SIGINT; the exit status. Raises SchemaMismatch, DatabaseAway, Held."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _sole_owner(settings):
        prepare(settings, migrate=migrate)
        db = open_database(settings)
        tocsin = build(settings, db)
        _announce(settings, db)
        _settle_memory()
        try:
            with asyncio.Runner(loop_factory=_event_loop()) as runner:
                return runner.run(_run(tocsin))
        finally:
            db.close()


def _settle_memory() -> None:
    """What was loaded at the start stays: the collector need not walk through it again and again.

    Without this a quarter of a busy process's time goes into full collections (docs/benchmarks.md).
    """
    gc.collect()
    gc.freeze()


def prepare(settings: Settings, *, migrate: bool) -> None:
    """Bring the database up to date, or refuse: never run on a schema that does not fit."""
    db = Database(settings.database_url, SystemClock())
    try:
        if not schema.check(db) and not migrate:
            raise schema.SchemaMismatch(
                "the database needs a migration: run `tocsin migrate`, or leave out --no-migrate"
            )
        if schema.migrate(db):
            log.info("database migrated", revision=schema.head())
    finally:
        db.close()


async def _run(tocsin: Tocsin) -> int:
    settings = tocsin.settings
    config = uvicorn.Config(
        tocsin.asgi,
        host=settings.listen.host,
        port=settings.listen.port,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=FAREWELL_SECONDS,
        backlog=2048,
    )
    server = _Server(config, tocsin.streams)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    listener = None if tocsin.deployment.db.sqlite else Listener(tocsin.deployment.db)
    inbound = _inbound(tocsin)
    await tocsin.engine.start()
    if listener:
        listener.start()
    if inbound:
        await inbound.start()
    try:
        await server.serve()
    finally:
        if inbound:
            await inbound.stop()
        await tocsin.engine.stop()
        if listener:
            await asyncio.to_thread(listener.stop)
    log.info("stopped")
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    """uvicorn, except that a signal ends serving and not the process: the engine drains after it."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self.streams = streams

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are handled by `_run`."""
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop serving; open live streams would hold it up."""
        del sig, frame
        self.should_exit = True
        self.streams.end()


def _pages(deployment: Deployment, streams: Streams) -> ASGIApp:
    async def missing(request: HTTPConnection, _: Exception) -> Response:
        return await web_fallback(deployment, cast("HTTPRequest", request))

    return Starlette(routes=web_routes(deployment, streams), exception_handlers={404: missing, 405: missing})


def front(api: Api, health: ASGIApp, web: ASGIApp) -> ASGIApp:
    """Which part answers a path."""
    probes = {"/healthz", "/readyz", "/metrics"}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if api.dropin.owns(path):
            await api.dropin(scope, receive, send)
        elif path == "/api" or path.startswith(("/api/", "/api-docs", "/callbacks/")):
            await api(scope, receive, send)
        elif path in probes:
            await health(scope, receive, send)
        else:
            await web(scope, receive, send)

    return answer


def _mail_transport(settings: Settings, db: Database) -> PerformMail:
    if settings.smtp is not None:
        return SmtpPool(_target(settings.smtp), hello=settings.mail_domain).perform

    def keep(request: MailRequest) -> Answer:
        with db.write() as tx:
            row = {"id": tx.next_id("outbox"), "at": tx.now, "sender": request.sender}
            tx.run(sa.insert(outbox), {**row, "recipient": request.recipient, "raw": request.raw})
        return MailAnswer(code=250, text="kept in the outbox: no mail server is configured")

    async def perform(request: MailRequest) -> Answer:
        return await asyncio.to_thread(keep, request)

    return perform


def _target(server: SmtpServer) -> SmtpTarget:
    return SmtpTarget(
        host=server.host,
        port=server.port,
        security=_SECURITY[server.security],
        user=server.user,
        password=server.password,
    )


def _inbound(tocsin: Tocsin) -> InboundSmtp | None:
    settings = tocsin.settings
    listen = settings.inbound_smtp
    if listen is None:
        return None
    handle = tocsin.mailroom.handle
    return InboundSmtp(listen.host, listen.port, settings.mail_domain, handle, tls=settings.inbound_smtp_tls)


def _mailbox(settings: Settings, db: Database, intake: Intake) -> MailboxReader | None:
    place = settings.imap
    if place is None:
        return None
    mailbox = ImapMailbox(
        place.host, place.port, place.user, place.password, folder=place.folder, tls=place.tls
    )
    return MailboxReader(db, mailbox, MailAlerts(db, intake, settings.mail_domain))


def _brokers(settings: Settings, db: Database, intake: Intake, vault: Vault) -> BrokerSources:
    return BrokerSources(
        db=db,
        intake=intake,
        vault=vault,
        clients={"MQTT": MqttClient(), "KAFKA": KafkaClient()},
        allowed=settings.allow_private_targets,
        name=uuid_text(vault.chance),
    )


def _sole_owner(settings: Settings) -> contextlib.AbstractContextManager[object]:
    """On SQLite one process owns the data folder."""
    sqlite = settings.database_url.startswith("sqlite")
    return own(settings.data_dir) if sqlite else contextlib.nullcontext()


def _announce(settings: Settings, db: Database) -> None:
    """What an operator needs to see at the start."""
    if settings.time_scale != 1:
        log.warning("THE CLOCK RUNS FASTER: for demonstrations and tests only", scale=settings.time_scale)
    if settings.smtp is None:
        log.warning("no mail server: nothing leaves this machine; mails are kept in the outbox")
    with db.write() as tx:
        secret = setup_token(tx, SystemChance())
    if secret:
        print(f"Set up Tocsin: {settings.public_url}/setup/{secret}", flush=True)  # noqa: T201
    log.info("serving", url=settings.public_url, listen=str(settings.listen))


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not to be had on Windows

    return uvloop.new_event_loop
