"""A real mail server on loopback, that can be told to misbehave."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "päss: word"


class _Connection(SMTP):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.connected(self)
        super().connection_made(transport)

    async def smtp_QUIT(self, arg: str) -> None:
        self.event_handler.quits += 1
        await super().smtp_QUIT(arg)


@dataclass
class MailServer:
    """What it was sent, and what it answers."""

    replies: dict[str, str] = field(default_factory=dict)
    """Refusals by address; a 421 is said once."""
    after_data: list[str] = field(default_factory=list)
    """Replies to the next messages instead of 250; "hang up" and "stall" are no replies."""
    hang_up_at: str = ""
    """Close the connection on MAIL or RCPT, once."""
    messages: list[Envelope] = field(default_factory=list)
    connections: list[_Connection] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0
    quits: int = 0
    logins: int = 0
    port: int = 0

    def connected(self, connection: _Connection) -> None:
        if connection not in self.connections:
            self.connections.append(connection)

    def drop_all(self) -> None:
        """Close every connection from this side."""
        for connection in self.connections:
            if connection.transport:
                connection.transport.close()

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.hang_up_at == "MAIL":
            return self._hang_up(server)
        if refusal := self.replies.get(address):
            if refusal.startswith("421"):
                del self.replies[address]
            return refusal
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.hang_up_at == "RCPT":
            return self._hang_up(server)
        if refusal := self.replies.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        await asyncio.sleep(0.01)
        self.open_now -= 1
        said = self.after_data.pop(0) if self.after_data else "250 2.0.0 OK: queued as 1A2B"
        if said == "hang up":
            return self._hang_up(server)
        if said == "stall":
            await asyncio.sleep(60)
        if said.startswith("2"):
            self.messages.append(envelope)
        return said

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins += 1
        return AuthResult(success=data.password.decode() == PASSWORD, handled=False)

    def _hang_up(self, server: SMTP) -> str:
        self.hang_up_at = ""
        assert isinstance(server.transport, asyncio.Transport)
        server.transport.abort()
        return "421 never arrives"


@asynccontextmanager
async def mail_server(
    *, tls_from_start: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[MailServer]:
    """A server that listens while the block runs."""
    loop = asyncio.get_running_loop()
    state = MailServer()
    listening = await loop.create_server(
        lambda: _Connection(
            state,
            loop=loop,
            hostname="mx.test",
            enable_SMTPUTF8=True,
            authenticator=state.authenticate,
            **options,
        ),
        "127.0.0.1",
        0,
        ssl=tls_from_start,
    )
    state.port = listening.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        listening.close()
        state.drop_all()
        await asyncio.sleep(0.01)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server at 127.0.0.1, and for a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.test")])
    now = dt.datetime.now(dt.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = signed.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "cert.pem").write_bytes(pem + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem")
    return server, ssl.create_default_context(cadata=pem.decode())
