"""Settings as text: where to listen, whom to talk to. Parsers whose ValueErrors say what to mend.

They quote no value that may hold a password.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SMTP_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_IMAP_PORTS = {"imap": 143, "imaps": 993}
_DATABASES = ("postgresql", "postgres", "postgresql+psycopg")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(\.{_LABEL})*"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """The mail server that takes our mail."""

    host: str
    port: int
    security: str
    """`smtp` (no encryption), `smtps` (TLS from the start) or `smtp+starttls` (required)."""
    user: str = ""
    password: str = field(default="", repr=False)


def address(text: str) -> Address:
    """Where to listen: host:port."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError("write host:port, for example 127.0.0.1:8080")
    if host.startswith("[") and host.endswith("]"):
        return Address(str(ipaddress.IPv6Address(host[1:-1])), int(port))
    if ":" in host:
        raise ValueError("put an IPv6 address in brackets, for example [::1]:8080")
    return Address(hostname(host), int(port))


def matching(pattern: str, advice: str, convert: Callable[[str], T]) -> Callable[[str], T]:
    """A parser for text of one form."""
    form = re.compile(pattern, re.ASCII)

    def parse(text: str) -> T:
        if not form.fullmatch(text):
            raise ValueError(f"write {advice}")
        return convert(text)

    return parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox on an IMAP server."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(default="", repr=False)
    folder: str = "INBOX"


hostname = matching(rf"(?=.{{1,253}}$){_DOMAIN}", "a host name: tocsin.example.com", str.lower)
mailbox = matching(rf"[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}@{_DOMAIN}", "a bare address: tocsin@example.com", str)
secret = matching(r".{32,}", "at least 32 random characters, or leave it unset", str)
scale = matching(
    r"(?=.*[1-9])\d{1,9}(\.\d{1,9})?", "a number above 0; with 60, a minute passes in a second", float
)
rate = matching(r"\d{1,9}", "a whole number of requests a minute; 0 is no limit", int)


def _split(text: str, example: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise ValueError(f"this is no URL; write for example {example}") from None
    return url


def http_url(text: str) -> str:
    """The URL of a web server, without a slash at its end."""
    example = "https://tocsin.example.com"
    url = _split(text, example)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError(f"write an http or https URL, for example {example}")
    if url.query or url.fragment or url.username is not None:
        raise ValueError(f"leave out user, query and fragment; write for example {example}")
    return text.rstrip("/")


def database(text: str) -> str:
    """The URL of a database, as SQLAlchemy wants it."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme in _DATABASES:
        _split(text, "postgresql://user:password@host/tocsin")
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return text
    raise ValueError(
        "write postgresql://user:password@host/name, or leave it unset for SQLite in the data folder"
    )


def smtp(text: str) -> SmtpServer:
    """A mail server for outgoing mail."""
    example = "smtp+starttls://user:password@mail.example.com"
    url = _split(text, example)
    if url.scheme not in _SMTP_PORTS or not url.hostname:
        raise ValueError(f"write smtp://, smtps:// or smtp+starttls:// and a host, for example {example}")
    if url.path.strip("/") or url.query or url.fragment:
        raise ValueError("leave out what follows the host and port; encode '/', '?' and '#' in a password")
    return SmtpServer(
        host=url.hostname,
        port=url.port or _SMTP_PORTS[url.scheme],
        security=url.scheme,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )


def networks(text: str) -> tuple[Network, ...]:
    """Networks, with commas between."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as wrong:
        raise ValueError(f"{wrong}; write networks with commas between: 10.0.0.0/8,fd00::/8") from None


def imap(text: str) -> Mailbox:
    """A mailbox to be emptied."""
    example = "imaps://user:password@mail.example.com/INBOX"
    url = _split(text, example)
    if url.scheme not in _IMAP_PORTS or not url.hostname or not url.username:
        raise ValueError(f"write imap:// or imaps://, a user and a host, for example {example}")
    return Mailbox(
        host=url.hostname,
        port=url.port or _IMAP_PORTS[url.scheme],
        tls=url.scheme == "imaps",
        user=unquote(url.username),
        password=unquote(url.password or ""),
        folder=unquote(url.path.strip("/")) or "INBOX",
    )


def files(text: str) -> tuple[Path, Path]:
    """Two files, with a comma between."""
    names = [part.strip() for part in text.split(",")]
    if len(names) != 2 or not all(names):
        raise ValueError("write two files, with a comma between: cert.pem,key.pem")
    return Path(names[0]), Path(names[1])
