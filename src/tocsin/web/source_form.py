"""The form of an alert source, read over what the source is already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import get_args

from tocsin.auth import broker_params
from tocsin.core import brokers, mail_source
from tocsin.core.brokers import Broker
from tocsin.core.events import AlertSource, Creation, Heartbeat, PriorityRule
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import decode, encode, replace
from tocsin.languages import Texts, msgid
from tocsin.plugins import integrations
from tocsin.web import settings_form
from tocsin.web.settings_form import Field
from tocsin.web.visit import Visit

CREATIONS: tuple[Creation, ...] = get_args(Creation)
BEAT_UNITS = {msgid("minutes"): 60, msgid("hours"): 3600, msgid("days"): 86_400}
SHORTEST_BEAT, LONGEST_BEAT = 25, 2_678_400
ALWAYS: Texts = {
    "API": "Events over HTTP",
    "EMAIL": "E-mail",
    "HEARTBEAT": "Heartbeat",
    "HEARTBEAT2": "Heartbeat monitors",
    "SMS": "Text messages",
}
"""What needs no plugin, or is known by another name to those who look for it."""
PRIORITIES: tuple[PriorityRule, ...] = get_args(PriorityRule)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A tool that can report."""

    type: str
    name: str
    opens: str = ""
    """What of the tool's opens an incident, in its own words."""

    @property
    def mark(self) -> str:
        """Two letters that stand for it."""
        words = [word for word in self.name.replace("-", " ").split() if word[0].isalnum()]
        return (words[0][:1] + words[1][:1] if len(words) > 1 else self.name[:2]).upper()


def kinds() -> list[Kind]:
    """Every tool of the registry; what fits everything comes first."""
    found = [
        Kind(type=plugin.type, name=plugin.name, opens=plugin.opens)
        for plugin in integrations().values()
        if plugin.type not in ALWAYS
    ] + [Kind(type=kind, name=name) for kind, name in ALWAYS.items()]
    return sorted(found, key=lambda kind: (kind.type not in ALWAYS, kind.name.casefold()))


def kind_of(type_: str) -> Kind:
    """The tool of that type; one whose plugin is gone is shown by its type."""
    known = {kind.type: kind for kind in kinds()}
    return known.get(type_, Kind(type=type_, name=type_))


def read(visit: Visit, before: AlertSource) -> AlertSource:
    """The source as the form wants it. What the form does not show stays. Raises BadInput."""
    wrong: list[Problem] = []
    name, policy = visit.said("name", 255), visit.id_said("policy")
    if not name:
        wrong.append(Problem("name", "give it a name, for example Monitoring"))
    if policy is None:
        wrong.append(Problem("policy", "choose the policy that its incidents follow"))
    beat = _beat(visit, name, wrong) if before.integration_type == "HEARTBEAT" else before.heartbeat
    after, window = _minutes(visit, "resolve_after", wrong), _minutes(visit, "window", wrong)
    alike = _alike(visit, wrong)
    address = before.integration_key
    if before.integration_type in mail_source.TYPES:
        address = _address(visit, wrong)
    broker = _broker(visit, before, wrong) if before.integration_type in brokers.TYPES else before.broker
    said, priority = visit.said("creation", 60), visit.said("priority")
    creation = next((c for c in CREATIONS if c == said), before.incident_creation)
    if mail_source.lacks_key(replace(before, incident_creation=creation)):
        wrong.append(Problem("creation", "first say under Mails where in a mail the key stands"))
    if wrong or policy is None:
        raise BadInput(*wrong)
    return replace(
        before,
        name=name,
        policy_id=policy,
        integration_key=address,
        incident_priority_rule=next((p for p in PRIORITIES if p == priority), before.incident_priority_rule),
        support_hours_id=visit.id_said("hours") if "hours" in visit.form else before.support_hours_id,
        auto_raise=visit.said("auto_raise") == "on" if "hours" in visit.form else before.auto_raise,
        incident_creation=creation,
        grouping_window=window if "window" in visit.form else before.grouping_window,
        score_threshold=alike if "alike" in visit.form else before.score_threshold,
        auto_resolution_timeout=after,
        heartbeat=beat,
        broker=broker,
    )


def broker_fields(source: AlertSource) -> list[Field]:
    """What the form asks about the broker of a source; nothing of another type."""
    if source.integration_type not in brokers.TYPES:
        return []
    stored = encode(Broker, broker_params.masked(source.broker)) if source.broker else {}
    of_kafka = {"mechanism"} if source.integration_type == "MQTT" else set()
    return [one for one in settings_form.fields(Broker, {"password"}, stored) if one.name not in of_kafka]


def _broker(visit: Visit, before: AlertSource, wrong: list[Problem]) -> Broker | None:
    try:
        wanted = decode(Broker, settings_form.read(visit, broker_fields(before)))
        return broker_params.sealed(visit.deployment.vault, before.integration_type, wanted, before.broker)
    except BadInput as refused:
        wrong.extend(refused.problems)
        return None


def _address(visit: Visit, wrong: list[Problem]) -> str:
    try:
        return mail_source.address_of(visit.said("address", 255), visit.deployment.mail_domain)
    except BadInput as refused:
        wrong.extend(Problem("address", problem.message) for problem in refused.problems)
        return ""


def _minutes(visit: Visit, field: str, wrong: list[Problem]) -> timedelta | None:
    minutes = visit.said(field, 9)
    if not minutes:
        return None
    if not minutes.isdecimal() or not 1 <= int(minutes) <= 525_600:
        wrong.append(Problem(field, "write minutes, from 1 to 525600, or nothing"))
        return None
    return timedelta(minutes=int(minutes))


def _alike(visit: Visit, wrong: list[Problem]) -> float | None:
    """The share that summaries must have in common, from a percentage."""
    percent = visit.said("alike", 9)
    if not percent:
        return None
    try:
        share = float(percent) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        wrong.append(Problem("alike", "write a percentage, from 0 to 100, or nothing"))
        return None
    return share


def _beat(visit: Visit, name: str, wrong: list[Problem]) -> Heartbeat:
    count, unit = visit.said("interval", 9), BEAT_UNITS.get(visit.said("unit", 20), 60)
    seconds = int(count) * unit if count.isdecimal() else 0
    if not SHORTEST_BEAT <= seconds <= LONGEST_BEAT:
        wrong.append(Problem("interval", "choose between one minute and 31 days"))
        seconds = 900
    return Heartbeat(
        summary=visit.said("overdue", 4096) or f"{name}: the heartbeat is overdue", interval_sec=seconds
    )


def interval_of(source: AlertSource) -> tuple[int, str]:
    """A heartbeat's interval in its largest unit that divides it."""
    seconds = source.heartbeat.interval_sec if source.heartbeat else 900
    for unit, length in reversed(BEAT_UNITS.items()):
        if seconds % length == 0:
            return seconds // length, unit
    return max(1, round(seconds / 60)), "minutes"
