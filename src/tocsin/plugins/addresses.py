"""Mail addresses as they go over the wire."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from email.utils import parseaddr

from tocsin.core.people import is_mail_address
from tocsin.kit.text_rule import TextRule
from tocsin.languages import msgid

_NOT_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f<>,;]")


@dataclass(frozen=True)
class MailAddress(TextRule):
    """Where mail can be sent."""

    mend = msgid("is not an e-mail address")
    format = "email"

    def fits(self, text: str) -> bool:
        """As addresses of people."""
        return is_mail_address(text)


def split_mailbox(text: str) -> tuple[str, str]:
    """The name ("" if there is none) and the address in `Tocsin <tocsin@example.com>`."""
    name, address = parseaddr(" ".join(text.split()))
    return name, wire_address(address or text)


def wire_address(address: str) -> str:
    """An address as it goes over the wire: an international domain in its ASCII form (RFC 5891).

    A local part beyond ASCII stays, and needs a server that knows SMTPUTF8.
    """
    address = _NOT_IN_ADDRESS.sub("", address)
    if address.isascii():
        return address
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{'.'.join(map(_ascii_label, domain.split('.')))}"


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    # Not the codec "idna": it is of 2003 and turns straße.de into strasse.de, another domain.
    return "xn--" + unicodedata.normalize("NFC", label.lower()).encode("punycode").decode()
