"""Mail as bytes: two texts and some headers become one multipart/alternative message.

The standard library's EmailMessage takes several milliseconds for what is twenty lines here,
because it parses again what it is given. Every header value passes through `one_line`, so that
no text of a tool can end a header and begin another.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import blake2b

_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
_OCTETS_PER_WORD = 39
"""In base64, with the longest header name we use, a line stays below the 76 of RFC 2047."""


def mail_bytes(headers: Mapping[str, str | None], text: str, html: str, seed: str) -> bytes:
    """The message: `headers` (values already in their wire form; None is left out), then both bodies.

    `seed` is what the boundary is made of. "=_" cannot occur in quoted-printable text, so the
    boundary cannot occur in a body.
    """
    boundary = f"=_{blake2b(seed.encode(), digest_size=12).hexdigest()}"
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    head += f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n'
    parts = (_part(boundary, "plain", text), _part(boundary, "html", html))
    return b"".join((head.encode(), *parts, f"\r\n--{boundary}--\r\n".encode()))


def _part(boundary: str, subtype: str, body: str) -> bytes:
    head = (
        f"\r\n--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + quoted_printable(body)


def quoted_printable(text: str) -> bytes:
    """A text in RFC 2045's quoted-printable, every line end as CRLF."""
    lines = "\r\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return binascii.b2a_qp(lines.encode("utf-8", "replace"), istext=True)


def printable(text: str) -> str:
    """The text without control characters, which mail and HTML have no place for."""
    return _NOT_TEXT.sub("", text)


def unix_lines(text: str) -> str:
    """A text of several lines: printable, every line end one newline, without empty lines around it."""
    return printable(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n").rstrip()


def one_line(text: str) -> str:
    """The text on one line, single-spaced: fit for a header."""
    return " ".join(printable(text).split())


def unstructured(text: str) -> str:
    """A text as the value of a header such as Subject, in RFC 2047's encoded words if need be."""
    line = one_line(text)
    # A text that looks like an encoded word has to be encoded, or it would be read as one.
    return line if line.isascii() and "=?" not in line else _encoded_words(line)


def mailbox(name: str, address: str) -> str:
    """A name and an address as the value of a header such as To."""
    name = one_line(name)
    if not name:
        return address
    if not name.isascii() or "=?" in name:
        return f"{_encoded_words(name)}\r\n <{address}>"
    if not _PLAIN_PHRASE.fullmatch(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address}>"


def _encoded_words(text: str) -> str:
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in _words(text))


def _words(text: str) -> Iterable[bytes]:
    """The text in UTF-8, cut between characters into pieces of a bounded size."""
    word = b""
    for char in text:
        octets = char.encode("utf-8", "replace")
        if len(word) + len(octets) > _OCTETS_PER_WORD:
            yield word
            word = b""
        word += octets
    yield word
