"""Web addresses that we are told to send something to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from tocsin.languages import msgid

MEND = msgid("write a whole web address, as in https://example.com")


@dataclass(frozen=True)
class WebAddress:
    """What a text must be, beside its length: an http or https address with a host."""

    optional: bool = False
    """Whether "" will do: there is none."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The text's own rules first."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The text's, with the format."""
        return {**handler(schema), "format": "uri"}

    def _checked(self, text: str) -> str:
        if not (_is_address(text) or (self.optional and not text)):
            raise ValueError(MEND)
        return text


def _is_address(text: str) -> bool:
    """Whether it names a host to be asked; what comes after may hold places of a template."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    whole = text.isprintable() and text[:1] != " " and " " not in parts.netloc
    return parts.scheme in {"http", "https"} and bool(host) and whole
