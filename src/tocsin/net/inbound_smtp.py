"""Taking mail in: replies to pages, bounces, and alert mails, for our own domain only.

Rule: a 2xx means that the mail is stored. The handler does that before it answers; when it fails,
the sending server is told to try again, and keeps the mail until then.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tocsin.kit.value import value

MAX_MAIL = 10 * 1024 * 1024
MAX_LINE = 65_536
"""RFC 5321 allows 1,000 octets, but many tools send HTML on one line, and an alert is an alert."""
MAX_RECIPIENTS = 100
STOP_SECONDS = 10.0

_TRY_AGAIN = "451 4.3.0 could not be processed, try again"
_REPLY = re.compile(r"[245]\d\d [\x20-\x7e]+")
_COMMANDS_PER_CONNECTION = {"*": 50, "MAIL": 500, "RCPT": 2000, "DATA": 500, "RSET": 500}

log = logging.getLogger(__name__)


@value
class InboundMail:
    """A mail as it arrived."""

    sender: str
    """The envelope sender; "" for a bounce or another mail that nobody is to answer."""
    recipients: tuple[str, ...]
    raw: bytes
    peer: str = ""
    """The address of the server that brought it."""


Handle = Callable[[InboundMail], Awaitable[str]]
"""Stores a mail and answers with an SMTP reply: `250 2.0.0 stored as 12`."""


class InboundSmtp:
    """A mail server for one domain, inside the running event loop."""

    def __init__(
        self,
        listen_host: str,
        port: int,
        domain: str,
        handle: Handle,
        *,
        max_connections: int = 100,
        timeout_seconds: float = 120.0,
        max_bytes: int = MAX_MAIL,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        """`timeout_seconds` is how long one command, or one whole message, may take.

        `tls` is a certificate and its key: then STARTTLS is offered. Raises OSError when they cannot be read.
        """
        self.listen_host = listen_host
        self.port = port
        """Where it listens; asked for as 0 it is the chosen one after `start`."""
        self.domain = domain.lower()
        self._handle = handle
        self._max_connections = max_connections
        self._timeout_seconds = timeout_seconds
        self._max_bytes = max_bytes
        self._tls = _context(*tls) if tls else None
        self._server: asyncio.Server | None = None
        self._sessions: set[_Session] = set()
        self._handling: set[asyncio.Future[str]] = set()

    async def start(self) -> None:
        """Listen. Raises OSError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, self.listen_host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, let mails in hand be stored, then hang up."""
        if self._server is None:
            return
        self._server.close()
        if self._handling:
            await asyncio.wait(self._handling, timeout=STOP_SECONDS)
            await asyncio.sleep(0)  # their answers go out
        for session in tuple(self._sessions):
            session.hang_up()
        await self._server.wait_closed()
        self._server = None

    def _accept(self) -> asyncio.Protocol:
        if len(self._sessions) >= self._max_connections:
            return _Busy()
        return _Session(
            self,
            self._sessions,
            data_size_limit=self._max_bytes,
            enable_SMTPUTF8=True,
            hostname=self.domain,
            ident="ESMTP",
            timeout=self._timeout_seconds,
            command_call_limit=_COMMANDS_PER_CONNECTION,
            tls_context=self._tls,
            loop=asyncio.get_running_loop(),
        )

    # The hooks that aiosmtpd calls.

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take in what is ours and nothing else: we relay for nobody."""
        del server, session
        local, _, domain = address.rpartition("@")
        if not local or domain.rstrip(".").lower() != self.domain:
            return "550 5.1.1 no mailbox of that name here"
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Have the mail stored, then answer."""
        del server
        mail = InboundMail(
            # aiosmtpd leaves the null sender in its brackets.
            sender=(envelope.mail_from or "").strip("<>"),
            recipients=tuple(envelope.rcpt_tos),
            raw=envelope.original_content or b"",
            peer=str((session.peer or ("",))[0]),
        )
        # A task, so that a sender who hangs up does not interrupt the storing of what they sent.
        task = asyncio.ensure_future(self._handle(mail))
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)
        await asyncio.wait({task})
        return _reply_of(task)

    async def handle_exception(self, error: Exception) -> str:
        """What aiosmtpd itself stumbles over."""
        log.warning("inbound mail: %s: %s", type(error).__name__, error)
        return _TRY_AGAIN


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _reply_of(task: asyncio.Future[str]) -> str:
    if task.cancelled():
        return _TRY_AGAIN
    error = task.exception()
    if error is not None:
        log.error("inbound mail could not be processed", exc_info=error)
        return _TRY_AGAIN
    reply = task.result()
    if not _REPLY.fullmatch(reply):
        log.error("inbound mail: no SMTP reply: %r", reply)
        return _TRY_AGAIN
    return reply


class _Session(SMTP):
    """One connection."""

    line_length_limit = MAX_LINE

    def __init__(self, handler: InboundSmtp, sessions: set[_Session], **options: Any) -> None:
        super().__init__(handler, **options)
        self._sessions = sessions

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        self._sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count it no longer."""
        self._sessions.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        """Close the connection, after what was written."""
        if self.transport is not None:
            self.transport.close()


class _Busy(asyncio.Protocol):
    """Turns a connection away that would be one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so and close."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 4.3.2 too many connections, try again later\r\n")
        transport.close()
