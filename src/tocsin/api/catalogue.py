"""What anybody may ask: our telephone numbers, the tools we understand, whether we are here."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from starlette.responses import Response

from tocsin.api.call import Call, Calling
from tocsin.api.parameters import Paging
from tocsin.api.routing import Resource
from tocsin.auth.callers import callers
from tocsin.core.phones import region_of
from tocsin.kit.value import value
from tocsin.plugins import integrations as registered

numbers = Resource("numbers")
integrations = Resource("integrations")


@value
class OutboundNumber:
    """A telephone number that calls and messages come from."""

    country_code: str
    phone_number: str
    supports_inbound_sms: bool | None = None
    """Whether an answer to it reaches us."""
    types: tuple[str, ...] | None = None
    """SMS, VOICE, WHATSAPP."""


@value
class IntegrationWire:
    """A tool that can report to us."""

    id: str
    name: str
    type: Literal["INBOUND"] = "INBOUND"
    icon_url: str
    """A picture of its initials."""
    documentation_url: str
    integration_path: str
    """What its URL has between /events/ and the key."""


@numbers.get("", "PUBLIC")
def list_numbers(call: Call) -> list[OutboundNumber]:
    """Telephone numbers that calls and messages come from, to put into one's address book."""
    return [
        OutboundNumber(
            country_code=region_of(number),
            phone_number=number,
            supports_inbound_sms="SMS" in types,
            types=types,
        )
        for number, types in _callers(call).items()
    ]


@numbers.get("/vcard", "PUBLIC", response_class=Response)
def download_vcard(call: Call) -> Response:
    """All of them as one contact, for a telephone: so that it rings when it is silent for strangers."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", "N:Tocsin;;;;", "FN:Tocsin"]
    lines += [f"TEL;TYPE=WORK,VOICE:{number}" for number in _callers(call)]
    lines += [f"URL:{call.deployment.public_url}", "END:VCARD", ""]
    disposition = {"content-disposition": 'attachment; filename="tocsin.vcf"'}
    return Response("\r\n".join(lines), media_type="text/vcard; charset=utf-8", headers=disposition)


def _callers(call: Calling) -> dict[str, tuple[str, ...]]:
    with call.read() as tx:
        return callers(tx, call.deployment.vault)


@integrations.get("", "PUBLIC")
def list_integrations(call: Call, page: Paging) -> list[IntegrationWire]:
    """The tools that can report to us, plugins included."""
    doors = {
        "HEARTBEAT": "Heartbeat",
        "HEARTBEAT2": "Heartbeat monitors",
        "EMAIL": "E-mail",
        "EMAIL2": "E-mail 2",
        "SMS": "SMS",
    }
    known = {**doors, **{kind: plugin.name for kind, plugin in registered().items()}}
    docs = f"{call.deployment.public_url}/api-docs/"
    found = [
        IntegrationWire(
            id=kind,
            name=name,
            icon_url=initials(name),
            documentation_url=f"{docs}integrations/{kind.lower()}" if kind in registered() else docs,
            integration_path=kind.lower(),
        )
        for kind, name in sorted(known.items())
    ]
    return found[page.start : page.start + page.count]


def initials(name: str) -> str:
    """A picture of a name's first letters, as a data URL: nobody else's trademark, and nothing to fetch."""
    words = "".join(letter if letter.isalnum() else " " for letter in name).split()
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]
    hue = sum(map(ord, name)) * 47 % 360
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="6" fill="hsl({hue} 45% 38%)"/>'
        '<text x="16" y="21" text-anchor="middle" font-family="sans-serif" font-size="14" fill="#fff">'
        f"{letters.upper()}</text></svg>"
    )
    return f"data:image/svg+xml,{quote(svg)}"
