"""Connectors, connections and incident actions on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from tocsin.api.call import Calling
from tocsin.api.parameters import number_in
from tocsin.auth import parameters
from tocsin.auth.hook_tokens import hook_url
from tocsin.auth.vault import Vault
from tocsin.core import conditions
from tocsin.core.connections import AUTOMATIC, Connection, Connector, Trigger
from tocsin.core.policies import Ref
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, dumps, field, value
from tocsin.plugins import ConnectionType, connection_types
from tocsin.store import documents, errands, owners
from tocsin.store.database import Transaction
from tocsin.store.kinds import CONNECTIONS, CONNECTORS, SOURCES


@value
class ConnectorWire:
    """The account of another product."""

    id: str | None = None
    name: Annotated[str, MinLen(1), MaxLen(255)]
    type: Annotated[str, MaxLen(100)]
    """`jira`, ...; fixed at creation."""
    params: dict[str, Any] = field(default_factory=dict)
    """As the type asks for; secrets are shown to administrators, and masked to others."""
    private_targets: Annotated[tuple[Annotated[str, MaxLen(50)], ...], MaxLen(20)] = ()
    """Private networks (CIDR) that its requests may reach: for products on your own premises."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


FilterField = Literal["ALERT_SUMMARY", "ALERT_DETAILS", "ESCALATION_POLICY", "ALERT_PRIORITY"]
FilterCriteria = Literal[
    "CONTAINS_ANY_WORDS",
    "CONTAINS_NOT_WORDS",
    "CONTAINS_STRING",
    "CONTAINS_NOT_STRING",
    "IS_STRING",
    "IS_NOT_STRING",
    "MATCHES_REGEX",
    "MATCHES_NOT_REGEX",
]


@value
class FilterPredicate:
    """One test of an older filter."""

    field: FilterField
    criteria: FilterCriteria
    value: Annotated[str, MaxLen(1_024)]


@value
class AlertFilter:
    """Tests joined by AND or OR."""

    operator: Literal["AND", "OR"] = "AND"
    predicates: Annotated[tuple[FilterPredicate, ...], MaxLen(20)] = ()


@value
class ConnectionWire:
    """What of some alert sources goes where, and when."""

    id: str | None = None
    name: Annotated[str, MinLen(1), MaxLen(255)]
    alert_sources: tuple[Ref, ...] = ()
    alert_source_ids: tuple[int, ...] = ()
    """The same by id alone; older clients send only this."""
    connector_id: Annotated[str, MaxLen(30)] | None = None
    connector_type: Annotated[str, MaxLen(100)]
    trigger_mode: Literal["AUTOMATIC", "MANUAL"] = "AUTOMATIC"
    trigger_types: Annotated[tuple[Annotated[str, MaxLen(100)], ...], MaxLen(50)] = ()
    """What is told, when AUTOMATIC."""
    escalation_ended_delay_sec: Annotated[int, Ge(0), Le(7_200)] = 0
    not_resolved_delay_sec: Annotated[int, Ge(0), Le(172_800)] = 0
    conditions: Annotated[str, MaxLen(8_192)] | None = None
    """A condition over `alert.…` or `incident.…`; absent: always."""
    alert_filter: AlertFilter | None = None
    """The older form of conditions; read when there are none, and kept as one."""
    params: dict[str, Any] | None = None
    active: bool | None = None
    """Left out in a PUT: unchanged."""
    teams: tuple[Ref, ...] | None = None
    """Whose it is. `[]` clears them, leaving them out leaves them as they are."""
    bidirectional: bool | None = None
    """Whether the product reports back what people do there. Read only."""
    hook_url: str | None = None
    """Where the product reports back, if it does: to be entered there. Secret."""
    failing: str | None = None
    """What the other product said last, when telling it failed within 48 hours."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


def read_connector(wire: ConnectorWire, before: Connector | None, vault: Vault) -> Connector:
    """What `wire` makes of a connector (of none: a new one). Raises BadInput."""
    kind = kind_of(wire.type, "type")
    if before and before.type != wire.type:
        raise BadInput.at("type", f"the type is fixed at creation: it is {before.type}")
    if kind.connector is None:
        raise BadInput.at("type", f"{wire.type} needs no connector")
    parameters.check_networks(wire.private_targets, "privateTargets")
    kept = before.params if before else {}
    return Connector(
        id=before.id if before else 0,
        name=wire.name,
        type=wire.type,
        params=parameters.seal(vault, kind, kind.connector, wire.params, kept),
        private_targets=wire.private_targets,
    )


def show_connectors(
    tx: Transaction, call: Calling, found: Iterable[Connector], vault: Vault
) -> list[ConnectorWire]:
    """Connectors as the API shows them to this caller."""
    found = list(found)
    times = documents.times(tx, CONNECTORS, [c.id for c in found])
    return [
        ConnectorWire(
            id=str(c.id),
            name=c.name,
            type=c.type,
            params=_shown(call, vault, c.type, c.params),
            private_targets=c.private_targets,
            created_at=times[c.id][0],
            updated_at=times[c.id][1],
        )
        for c in found
    ]


def read_connection(
    wire: ConnectionWire, before: Connection | None, vault: Vault, *, today: bool
) -> Connection:
    """What `wire` makes of a connection (of none: a new one). Raises BadInput."""
    kind = kind_of(wire.connector_type, "connectorType")
    if before and before.type != wire.connector_type:
        raise BadInput.at("connectorType", f"the type is fixed at creation: it is {before.type}")
    connector_id = _connector_id(wire)
    if kind.connector is not None and connector_id is None:
        raise BadInput.at("connectorId", f"{wire.connector_type} needs a connector")
    triggers = tuple(_trigger(text, index) for index, text in enumerate(wire.trigger_types))
    if wire.trigger_mode == "AUTOMATIC" and not triggers:
        raise BadInput.at("triggerTypes", f"say what is to be told: {', '.join(AUTOMATIC)}")
    sources = tuple(dict.fromkeys((*(ref.id for ref in wire.alert_sources), *wire.alert_source_ids)))
    if not sources:
        raise BadInput.at("alertSources", "name at least one alert source")
    active = before.active if before else True
    return Connection(
        id=before.id if before else 0,
        name=wire.name,
        type=wire.connector_type,
        source_ids=sources,
        connector_id=connector_id,
        trigger_mode=wire.trigger_mode,
        triggers=triggers,
        escalation_ended_delay_sec=wire.escalation_ended_delay_sec,
        not_resolved_delay_sec=wire.not_resolved_delay_sec,
        conditions=_conditions(wire),
        params=parameters.seal(vault, kind, kind.params, wire.params or {}, before.params if before else {}),
        today=before.today if before else today,
        active=active if wire.active is None else wire.active,
    )


def show_connections(
    tx: Transaction, call: Calling, found: Iterable[Connection], vault: Vault
) -> list[ConnectionWire]:
    """Connections as the API shows them to this caller."""
    found = list(found)
    times = documents.times(tx, CONNECTIONS, [c.id for c in found])
    sources = documents.many(tx, SOURCES, {i for c in found for i in c.source_ids})
    failing = errands.failing(tx)
    whose = owners.of(tx, CONNECTIONS, (c.id for c in found))
    return [
        ConnectionWire(
            id=str(c.id),
            name=c.name,
            alert_sources=tuple(Ref(id=i, name=sources[i].name) for i in c.source_ids),
            alert_source_ids=c.source_ids,
            connector_id=str(c.connector_id) if c.connector_id else None,
            connector_type=c.type,
            trigger_mode=c.trigger_mode,
            trigger_types=c.triggers,
            escalation_ended_delay_sec=c.escalation_ended_delay_sec,
            not_resolved_delay_sec=c.not_resolved_delay_sec,
            conditions=c.conditions or None,
            params=_shown(call, vault, c.type, c.params),
            active=c.active,
            teams=whose[c.id],
            bidirectional=_two_way(c),
            hook_url=_hook_url(call, c),
            failing=failing.get(c.id),
            created_at=times[c.id][0],
            updated_at=times[c.id][1],
        )
        for c in found
    ]


def kind_of(name: str, path: str) -> ConnectionType:
    """The registered type of this name. Raises BadInput."""
    kind = connection_types().get(name)
    if kind is None:
        raise BadInput.at(path, f"use one of {', '.join(sorted(connection_types()))}")
    return kind


def _connector_id(wire: ConnectionWire) -> int | None:
    """Which connector is named. Raises BadInput for what is no id."""
    if not wire.connector_id:
        return None
    number = number_in(wire.connector_id)
    if number is None:
        raise BadInput.at("connectorId", f"there is no connector with the id {wire.connector_id}")
    return number


def _conditions(wire: ConnectionWire) -> str:
    """The condition; an older filter as one. Raises BadInput where it cannot be read."""
    text = wire.conditions or ""
    if not text.strip() and wire.alert_filter is not None:
        tests = (_predicate(p) for p in wire.alert_filter.predicates)
        text = f" {wire.alert_filter.operator.lower()} ".join(tests)
    if text.strip():
        conditions.parse(text, "conditions")
    return text


_FIELDS: dict[FilterField, str] = {
    "ALERT_SUMMARY": "alert.summary",
    "ALERT_DETAILS": "alert.details",
    "ESCALATION_POLICY": "alert.escalationPolicy.name",
    "ALERT_PRIORITY": "alert.priority",
}
_CRITERIA: dict[FilterCriteria, str] = {
    "CONTAINS_ANY_WORDS": "contains_any",
    "CONTAINS_NOT_WORDS": "not contains_any",
    "CONTAINS_STRING": "contains",
    "CONTAINS_NOT_STRING": "not contains",
    "IS_STRING": "==",
    "IS_NOT_STRING": "!=",
    "MATCHES_REGEX": "regex",
    "MATCHES_NOT_REGEX": "not regex",
}


def _predicate(test: FilterPredicate) -> str:
    left, operator = _FIELDS[test.field], _CRITERIA[test.criteria]
    if operator.endswith("contains_any"):
        return f"({left} {operator} {dumps(test.value.split())})"
    quoted = test.value.replace("\\", "\\\\").replace("'", "\\'")
    return f"({left} {operator} '{quoted}')"


def _trigger(text: str, index: int) -> Trigger:
    """Either vocabulary may be used in both dialects: clients mix them."""
    ours = text.replace("alert", "incident")
    if ours not in AUTOMATIC:
        raise BadInput.at(f"triggerTypes.{index}", f"use one of {', '.join(AUTOMATIC)}")
    return ours


def _shown(call: Calling, vault: Vault, type_name: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    if not call.may("CONFIGURE"):
        return {}
    kind = connection_types().get(type_name)
    if kind is None or not call.may("MANAGE_CONNECTORS"):
        return parameters.masked(stored)
    return parameters.opened(vault, kind, stored)


def _two_way(connection: Connection) -> bool:
    kind = connection_types().get(connection.type)
    return kind is not None and kind.two_way


def _hook_url(call: Calling, connection: Connection) -> str | None:
    if not _two_way(connection) or not call.may("MANAGE_CONNECTORS"):
        return None
    return hook_url(call.deployment.public_url, call.deployment.secret, connection.id)
