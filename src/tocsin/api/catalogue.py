"""What anybody may ask: our telephone numbers, the tools we understand, whether we are here."""

from __future__ import annotations

from typing import Literal

from tocsin.api.call import Call
from tocsin.api.parameters import Paging
from tocsin.api.routing import Resource
from tocsin.kit.value import value
from tocsin.plugins import integrations as registered

numbers = Resource("numbers")
integrations = Resource("integrations")


@value
class OutboundNumber:
    """A telephone number that calls and messages come from."""

    country_code: str
    phone_number: str


@value
class IntegrationWire:
    """A tool that can report to us."""

    id: str
    name: str
    type: Literal["INBOUND"] = "INBOUND"
    integration_path: str


@numbers.get("", "PUBLIC")
def list_numbers() -> list[OutboundNumber]:
    """Telephone numbers to put into one's address book: none yet."""
    return []


@integrations.get("", "PUBLIC")
def list_integrations(call: Call, page: Paging) -> list[IntegrationWire]:
    """The tools that can report to us, plugins included."""
    del call
    doors = {"HEARTBEAT": "Heartbeat", "HEARTBEAT2": "Heartbeat monitors"}
    known = {**doors, **{kind: plugin.name for kind, plugin in registered().items()}}
    found = [
        IntegrationWire(id=kind, name=name, integration_path=kind.lower())
        for kind, name in sorted(known.items())
    ]
    return found[page.start : page.start + page.count]
