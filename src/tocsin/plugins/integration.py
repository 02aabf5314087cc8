"""How tools report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tocsin.core.events import Event
from tocsin.kit.value import field, value


@value
class Inbound:
    """A payload as a tool sent it."""

    body: bytes
    content_type: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


class Integration(Protocol):
    """How one kind of tool reports."""

    type: str
    """The product's name for it: PROMETHEUS."""
    name: str

    def parse(self, inbound: Inbound) -> tuple[Event, ...]:
        """The events in a payload. Raises BadInput when there are none to be made out."""
        ...
