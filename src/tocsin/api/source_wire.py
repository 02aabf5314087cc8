"""Alert sources on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import TypeAdapter

from tocsin.api import broker_wire, mail_rules_wire, source_rules_wire, support_hours_wire
from tocsin.api.broker_wire import BrokerWire
from tocsin.api.call import Calling
from tocsin.api.mail_rules_wire import Predicates
from tocsin.api.source_rules_wire import Include, RulesWire
from tocsin.api.support_hours_wire import SourceHoursWire
from tocsin.core import mail_source
from tocsin.core.doors import url_of
from tocsin.core.events import AlertSource, Creation, Heartbeat, PriorityRule, standing
from tocsin.core.heartbeats import Beat
from tocsin.core.incidents import ServiceRef, Severity
from tocsin.core.mail_rules import KeyExtractor, MailRules, Operator
from tocsin.core.policies import Ref
from tocsin.core.source_settings import MAX_SERVICES
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, value
from tocsin.plugins import integrations
from tocsin.store import documents, heartbeats, incidents, maintenance, owners, sources, support_hours
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SOURCES

SourceStatus = Literal["PENDING", "ALL_ACCEPTED", "ALL_RESOLVED", "IN_MAINTENANCE", "DISABLED"]
LIMITED_SHOWN = timedelta(hours=48)
LONGEST_INTERVAL = 2_678_400
_LONGEST_TIMEOUT = timedelta(days=365)
_SPELT = (
    "PT2M",
    "PT5M",
    "PT15M",
    "PT1H",
    "PT8H",
    "PT10M",
    "PT20M",
    "PT30M",
    "PT40M",
    "PT50M",
    "PT60M",
    "PT90M",
    "PT2H",
    "PT3H",
    "PT4H",
    "PT5H",
    "PT6H",
    "PT12H",
    "PT24H",
)
_duration: TypeAdapter[timedelta] = TypeAdapter(timedelta)
_SPELLING = {_duration.validate_python(text): text for text in _SPELT}


@value
class HeartbeatWire:
    """What a HEARTBEAT source expects."""

    summary: Annotated[str, MaxLen(4096)] | None = None
    """The summary of the incident when pings stay away."""
    interval_sec: Annotated[int, Ge(25), Le(LONGEST_INTERVAL)] = 900
    status: str | None = None
    """UNKNOWN before the first ping, HEALTHY, OVERDUE."""


@value
class AlertSourceWire(RulesWire):
    """One tool that reports to us."""

    id: int | None = None
    name: Annotated[str, MinLen(1), MaxLen(255)]
    integration_type: Annotated[str, MaxLen(100)]
    """API, PROMETHEUS, HEARTBEAT, HEARTBEAT2, EMAIL, EMAIL2, SMS, or one that a plugin adds; fixed at creation."""
    integration_key: str | None = None
    """Shown to those who may configure. Of EMAIL and EMAIL2 the address, which may be chosen."""
    integration_url: str | None = None
    """Where the tool sends to."""
    escalation_policy: Ref
    incident_creation: Creation = "ONE_INCIDENT_PER_EMAIL"
    incident_grouping_window: Annotated[str, MaxLen(100)] | None = None
    """ISO 8601, `PT30M`: for ONE_INCIDENT_GROUPED_PER_WINDOW and INTELLIGENT_GROUPING."""
    score_threshold: Annotated[float, Ge(0), Le(1)] | None = None
    """For INTELLIGENT_GROUPING: how alike summaries must be; 0.8 if absent."""
    incident_priority_rule: PriorityRule = "HIGH"
    support_hours: SourceHoursWire | None = None
    """`{id}`, or hours of this source alone (the form of 2020)."""
    auto_raise_incidents: bool | None = None
    """Whether waiting LOW incidents become HIGH when the hours begin (or end)."""
    severity: Severity | None = None
    services: Annotated[tuple[ServiceRef, ...], MaxLen(MAX_SERVICES)] | None = None
    auto_resolution_timeout: Annotated[str, MaxLen(100)] | None = None
    """ISO 8601, `PT10M`; absent: never."""
    status: str | None = None
    """PENDING, ALL_ACCEPTED, ALL_RESOLVED, IN_MAINTENANCE or DISABLED."""
    active: bool | None = None
    """Left out in a PUT: unchanged (older clients cannot say false)."""
    heartbeat: HeartbeatWire | None = None
    email_filtered: bool | None = None
    """EMAIL, EMAIL2: whether only mails count that match `emailPredicates`."""
    email_predicates: Predicates | None = None
    filter_operator: Operator | None = None
    """AND if absent."""
    email_resolve_filtered: bool | None = None
    """With OPEN_RESOLVE_ON_EXTRACTION: whether mails that match `emailResolvePredicates` resolve."""
    email_resolve_predicates: Predicates | None = None
    resolve_filter_operator: Operator | None = None
    resolve_key_extractor: KeyExtractor | None = None
    teams: tuple[Ref, ...] | None = None
    """Whose it is. `[]` clears them, leaving them out leaves them as they are."""
    broker: BrokerWire | None = None
    """MQTT, KAFKA. Left out in a PUT: unchanged; without servers and topics: none."""
    limited_at: datetime | None = None
    """When the source last went over its rate limit, for 48 hours."""


def shown(
    tx: Transaction, call: Calling, found: Iterable[AlertSource], include: Iterable[Include] = ()
) -> list[AlertSourceWire]:
    """Sources as the API shows them to this caller."""
    found = list(found)
    hours = support_hours.of_sources(tx, found) if call.dialect == "v1" else {}
    maintained = maintenance.maintained(tx, [source.id for source in found])
    wanted = frozenset(include)
    policies = documents.many(tx, POLICIES, {source.policy_id for source in found})
    counts = incidents.open_counts(tx, [source.id for source in found])
    limited = sources.limited_since(tx, tx.now - LIMITED_SHOWN)
    pinged = heartbeats.of_sources(tx, (source.id for source in found if source.heartbeat))
    whose = owners.of(tx, SOURCES, (source.id for source in found))
    keys = call.may("VIEW_KEYS")
    return [
        AlertSourceWire(
            id=source.id,
            name=source.name,
            integration_type=source.integration_type,
            integration_key=source.integration_key if keys else None,
            integration_url=(url_of(call.deployment.public_url, source) or None) if keys else None,
            escalation_policy=Ref(id=source.policy_id, name=policies[source.policy_id].name),
            incident_creation=source.incident_creation,
            incident_grouping_window=_spelt(source.grouping_window),
            score_threshold=source.score_threshold,
            incident_priority_rule=source.incident_priority_rule,
            support_hours=support_hours_wire.of_source(source, hours.get(source.id)),
            auto_raise_incidents=source.auto_raise if source.support_hours_id else None,
            severity=source.severity,
            services=source.services or None,
            **source_rules_wire.shown(source.rules, wanted),
            auto_resolution_timeout=_spelt(source.auto_resolution_timeout),
            status=status(source, counts.get(source.id, {}), maintained=source.id in maintained),
            active=source.active,
            heartbeat=_heartbeat(source, pinged.get(source.id)),
            **mail_rules_wire.shown(source.mail),
            teams=whose[source.id],
            broker=broker_wire.shown(tx, source),
            limited_at=limited.get(source.id),
        )
        for source in found
    ]


def status(source: AlertSource, open_counts: dict[str, int], *, maintained: bool) -> SourceStatus:
    """How a source stands, from its open incidents."""
    return "IN_MAINTENANCE" if source.active and maintained else standing(source, open_counts)


def read(wire: AlertSourceWire, before: AlertSource | None, call: Calling) -> AlertSource:
    """What `wire` makes of a source (of none: a new one). Raises BadInput."""
    known = {"API", "PROMETHEUS", "HEARTBEAT", "HEARTBEAT2", "SMS", *mail_source.TYPES, *integrations()}
    kind = before.integration_type if before else wire.integration_type
    if wire.integration_type not in known:
        raise BadInput.at("integrationType", f"use one of {', '.join(sorted(known))}")
    if wire.integration_type != kind:
        raise BadInput.at("integrationType", f"the type is fixed at creation: it is {kind}")
    active = before.active if before else True
    by_mail = kind in mail_source.TYPES
    rules = MailRules(
        filtered=wire.email_filtered or False,
        predicates=wire.email_predicates or (),
        operator=wire.filter_operator,
        resolve_filtered=wire.email_resolve_filtered or False,
        resolve_predicates=wire.email_resolve_predicates or (),
        resolve_operator=wire.resolve_filter_operator,
        key_extractor=wire.resolve_key_extractor,
    )
    mail_source.check(rules)
    number, own = support_hours_wire.read(wire.support_hours)
    auto_raise = wire.auto_raise_incidents
    if auto_raise is None and wire.support_hours is not None:
        auto_raise = wire.support_hours.auto_raise_incidents
    return AlertSource(
        id=before.id if before else 0,
        name=wire.name,
        integration_type=kind,
        policy_id=wire.escalation_policy.id,
        incident_creation=wire.incident_creation,
        grouping_window=_duration_in(wire.incident_grouping_window, "incidentGroupingWindow"),
        score_threshold=wire.score_threshold,
        incident_priority_rule=wire.incident_priority_rule,
        support_hours_id=number,
        own_hours=own,
        auto_raise=bool(auto_raise),
        severity=wire.severity,
        services=wire.services or (),
        rules=source_rules_wire.rules(wire),
        auto_resolution_timeout=_duration_in(wire.auto_resolution_timeout, "autoResolutionTimeout"),
        heartbeat=_watched(wire, before) if kind == "HEARTBEAT" else None,
        integration_key=mail_rules_wire.address(wire.integration_key, wire.name, before, call)
        if by_mail
        else "",
        mail=rules if by_mail else None,
        broker=broker_wire.read(wire.broker, kind, before, call),
        active=active if wire.active is None else wire.active,
    )


def _watched(wire: AlertSourceWire, before: AlertSource | None) -> Heartbeat:
    if wire.heartbeat is None and before and before.heartbeat:
        return before.heartbeat
    sent = wire.heartbeat or HeartbeatWire()
    summary = sent.summary or f"{wire.name}: the heartbeat is overdue"
    return Heartbeat(summary=summary, interval_sec=sent.interval_sec)


def _heartbeat(source: AlertSource, beat: Beat | None) -> HeartbeatWire | None:
    if source.heartbeat is None:
        return None
    state = beat.state if beat else "UNKNOWN"
    return HeartbeatWire(
        summary=source.heartbeat.summary, interval_sec=source.heartbeat.interval_sec, status=state
    )


def _duration_in(text: str | None, field: str) -> timedelta | None:
    if not text:
        return None
    wrong = BadInput.at(field, "use an ISO 8601 duration from PT1M to P365D, for example PT10M")
    if not text.startswith("P"):
        raise wrong
    try:
        found = _duration.validate_python(text)
    except ValueError:
        raise wrong from None
    if not timedelta(minutes=1) <= found <= _LONGEST_TIMEOUT:
        raise wrong
    return found


def _spelt(timeout: timedelta | None) -> str | None:
    """As the product spells it (PT60M, not PT1H), so that a client reads what it wrote."""
    if timeout is None:
        return None
    return _SPELLING.get(timeout) or str(_duration.dump_python(timeout, mode="json"))
