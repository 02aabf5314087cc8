"""From leased errands to what a connection type works with: all look-ups, no decisions but “is it wanted still”."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.auth import parameters
from tocsin.auth.vault import Vault
from tocsin.core import conditions
from tocsin.core import connections as core
from tocsin.core.connections import Connection, Connector, Occasion, Outcome, circles, outdated
from tocsin.core.occasion_context import variables
from tocsin.kit.chance import Chance
from tocsin.kit.errors import TocsinError
from tocsin.plugins import ConnectionType, Errand, connection_types
from tocsin.store import connections, contacts, documents, errands, incidents, occasions
from tocsin.store.database import Transaction
from tocsin.store.kinds import CONNECTIONS, CONNECTORS


@dataclass(frozen=True)
class Outward:
    """What errands need besides the database."""

    vault: Vault
    public_url: str
    chance: Chance
    mail_from: str = ""


@dataclass(frozen=True)
class Ready:
    """An errand with everything that its type needs."""

    errand: core.Errand
    kind: ConnectionType
    given: Errand
    private_targets: tuple[str, ...]


@dataclass(frozen=True)
class Settled:
    """An errand that ends without asking anybody."""

    errand: core.Errand
    outcome: Outcome


def prepare(tx: Transaction, outward: Outward, errand: core.Errand) -> Ready | Settled:
    """What running `errand` takes, or why it is not run."""
    vault, public_url = outward.vault, outward.public_url
    connection = documents.get(tx, CONNECTIONS, errand.connection_id, deleted=True)
    kind = connection_types().get(connection.type)
    if kind is None:
        return _impossible(errand, f"no plugin for {connection.type} is installed")
    if not connection.active and errand.trigger != "test":
        return _left_out(errand, "the connection is switched off")
    if errand.incident_id is None:
        there, occasion = None, occasions.sample(connection, errand, public_url)
    else:
        incident = incidents.get(tx, errand.incident_id)
        if outdated(errand, incident.status):
            return _left_out(errand, f"no longer needed: the incident is {incident.status}")
        there = errands.remote(tx, connection.id, incident.id)
        occasion = occasions.of(tx, connection, incident, errand, public_url)
        if circles(connection, occasion, incident.details):
            return _left_out(
                errand, "this is about a ticket that we made there: telling it would go in circles"
            )
        if not _holds(tx, connection, errand, occasion):
            return _left_out(errand, "the condition does not hold")
    try:
        connector = _connector(tx, connection)
        if kind.connector is not None and connector is None:
            return _impossible(errand, f"{kind.name} needs a connector: choose one")
        given = Errand(
            occasion=occasion,
            params=parameters.instance(vault, kind, kind.params, connection.params),
            connector=parameters.account(vault, kind, connector),
            remote=there,
            now=tx.now,
            sender=outward.mail_from,
            identities=_identities(tx, kind, occasion),
        )
    except TocsinError as wrong:
        return _impossible(errand, wrong.message)
    private = connector.private_targets if connector else ()
    return Ready(errand=errand, kind=kind, given=given, private_targets=private)


def _identities(tx: Transaction, kind: ConnectionType, occasion: Occasion) -> dict[int, str]:
    if not kind.two_way:
        return {}
    return contacts.identities(tx, kind.type.upper(), [person.id for person, _ in occasion.responders])


def _holds(tx: Transaction, connection: Connection, errand: core.Errand, occasion: Occasion) -> bool:
    """Whether the connection's condition lets the occasion through, as it was then.

    A condition that counts is asked at the first try only: a try after a failure is no further event.
    """
    text = connection.conditions
    if not text.strip() or (errand.attempts > 1 and conditions.parse(text).counts):
        return True
    return connections.judged(tx, connection, variables(occasion), occasion.at)


def _left_out(errand: core.Errand, why: str) -> Settled:
    return Settled(errand, Outcome(kind="SKIPPED", answer=why))


def _impossible(errand: core.Errand, why: str) -> Settled:
    return Settled(errand, Outcome(kind="PERMANENT", answer=why))


def _connector(tx: Transaction, connection: Connection) -> Connector | None:
    if connection.connector_id is None:
        return None
    return documents.get(tx, CONNECTORS, connection.connector_id, deleted=True)
