"""Handing mail over: a small pool of kept SMTP connections to one server.

Rule: nothing that a network can do raises here; it becomes a value that says whether the message
may have left. It may have once the server asked for it (354): from then on a lost connection
leaves the outcome unknown. Everything before that is certain not to have been sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
from typing import Literal

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected
from aiosmtplib.response import SMTPResponse

from tocsin.kit.value import field, value
from tocsin.plugins import MailAnswer, MailRequest, NetworkFailure

_UNFIT = re.compile(r"[\x00-\x20\x7f<>]")
_CLOSING = 421

Step = Literal["MAIL", "RCPT", "DATA"]


@value
class SmtpTarget:
    """The mail server that takes our mail."""

    host: str
    port: int
    security: Literal["plain", "starttls", "tls"]
    """`starttls` insists: no mail and no password leaves without TLS."""
    user: str = ""
    password: str = field(default="", repr=False)


@value
class Patience:
    """How long to wait for the mail server, in seconds."""

    connect: float = 10.0
    command: float = 30.0
    data: float = 60.0
    """For the reply to a whole message: that is when servers look for spam."""
    idle: float = 30.0
    """How long an unused connection is kept. Most servers close theirs after a minute: we are first."""


class _ConnectionLostError(Exception):
    """The connection was lost before the message was asked for: nothing was sent."""


class SmtpPool:
    """At most `max_connections` connections, each used again while it is alive and was used lately."""

    def __init__(
        self,
        target: SmtpTarget,
        *,
        max_connections: int = 8,
        patience: Patience | None = None,
        hello: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`hello` is our name for EHLO, by default the machine's; `tls` replaces the system's trust."""
        self.target = target
        self._hello = hello or socket.gethostname() or "localhost"
        self._tls = tls or (ssl.create_default_context() if target.security != "plain" else None)
        self._patience = patience or Patience()
        self._slots = asyncio.Semaphore(max_connections)
        self._idle: list[tuple[SMTP, asyncio.TimerHandle]] = []
        self._away: tuple[float, NetworkFailure] | None = None

    async def perform(self, request: MailRequest) -> MailAnswer | NetworkFailure:
        """Hand one mail over; the server's last reply, or why there is none."""
        unfit = _unfit(request)
        if unfit:
            return unfit
        asked_at = asyncio.get_running_loop().time()
        async with self._slots:
            kept = self._take()
            if kept is not None:
                # The server may have closed it without our noticing: then once more, on a new one.
                with contextlib.suppress(_ConnectionLostError):
                    return await self._converse(kept, request)
            # Whatever waited here while the server was found to be away need not find out itself:
            # else a queue of mails would outlast its leases, ten seconds at a time.
            if self._away and self._away[0] >= asked_at:
                return self._away[1]
            fresh = await self._connect()
            if isinstance(fresh, NetworkFailure):
                self._away = (asyncio.get_running_loop().time(), fresh)
                return fresh
            try:
                return await self._converse(fresh, request)
            except _ConnectionLostError as lost:
                return NetworkFailure(reason=str(lost), sent="NO")

    async def close(self) -> None:
        """Take leave of the server on every idle connection."""
        while self._idle:
            client, timer = self._idle.pop()
            timer.cancel()
            _leave(client)
        # One turn of the loop lets the transports close.
        await asyncio.sleep(0)

    def _take(self) -> SMTP | None:
        """The idle connection that was used last, if any is still alive."""
        while self._idle:
            client, timer = self._idle.pop()
            timer.cancel()
            if client.is_connected:
                return client
        return None

    def _keep(self, client: SMTP) -> None:
        timer = asyncio.get_running_loop().call_later(self._patience.idle, self._expire, client)
        self._idle.append((client, timer))

    def _expire(self, client: SMTP) -> None:
        self._idle = [(c, timer) for c, timer in self._idle if c is not client]
        _leave(client)

    async def _connect(self) -> SMTP | NetworkFailure:
        """A connection that is ready for MAIL.

        A refused login is the server's fault or ours, never the message's: nothing was sent, and
        it is tried again, so that pages wait for whoever mends the password.
        """
        target = self.target
        client = SMTP(
            hostname=target.host,
            port=target.port,
            username=target.user or None,
            password=target.password or None,
            local_hostname=self._hello,
            timeout=self._patience.command,
            use_tls=target.security == "tls",
            start_tls=target.security == "starttls",
            tls_context=self._tls,
        )
        try:
            await client.connect(timeout=self._patience.connect)
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except (SMTPException, OSError, UnicodeError) as fault:  # the last from an impossible host name
            client.close()
            return NetworkFailure(reason=f"{target.host}:{target.port}: {_words(fault)}", sent="NO")
        return client

    async def _converse(self, client: SMTP, request: MailRequest) -> MailAnswer | NetworkFailure:
        """Hand one mail over on a connection, and keep the connection if it is still good."""
        good = False
        try:
            answer = await _hand_over(client, request, self._patience.data)
            good = isinstance(answer, MailAnswer) and client.is_connected
            return answer
        finally:
            if good:
                self._keep(client)
            else:
                client.close()


async def _hand_over(client: SMTP, request: MailRequest, data_seconds: float) -> MailAnswer | NetworkFailure:
    """One SMTP transaction. Raises _ConnectionLostError when nothing was sent."""
    try:
        refusal = await _envelope(client, request)
    except (SMTPServerDisconnected, ConnectionError) as lost:
        raise _ConnectionLostError(_words(lost)) from lost
    except (SMTPException, OSError) as fault:
        return NetworkFailure(reason=_words(fault), sent="NO")
    return refusal or await _body(client, request.raw, data_seconds)


async def _envelope(client: SMTP, request: MailRequest) -> MailAnswer | None:
    """MAIL, RCPT and DATA: the refusal, or None when the server waits for the message."""
    international = not (request.sender + request.recipient).isascii()
    if international and not client.supports_extension("smtputf8"):
        return MailAnswer(code=553, text="5.6.7 the mail server takes no such address", step="DATA")
    options = b" SMTPUTF8 BODY=8BITMIME" if international else b""
    commands: tuple[tuple[Step, bytes], ...] = (
        ("MAIL", b"MAIL FROM:<" + request.sender.encode() + b">" + options),
        ("RCPT", b"RCPT TO:<" + request.recipient.encode() + b">"),
        ("DATA", b"DATA"),
    )
    for step, command in commands:
        reply = await client.execute_command(command)
        if reply.code == _CLOSING and step == "MAIL":
            raise SMTPServerDisconnected(f"{reply.code} {reply.message}")
        if reply.code // 100 != (3 if step == "DATA" else 2):
            await _reset(client)
            return _answer(reply, step)
    return None


async def _reset(client: SMTP) -> None:
    """End the refused transaction, so that the connection can be used again."""
    try:
        await client.execute_command(b"RSET")
    except (SMTPException, OSError):
        client.close()


async def _body(client: SMTP, raw: bytes, data_seconds: float) -> MailAnswer | NetworkFailure:
    """The message itself. Not aiosmtplib's data(), which does not tell a loss before from one after."""
    protocol = client.protocol
    if protocol is None or not protocol.is_connected:
        raise _ConnectionLostError("connection lost")
    ended = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    stuffed = ended.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    try:
        protocol.write(stuffed + b".\r\n")
        reply = await protocol.read_response(timeout=data_seconds)
    except (SMTPException, OSError) as lost:
        return NetworkFailure(reason=_words(lost), sent="MAYBE")
    return _answer(reply, "DATA")


def _answer(reply: SMTPResponse, step: Step) -> MailAnswer:
    return MailAnswer(code=reply.code, text=" ".join(reply.message.split()), step=step)


def _unfit(request: MailRequest) -> MailAnswer | None:
    """Refuse what cannot be said in SMTP, before it becomes a command of its own."""
    if _UNFIT.search(request.sender):
        return MailAnswer(code=553, text="5.1.7 the sender is no mail address", step="MAIL")
    if _UNFIT.search(request.recipient) or "@" not in request.recipient:
        return MailAnswer(code=553, text="5.1.3 the recipient is no mail address", step="RCPT")
    return None


def _leave(client: SMTP) -> None:
    """QUIT without waiting for the answer: nobody needs it."""
    if client.protocol is not None and client.is_connected:
        client.protocol.write(b"QUIT\r\n")
    client.close()


def _words(fault: Exception) -> str:
    if isinstance(fault, SMTPResponseException):
        return f"{fault.code} {fault.message}"
    return str(fault) or type(fault).__name__
