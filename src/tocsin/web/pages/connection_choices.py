"""What the other product offers for a field of a connection: its projects, its channels.

Asked at the press of a button beside the field, as the account that is chosen in the form. Nothing is
changed, here or there; what the product says instead of a list is shown in its own words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from anyio.from_thread import run as on_the_loop
from starlette.responses import Response

from tocsin.auth import parameters
from tocsin.auth.vault import CannotOpen
from tocsin.connections.answers import words
from tocsin.core.connections import Connector
from tocsin.kit.errors import BadInput, NotFound
from tocsin.languages import msgid
from tocsin.plugins import Answer, Choice, ConnectionType, HttpAnswer, Request, reaching
from tocsin.store import documents
from tocsin.store.kinds import CONNECTORS
from tocsin.web.declare import Page
from tocsin.web.pages.connectors import type_of
from tocsin.web.show import page
from tocsin.web.visit import Visit, id_in

MOST_SHOWN = 1_000
LONGEST = 256
"""Of a choice that another list depends on: the project, for its issue types."""
CHOOSE_ACCOUNT = msgid("choose an account")
CHOOSE_FIRST = msgid("Fill in what the list depends on first, such as the project.")
NOTHING = msgid("The product offers nothing here. It said:")
REFUSED = msgid("The product gave no list. It said:")


def offer(visit: Visit) -> Response:
    """The list for one field, as a part of the form. Raises NotFound."""
    path = visit.request.path_params
    kind, name = type_of(str(path["type"])), str(path["name"])
    number = id_in(visit.asked.get("connector", ""))
    if number is None:
        return _shown(visit, name, why=CHOOSE_ACCOUNT)
    with visit.deployment.db.read() as tx:
        connector = documents.get(tx, CONNECTORS, number)
    if connector.type != kind.type:
        raise NotFound("there is no such connector for this product")
    try:
        request = kind.choices(name, account(visit, kind, connector), chosen(visit))
    except (BadInput, CannotOpen) as wrong:
        return _shown(visit, name, why=REFUSED, answer=wrong.message)
    if request is None:
        return _shown(visit, name, why=CHOOSE_FIRST)
    answer = ask(visit, request, connector)
    if refusal := kind.refusal(answer):
        return _shown(visit, name, why=REFUSED, answer=refusal.answer)
    found = kind.read_choices(name, answer)
    said = words(answer) if isinstance(answer, HttpAnswer) else ""
    return _shown(visit, name, found) if found else _shown(visit, name, why=NOTHING, answer=said)


def listed(visit: Visit, kind: ConnectionType, connector: Connector, names: Iterable[str]) -> frozenset[str]:
    """Those fields for which the product has a list, if everything else is filled in."""
    everything = dict.fromkeys(names, "any")
    try:
        known = account(visit, kind, connector)
        return frozenset(name for name in everything if kind.choices(name, known, everything) is not None)
    except (BadInput, CannotOpen):
        return frozenset()


def account(visit: Visit, kind: ConnectionType, connector: Connector) -> Any:
    """Who we are there. Raises CannotOpen, BadInput."""
    if kind.connector is None:
        raise NotFound("this product needs no connector")
    return parameters.account(visit.deployment.vault, kind, connector)


def ask(visit: Visit, request: Request, connector: Connector) -> Answer:
    """Perform a request of the type, as the connector may."""
    return on_the_loop(visit.deployment.ask, reaching(request, connector.private_targets))


def chosen(visit: Visit) -> dict[str, str]:
    """What the form has chosen so far: short texts only."""
    return {
        name.removeprefix("settings."): text
        for name, text in visit.asked.items()
        if name.startswith("settings.") and len(text) < LONGEST
    }


def _shown(
    visit: Visit, name: str, found: tuple[Choice, ...] = (), *, why: str = "", answer: str = ""
) -> Response:
    shown = found[:MOST_SHOWN]
    return page(visit, "connection_choices.html", name=name, found=shown, why=why, answer=answer)


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/connections/choices/{type}/{name}", action="CONFIGURE", get=offer)]
