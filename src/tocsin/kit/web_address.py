"""Web addresses that we are told to send something to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from annotated_types import MaxLen

from tocsin.kit.text_rule import TextRule
from tocsin.languages import msgid


@dataclass(frozen=True)
class WebAddress(TextRule):
    """An http or https address with a host; what comes after may hold places of a template."""

    mend = msgid("write a whole web address, as in https://example.com")
    format = "uri"

    def fits(self, text: str) -> bool:
        """Whether it names somebody to be asked."""
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return False
        whole = text.isprintable() and text[:1] != " " and " " not in parts.netloc
        return parts.scheme in {"http", "https"} and bool(host) and whole


Url = Annotated[str, MaxLen(2_048), WebAddress()]
"""Of another product's site, function or webhook."""
ServerUrl = Annotated[str, MaxLen(300), WebAddress()]
"""Of a server whose paths are known."""
