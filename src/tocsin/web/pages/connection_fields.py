"""The product's own fields in the form of a connection: those of a Jira issue type, with what goes into each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from tocsin.auth import parameters
from tocsin.auth.vault import CannotOpen
from tocsin.connections import own_fields
from tocsin.core.connections import Connection, Connector
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import decode
from tocsin.plugins import ConnectionType, Offered, OwnField
from tocsin.store import documents
from tocsin.store.kinds import CONNECTORS
from tocsin.web.declare import Page
from tocsin.web.pages.connection_choices import CHOOSE_ACCOUNT, account, ask, chosen
from tocsin.web.pages.connectors import type_of
from tocsin.web.show import Problems, page
from tocsin.web.visit import Visit, id_in

MOST = 100
_VALUE, _KIND = "own.", "kind."


@dataclass(frozen=True)
class Row:
    """One field as the form shows it."""

    field: Offered
    value: str = ""


def offer(visit: Visit) -> Response:
    """The fields of what is chosen so far, as a part of the form; what is filled in already stays. Raises NotFound."""
    kind = type_of(str(visit.request.path_params["type"]))
    given = sent(visit.asked)
    try:
        found = _offered(visit, kind, visit.asked.get("connector", ""), chosen(visit))
        why = ""
    except (BadInput, CannotOpen) as wrong:
        found, why = (), wrong.problems[0].message if isinstance(wrong, BadInput) else wrong.message
    return page(visit, "connection_fields.html", own=rows(given, found), why=why, problems=Problems())


def check(visit: Visit, connection: Connection) -> None:
    """Raise BadInput for what the product would refuse, if it can be asked now."""
    kind = type_of(connection.type)
    if not kind.own_fields or connection.connector_id is None:
        return
    params = parameters.opened(visit.deployment.vault, kind, connection.params)
    try:
        found = _offered(visit, kind, str(connection.connector_id), params)
    except (BadInput, CannotOpen, NotFound):
        return
    given = decode(tuple[OwnField, ...], params[kind.own_fields])
    complete = not params.get("bodyTemplate")
    wrong = own_fields.problems(found, given, kind.own_fields, complete=complete)
    if wrong:
        raise BadInput(*wrong)


def sent(form: Mapping[str, str]) -> list[dict[str, str]]:
    """The filled ones of a form, as the JSON of `OwnField`s."""
    return [
        {
            "key": key,
            "kind": form.get(_KIND + key, "")[:100] or "string",
            "value": text.strip()[:10_000],
        }
        for name, text in list(form.items())
        if name.startswith(_VALUE) and (key := name.removeprefix(_VALUE)[:255]) and text.strip()
    ][:MOST]


def rows(given: Iterable[Mapping[str, Any]], found: Iterable[Offered] = ()) -> list[Row]:
    """The product's fields with what goes into them; then those filled in that it did not name."""
    values = {str(one["key"]): one for one in given}
    known = {one.key: one for one in found}
    left = [Offered(key=key, kind=str(one["kind"])) for key, one in values.items() if key not in known]
    return [Row(one, str(values.get(one.key, {}).get("value", ""))) for one in (*known.values(), *left)]


def _offered(
    visit: Visit, kind: ConnectionType, connector_id: str, params: Mapping[str, Any]
) -> tuple[Offered, ...]:
    """Raises BadInput, CannotOpen, NotFound."""
    number = id_in(connector_id)
    if number is None:
        raise BadInput.at("connector", CHOOSE_ACCOUNT)
    with visit.deployment.db.read() as tx:
        connector: Connector = documents.get(tx, CONNECTORS, number)
    if connector.type != kind.type:
        raise NotFound("there is no such connector for this product")
    known = account(visit, kind, connector)
    return own_fields.offered(kind, known, params, lambda request: ask(visit, request, connector))


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/connections/fields/{type}", action="CONFIGURE", get=offer)]
