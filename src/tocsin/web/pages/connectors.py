"""Connectors: the accounts of other products that incidents are carried to."""

from __future__ import annotations

from http import HTTPStatus

from anyio.from_thread import run as on_the_loop
from starlette.responses import Response

from tocsin.auth import parameters
from tocsin.core.access import Action
from tocsin.core.connections import Connector
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import replace
from tocsin.plugins import ConnectionType, connection_types, reaching
from tocsin.store import connections as stored
from tocsin.store import documents
from tocsin.store.kinds import CONNECTIONS, CONNECTORS
from tocsin.web import settings_form
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other


def show_list(visit: Visit) -> Response:
    """Every connector, with the connections that use it."""
    with visit.deployment.db.read() as tx:
        found = documents.listing(tx, CONNECTORS)
        used = documents.listing(tx, CONNECTIONS)
    rows = [(c, type_name(c.type), [u for u in used if u.connector_id == c.id]) for c in found]
    return page(visit, "connectors.html", rows=rows)


def choose(visit: Visit) -> Response:
    """Which product."""
    kinds = [kind for kind in connection_types().values() if kind.connector is not None]
    return page(visit, "connector_kinds.html", kinds=sorted(kinds, key=lambda kind: kind.name))


def begin(visit: Visit) -> Response:
    """The account of a new one. Raises NotFound."""
    return _form(visit, _blank(visit), Problems())


def create(visit: Visit) -> Response:
    """Store it. Raises NotFound."""
    blank = _blank(visit)
    try:
        with visit.deployment.db.write() as tx:
            documents.insert(tx, CONNECTORS, _read(visit, blank))
    except BadInput as wrong:
        return _form(visit, blank, problems_by_field(wrong))
    return see_other("/connectors?said=created")


def edit(visit: Visit) -> Response:
    """The account of one. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        return _form(visit, documents.get(tx, CONNECTORS, visit.number("id")), Problems())


def save(visit: Visit) -> Response:
    """Change it; secrets left empty stay. Raises NotFound."""
    try:
        with visit.deployment.db.write() as tx:
            before = documents.get(tx, CONNECTORS, visit.number("id"))
            documents.save(tx, CONNECTORS, _read(visit, before))
    except BadInput as wrong:
        return _form(visit, before, problems_by_field(wrong))
    return see_other("/connectors?said=saved")


def remove(visit: Visit) -> Response:
    """Delete it. Raises NotFound, and Conflict while a connection uses it."""
    with visit.deployment.db.write() as tx:
        stored.remove_connector(tx, visit.number("id"))
    return see_other("/connectors?said=deleted")


def test(visit: Visit) -> Response:
    """Ask the product whether it knows us. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        connector = documents.get(tx, CONNECTORS, visit.number("id"))
    kind = type_of(connector.type)
    request = kind.probe(parameters.account(visit.deployment.vault, kind, connector))
    if request is None:
        return see_other("/connectors?said=untried")
    answer = on_the_loop(visit.deployment.ask, reaching(request, connector.private_targets))
    wrong = kind.refusal(answer)
    if wrong is None:
        return see_other("/connectors?said=known")
    return page(visit, "connector_refused.html", connector=connector, answer=wrong.answer)


def type_of(name: str) -> ConnectionType:
    """The registered type. Raises NotFound."""
    kind = connection_types().get(name)
    if kind is None:
        raise NotFound("there is no such product")
    return kind


def type_name(name: str) -> str:
    """What a type is called; its own name when the plugin is gone."""
    kind = connection_types().get(name)
    return kind.name if kind else name


def _blank(visit: Visit) -> Connector:
    kind = type_of(str(visit.request.path_params["type"]))
    if kind.connector is None:
        raise NotFound("this product needs no connector")
    return Connector(name=kind.name, type=kind.type)


def _fields(connector: Connector) -> list[settings_form.Field]:
    kind = type_of(connector.type)
    assert kind.connector is not None
    secret = parameters.secret_names(kind)
    return settings_form.fields(kind.connector, secret, parameters.masked(connector.params))


def _read(visit: Visit, before: Connector) -> Connector:
    kind = type_of(before.type)
    assert kind.connector is not None
    given = parameters.kept(kind, settings_form.read(visit, _fields(before)), before.params)
    networks = tuple(visit.said("private_targets", 500).replace(",", " ").split())
    parameters.check_networks(networks, "private_targets")
    return replace(
        before,
        name=visit.said("name", 255) or kind.name,
        params=parameters.seal(visit.deployment.vault, kind, kind.connector, given, before.params),
        private_targets=networks,
    )


def _form(visit: Visit, connector: Connector, problems: Problems) -> Response:
    return page(
        visit,
        "connector_edit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        connector=connector,
        kind=type_name(connector.type),
        installable=type_of(connector.type).installation is not None,
        fields=settings_form.typed(visit, _fields(connector)),
        problems=settings_form.by_field(problems),
        name=visit.said("name", 255) or connector.name,
        networks=visit.said("private_targets", 500) or ", ".join(connector.private_targets),
    )


def pages() -> list[Page]:
    """The routes of this file."""
    admin: Action = "MANAGE_CONNECTORS"
    return [
        Page(path="/connectors", action=admin, get=show_list),
        Page(path="/connectors/new", action=admin, get=choose),
        Page(path="/connectors/new/{type}", action=admin, get=begin, post=create, fields=200),
        Page(path="/connectors/{id}/edit", action=admin, get=edit, post=save, fields=200),
        Page(path="/connectors/{id}/delete", action=admin, post=remove),
        Page(path="/connectors/{id}/test", action=admin, post=test),
    ]
