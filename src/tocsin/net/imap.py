"""Fetching mails from a mailbox: for where no mail can be delivered to us.

Synchronous, by the standard library: one step every half minute, in a worker thread. A mail is marked as seen
after it was stored, so that a crash fetches it again.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tocsin.kit.errors import TocsinError
from tocsin.kit.value import value

MOST_AT_ONCE = 20
TIMEOUT_SECONDS = 20.0


class MailboxAway(TocsinError):
    """The mailbox cannot be read."""

    code = "MAILBOX_AWAY"


@value
class Fetched:
    """A mail, with the number that the mailbox knows it by."""

    uid: str
    raw: bytes


class ImapMailbox:
    """A mailbox on an IMAP server."""

    def __init__(
        self, host: str, port: int, user: str, password: str, *, folder: str = "INBOX", tls: bool = True
    ) -> None:
        self.host = host
        self.port = port
        self.folder = folder
        self._user = user
        self._password = password
        self._tls = tls

    def unseen(self, most_bytes: int) -> list[Fetched]:
        """The oldest mails that nobody has seen, of each the first `most_bytes`. Raises MailboxAway."""
        with self._session() as session:
            _, found = session.uid("SEARCH", "UNSEEN")
            uids = (found[0] or b"").decode("ascii", "replace").split()[:MOST_AT_ONCE]
            return [Fetched(uid=uid, raw=raw) for uid in uids if (raw := _body(session, uid, most_bytes))]

    def mark_seen(self, uids: list[str]) -> None:
        """Never fetch these again. Raises MailboxAway."""
        with self._session() as session:
            for uid in uids:
                session.uid("STORE", uid, "+FLAGS", r"(\Seen)")

    @contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4]:
        session: imaplib.IMAP4 | None = None
        try:
            session = self._connect()
            session.login(self._user, self._password)
            status, said = session.select(f'"{self.folder}"')
            if status != "OK":
                raise MailboxAway(f"there is no folder {self.folder!r}: {said!r}")
            yield session
        except (imaplib.IMAP4.error, OSError) as fault:
            raise MailboxAway(f"{self.host}: {fault}") from fault
        finally:
            if session is not None:
                with suppress(imaplib.IMAP4.error, OSError):
                    session.logout()

    def _connect(self) -> imaplib.IMAP4:
        if not self._tls:
            return imaplib.IMAP4(self.host, self.port, timeout=TIMEOUT_SECONDS)
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=TIMEOUT_SECONDS)


def _body(session: imaplib.IMAP4, uid: str, most_bytes: int) -> bytes:
    _, answer = session.uid("FETCH", uid, f"(BODY.PEEK[]<0.{most_bytes}>)")
    return next((part[1] for part in answer if isinstance(part, tuple) and isinstance(part[1], bytes)), b"")
