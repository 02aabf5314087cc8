"""A real mail server on this machine that writes down what it gets and fails as it is told."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import re
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session

T = TypeVar("T")

OK = ""
TEMPORARY = "451 4.3.0 try again later"
NO_SUCH_MAILBOX = "550 5.1.1 no such mailbox"
SPAM = "550 5.7.1 looks like spam"
DROP = "drop"
"""The mail is taken, but the connection breaks before the answer: the sender cannot know."""

_MESSAGE_ID = re.compile(r"<(\d+)\.([a-z]+)@")


@dataclass(frozen=True)
class Mail:
    """A mail that was taken."""

    at: float
    """When, on this machine's clock."""
    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def notification(self) -> int:
        """Of which line of the ledger it is, from its Message-ID."""
        return int(self._id[0])

    @property
    def purpose(self) -> str:
        """Why it was sent, from its Message-ID: alert, accepted, resolved, notice..."""
        return self._id[1]

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def reply_to(self) -> str:
        return str(self.message["Reply-To"])

    @property
    def text(self) -> str:
        """The plain text, its links whole."""
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def _id(self) -> tuple[str, str]:
        found = _MESSAGE_ID.search(str(self.message["Message-ID"]))
        assert found, f"not a Message-ID of ours: {self.message['Message-ID']}"
        return found[1], found[2]


@dataclass
class MailServer:
    """Listens on one port for its whole life, also across `stop` and `start`."""

    port: int
    journal: Path
    """Every mail is written down before it is answered for."""
    says: dict[str, str] = field(default_factory=dict)
    """What to answer for a recipient ("*": for all others) instead of taking the mail."""
    slow_seconds: float = 0.0
    mails: list[Mail] = field(default_factory=list)
    tries: list[tuple[float, str, str]] = field(default_factory=list)
    """Every RCPT: when, recipient, answer."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncio.Server | None = None
    _open: set[asyncio.Transport] = field(default_factory=set)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Take mail (again)."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop.run_forever, name="mail server", daemon=True)
            self._thread.start()
        self._in_loop(self._listen())

    def stop(self) -> None:
        """Be away: nobody listens, and who is connected no longer is."""
        self._in_loop(self._hang_up())

    def close(self) -> None:
        """End for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        assert self._thread
        self._thread.join(10)
        self._loop.close()

    def to(self, recipient: str, purpose: str | None = None) -> list[Mail]:
        """The mails a person got, oldest first."""
        mails = [mail for mail in tuple(self.mails) if mail.recipient == recipient]
        return [mail for mail in mails if purpose is None or mail.purpose == purpose]

    def wait(
        self, recipient: str, purpose: str | None = None, *, count: int = 1, seconds: float = 20
    ) -> list[Mail]:
        """The mails to a person, once there are `count`."""
        wanted = f"{count} mail(s) {purpose or ''} to {recipient}"
        return until(lambda: self._enough(recipient, purpose, count), wanted, seconds=seconds)

    def _enough(self, recipient: str, purpose: str | None, count: int) -> list[Mail] | None:
        found = self.to(recipient, purpose)
        return found if len(found) >= count else None

    # What aiosmtpd calls.

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = self.says.get(address, self.says.get("*", OK))
        refusal = "" if said == DROP else said
        self.tries.append((time.time(), address, said))
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        raw = envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            self._keep(Mail(time.time(), envelope.mail_from or "", recipient, raw))
        if any(self.says.get(r, self.says.get("*")) == DROP for r in envelope.rcpt_tos):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 2.0.0 taken"

    def _keep(self, mail: Mail) -> None:
        record = {"at": mail.at, "from": mail.sender, "to": mail.recipient, "raw": mail.raw.decode("latin-1")}
        with self.journal.open("a") as file:
            file.write(json.dumps(record) + "\n")
        self.mails.append(mail)

    async def _listen(self) -> None:
        assert self._server is None, "it listens already"
        self._server = await self._loop.create_server(self._accept, "127.0.0.1", self.port)

    def _accept(self) -> SMTP:
        return _Session(self._open, self, hostname="mail.test", loop=self._loop, enable_SMTPUTF8=True)

    async def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for transport in tuple(self._open):
            transport.abort()
        await asyncio.sleep(0)
        others = asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _in_loop(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


class _Session(SMTP):
    def __init__(self, connections: set[asyncio.Transport], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._connections.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        assert isinstance(self.transport, asyncio.Transport)
        self._connections.discard(self.transport)
        super().connection_lost(error)


def until(look: Callable[[], T | None], what: str, *, seconds: float = 20, every: float = 0.03) -> T:
    """Look again and again until there is something (true); `what` names it when there never is."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"after {seconds} s there is still no: {what}"
        time.sleep(every)
