"""What the doctor asks of the network: the mail server, our own ports, the public URL."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2

from tocsin.ops.findings import Finding, broken, fine, note
from tocsin.settings import Address, Settings, SmtpServer

TIMEOUT_SECONDS = 5.0
_START = "start it with `tocsin serve`"


def mail_out(server: SmtpServer | None, name: str) -> Finding:
    """Connect to the mail server, greet it by our name and log in; nothing is sent."""
    topic = "mail out"
    if server is None:
        return note(
            topic,
            "no mail server is configured: pages by e-mail stay in the outbox and reach nobody",
            "set TOCSIN_SMTP_URL; `tocsin outbox` shows what waits",
        )
    where = f"{server.host}:{server.port}"
    try:
        with _smtp(server, name) as connection:
            if server.user:
                connection.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as fault:
        return broken(
            topic,
            f"{where} refuses the login: {_smtp_words(fault)}",
            "mend user and password in TOCSIN_SMTP_URL",
        )
    except smtplib.SMTPNotSupportedError as fault:
        return broken(topic, f"{where}: {fault}", "use smtp:// or smtps://, or leave out user and password")
    except ssl.SSLError as fault:
        return broken(
            topic,
            f"no TLS with {where}: {fault.reason or fault}",
            "check the port and scheme, and the certificate",
        )
    except (OSError, smtplib.SMTPException) as fault:
        return broken(
            topic,
            f"{where} does not answer: {_smtp_words(fault)}",
            "check host, port and firewall (TOCSIN_SMTP_URL)",
        )
    return fine(topic, f"{where} answers" + (" and takes the login" if server.user else ""))


@contextmanager
def _smtp(server: SmtpServer, name: str) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if server.security == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, name, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT_SECONDS)
    with connection:
        connection.ehlo_or_helo_if_needed()
        offered = connection.has_extn("starttls")
        if server.security == "smtp+starttls" or (server.security == "smtp" and offered):
            connection.starttls(context=context)
            connection.ehlo()
        yield connection


def _smtp_words(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPResponseException):
        text = fault.smtp_error
        return f"{fault.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    return str(fault) or type(fault).__name__


def mail_in(address: Address | None, *, running: bool) -> Finding:
    """See whether our own mail server greets."""
    topic = "mail in"
    if address is None:
        return fine(topic, "off: no alert mails, and no answers by mail (TOCSIN_INBOUND_SMTP)")
    try:
        with socket.create_connection(_local(address), TIMEOUT_SECONDS) as connection:
            greeting = connection.recv(512).decode(errors="replace").strip()
    except OSError as fault:
        says = f"nothing listens on {address}: {_words(fault)}"
        return broken(topic, says, "see the server's log") if running else note(topic, says, _START)
    if not greeting.startswith("220"):
        return broken(
            topic,
            f"{address} is no mail server: {greeting[:60]!r}",
            "another program has the port: change TOCSIN_INBOUND_SMTP",
        )
    return fine(topic, f"{address} greets")


def listening(address: Address) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection(_local(address), TIMEOUT_SECONDS):
            return True
    except OSError:
        return False


def public_url(settings: Settings, *, running: bool) -> list[Finding]:
    """Fetch the health page under the URL that messages carry."""
    topic = "public URL"
    url = f"{settings.public_url}/healthz"
    try:
        answer = httpx2.get(url, timeout=TIMEOUT_SECONDS)
    except (httpx2.HTTPError, OSError) as fault:
        says = f"{url} cannot be reached from here: {fault}"
        mend = "mend TOCSIN_PUBLIC_URL, the name server or the proxy" if running else _START
        return [broken(topic, says, mend) if running else note(topic, says, mend)]
    if answer.status_code != 200 or '"alive"' not in answer.text:
        says = f"{url} answers {answer.status_code}, and not as Tocsin"
        return [broken(topic, says, "point the proxy at TOCSIN_LISTEN, or mend TOCSIN_PUBLIC_URL")]
    return [fine(topic, f"{url} answers"), *_reach(settings.public_url)]


def _reach(url: str) -> list[Finding]:
    host = urlsplit(url).hostname or ""
    if host in {"localhost", "127.0.0.1", "::1"}:
        says = f"{url} works on this machine only: links in messages are dead elsewhere"
        return [note("public URL", says, "set TOCSIN_PUBLIC_URL to a name that phones and tools reach")]
    if url.startswith("http://"):
        return [note("public URL", "links and keys travel in clear", "put a proxy that speaks TLS before it")]
    return []


def _local(address: Address) -> tuple[str, int]:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    return everywhere.get(address.host, address.host), address.port


def _words(fault: OSError) -> str:
    return fault.strerror or str(fault) or type(fault).__name__
