"""Reading mail as it arrives from anywhere: every part may be missing, broken or mislabelled.

The parser is used with its oldest policy, which keeps what it cannot read; the newer ones raise
on some malformed headers. Nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from html.parser import HTMLParser

MAX_PARSED = 1_048_576
"""How much of a mail is looked at, in octets: what somebody answers stands at its beginning."""
MAX_READ = 65_536
"""How much of one part is looked at."""

_BREAKS = frozenset(
    {"br", "p", "div", "li", "tr", "table", "h1", "h2", "h3", "blockquote", "pre", "hr", "ul"}
)
_UNSEEN = frozenset({"style", "script", "head", "title", "blockquote", "template"})
_MAX_DEPTH = 200


def parse(raw: bytes) -> Message:
    """The mail as a tree of parts; an empty one when its parts are nested beyond reason."""
    try:
        return message_from_bytes(raw[:MAX_PARSED], policy=compat32)
    except RecursionError:
        return Message()


def parts(mail: Message) -> Iterator[Message]:
    """The mail and all its parts in order, however deep they lie."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        yield part
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list):
            waiting.extend(p for p in reversed(inner) if isinstance(p, Message))


def header(mail: Message, name: str) -> str:
    """A header as one line of text, "" when it is missing."""
    try:
        value = str(mail.get(name, ""))
        pieces = decode_header(value)
    except (MessageError, ValueError):
        return ""
    text = "".join(p if isinstance(p, str) else _decoded(p, charset) for p, charset in pieces)
    return " ".join(text.split())


def address(mail: Message, name: str) -> str:
    """The address in a header such as From, in lower case; "" when there is none."""
    return parseaddr(header(mail, name))[1].lower()


def body(mail: Message) -> str:
    """The text of a mail: its first text/plain part, else its first text/html part as text."""
    html = ""
    for part in parts(mail):
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
            continue
        if kind == "text/plain":
            text = part_text(part)
            if text.strip():
                return text
        elif not html:
            html = part_text(part)
    return _from_html(html) if html else ""


def part_text(part: Message) -> str:
    """The text of one part, whatever it claims about its encoding."""
    try:
        content = part.get_payload(decode=True)
    except ValueError:
        return ""
    return _decoded(content[:MAX_READ], part.get_content_charset()) if isinstance(content, bytes) else ""


def _decoded(octets: bytes, charset: str | None) -> str:
    try:
        return octets.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):  # a charset nobody knows, or a codec that is none for text
        return octets.decode("utf-8", "replace")


def _from_html(html: str) -> str:
    reader = _Text()
    with suppress(AssertionError):  # what the parser makes of some broken "<!["
        reader.feed(html)
        reader.close()
    return "".join(reader.pieces)


class _Text(HTMLParser):
    """The visible text of a page, without what it quotes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where the reader would see one; skip what nobody sees."""
        del attrs
        if tag == "body":  # a head that nobody closed ends here
            self._unseen.clear()
        if tag in _UNSEEN and len(self._unseen) < _MAX_DEPTH:
            self._unseen.append(tag)
        if tag in _BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End what was skipped, and the line."""
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass
        if tag in _BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Take the text in; a line end in HTML is a space."""
        if not self._unseen:
            self.pieces.append(re.sub(r"\s+", " ", data))
