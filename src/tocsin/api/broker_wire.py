"""The broker of an alert source on the wire."""

from __future__ import annotations

from tocsin.api.call import Calling
from tocsin.auth import broker_params
from tocsin.core.brokers import Broker, Standing
from tocsin.core.events import AlertSource
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value
from tocsin.store import brokers
from tocsin.store.database import Transaction


@value
class BrokerWire(Broker):
    """Where an MQTT or KAFKA source listens, besides taking events over HTTP."""

    standing: Standing | None = None
    """How the two get on."""


def shown(tx: Transaction, source: AlertSource) -> BrokerWire | None:
    """The settings, and how it goes."""
    if source.broker is None:
        return None
    known = broker_params.masked(source.broker)
    said = {name: getattr(known, name) for name in Broker.__dataclass_fields__}
    return BrokerWire(**said, standing=brokers.standing(tx, source))


def read(wire: BrokerWire | None, kind: str, before: AlertSource | None, call: Calling) -> Broker | None:
    """The settings for storing; what is left out stays. Raises BadInput."""
    present = before.broker if before else None
    if wire is None:
        return present
    wanted = Broker(**{name: getattr(wire, name) for name in Broker.__dataclass_fields__})
    try:
        return broker_params.sealed(call.deployment.vault, kind, wanted, present)
    except BadInput as wrong:
        raise broker_params.under("broker", wrong) from None
