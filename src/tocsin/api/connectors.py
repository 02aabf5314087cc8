"""Connectors: the accounts of other products. For administrators; others see that they exist."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Path
from starlette.responses import Response

from tocsin.api import connection_wire as wire
from tocsin.api.call import Call, Calling
from tocsin.api.connection_wire import ConnectorWire
from tocsin.api.parameters import Paging, number_in
from tocsin.api.routing import Resource
from tocsin.core.connections import Connector
from tocsin.kit.errors import NotFound
from tocsin.store import connections as stored
from tocsin.store import documents
from tocsin.store.database import Transaction
from tocsin.store.kinds import CONNECTORS

connectors = Resource("connectors")
TextId = Annotated[str, Path(alias="id", max_length=30)]


@connectors.get("", "CONFIGURE")
def list_connectors(call: Call, page: Paging) -> list[ConnectorWire]:
    """Every connector, in order of their ids."""
    with call.read() as tx:
        found = documents.listing(tx, CONNECTORS, page.start, page.count)
        return wire.show_connectors(tx, call, found, call.deployment.vault)


@connectors.post("", "MANAGE_CONNECTORS")
def create_connector(call: Call, body: Annotated[ConnectorWire, Body()], response: Response) -> ConnectorWire:
    """Create a connector; its secrets are encrypted before they are stored."""
    with call.write() as tx:
        made = documents.insert(tx, CONNECTORS, wire.read_connector(body, None, call.deployment.vault))
        created = _one(tx, call, made)
    response.headers["location"] = call.location("connectors", made.id)
    return created


@connectors.get("/name/{name:path}", "CONFIGURE")
def get_connector_by_name(call: Call, name: str) -> ConnectorWire:
    """The connector of exactly this name."""
    with call.read() as tx:
        return _one(tx, call, documents.named(tx, CONNECTORS, name))


@connectors.get("/{id}", "CONFIGURE")
def get_connector(call: Call, reference: TextId) -> ConnectorWire:
    """One connector."""
    with call.read() as tx:
        return _one(tx, call, documents.get(tx, CONNECTORS, text_id(reference, "connector")))


@connectors.put("/{id}", "MANAGE_CONNECTORS")
def update_connector(call: Call, reference: TextId, body: Annotated[ConnectorWire, Body()]) -> ConnectorWire:
    """Replace a connector; its type stays."""
    with call.write() as tx:
        before = documents.get(tx, CONNECTORS, text_id(reference, "connector"))
        changed = documents.save(tx, CONNECTORS, wire.read_connector(body, before, call.deployment.vault))
        return _one(tx, call, changed)


@connectors.delete("/{id}", "MANAGE_CONNECTORS")
def delete_connector(call: Call, reference: TextId) -> None:
    """Delete a connector that no connection uses."""
    with call.write() as tx:
        stored.remove_connector(tx, text_id(reference, "connector"))


def text_id(reference: str, noun: str) -> int:
    """The number behind an id that the wire spells as text. Raises NotFound."""
    number = number_in(reference)
    if number is None:
        raise NotFound(f"there is no {noun} with the id {reference!r}")
    return number


def _one(tx: Transaction, call: Calling, connector: Connector) -> ConnectorWire:
    return wire.show_connectors(tx, call, [connector], call.deployment.vault)[0]
