"""Prometheus, by Alertmanager's webhook (version 4; Mimir, Loki and VictoriaMetrics send the same).

One group of alerts is one incident: its `groupKey` is the key, and it is resolved when all of its
alerts are. These labels or annotations of alerts mean something here: `ilert_routingkey` chooses
the escalation policy, `gcp_project` goes before the summary, `url` with `urlLabel` becomes a link,
`priority` is HIGH or LOW.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tocsin.core.events import MAX_DETAILS, MAX_SUMMARY, Event, storable_key
from tocsin.core.incidents import Link, Priority
from tocsin.integrations.reading import priority, web_links
from tocsin.kit.errors import BadInput
from tocsin.kit.value import dumps, loads, replace, value
from tocsin.plugins import Inbound, Integration

MAX_ALERTS = 100
"""How many alerts of a group the details list."""

_STILL_FIRING = "0001-01-01"


@value
class _Alert:
    """One alert of a group."""

    firing: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: str
    ends_at: str
    generator_url: str

    def says(self, name: str) -> str:
        """The label of that name, else the annotation, else ""."""
        return self.labels.get(name) or self.annotations.get(name) or ""


@value
class _Group:
    """What one call reports."""

    resolved: bool
    key: str
    labels: Mapping[str, str]
    """Those that all alerts have in common."""
    annotations: Mapping[str, str]
    group_labels: Mapping[str, str]
    external_url: str
    truncated: int
    alerts: tuple[_Alert, ...]

    @property
    def firing(self) -> tuple[_Alert, ...]:
        """The alerts that are not over."""
        return tuple(alert for alert in self.alerts if alert.firing)


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """One event for the group. Raises BadInput for what is no webhook of Alertmanager's."""
    return (event_of(loads(inbound.body)),)


def event_of(payload: Any) -> Event:
    """The event of a parsed webhook. Raises BadInput."""
    group = _group(payload)
    if group.resolved and not group.key.strip():
        raise BadInput.at("groupKey", "is missing, so nobody knows what is resolved")
    return Event(
        event_type="RESOLVE" if group.resolved else "ALERT",
        summary=_summary(group),
        details=_details(group),
        key=storable_key(group.key),
        priority=_priority(group),
        links=_links(group),
        labels=group.labels,
        custom_details=payload,
        routing_key=_first(alert.says("ilert_routingkey") for alert in group.alerts),
    )


# From JSON to a group. By hand: Alertmanager's names are no camelCase (generatorURL).


def _group(payload: object) -> _Group:
    if not isinstance(payload, dict):
        raise BadInput.at("", "not a webhook of Alertmanager's: a JSON object is expected")
    status = payload.get("status")
    if status not in ("firing", "resolved"):
        raise BadInput.at("status", "must be firing or resolved")
    alerts = payload.get("alerts")
    if not isinstance(alerts, list):
        raise BadInput.at("alerts", "must be a list of alerts")
    truncated = payload.get("truncatedAlerts")
    return _Group(
        resolved=status == "resolved",
        key=_text(payload.get("groupKey")),
        labels=_texts(payload.get("commonLabels")),
        annotations=_texts(payload.get("commonAnnotations")),
        group_labels=_texts(payload.get("groupLabels")),
        external_url=_text(payload.get("externalURL")),
        truncated=truncated if isinstance(truncated, int) else 0,
        alerts=tuple(_alert(alert, f"alerts.{place}") for place, alert in enumerate(alerts)),
    )


def _alert(alert: object, path: str) -> _Alert:
    if not isinstance(alert, dict):
        raise BadInput.at(path, "must be an object")
    return _Alert(
        firing=alert.get("status") != "resolved",
        labels=_texts(alert.get("labels")),
        annotations=_texts(alert.get("annotations")),
        starts_at=_text(alert.get("startsAt")),
        ends_at=_text(alert.get("endsAt")),
        generator_url=_text(alert.get("generatorURL")),
    )


def _text(thing: object) -> str:
    return thing if isinstance(thing, str) else "" if thing is None else dumps(thing)


def _texts(thing: object) -> dict[str, str]:
    if not isinstance(thing, dict):
        return {}
    return {name: said if isinstance(said, str) else _text(said) for name, said in thing.items()}


# From the group to an event.


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _summary(group: _Group) -> str:
    """The common annotation `summary`, else the alert's name and the group's labels, else what there is."""
    project = _first((group.labels.get("gcp_project", ""), *(a.says("gcp_project") for a in group.alerts)))
    summary = _first(_summaries(group))
    return (f"[{project}] {summary}" if project else summary)[:MAX_SUMMARY]


def _summaries(group: _Group) -> Iterator[str]:
    yield group.annotations.get("summary", "").strip()
    name = group.labels.get("alertname") or group.group_labels.get("alertname", "")
    others = ", ".join(f"{k}={v}" for k, v in group.group_labels.items() if k != "alertname")
    yield f"{name} ({others})" if name and others else name
    yield group.annotations.get("description", "").strip().partition("\n")[0]
    yield from (alert.says("summary").strip() or alert.says("alertname") for alert in group.alerts)
    yield others
    yield "Alertmanager: a group without a name"


def _priority(group: _Group) -> Priority | None:
    """HIGH when any alert says so, LOW when all do; `severity` has no bearing."""
    said = {priority(a.says("priority")) for a in group.firing or group.alerts}
    if "HIGH" in said:
        return "HIGH"
    return "LOW" if said == {"LOW"} else None


def _links(group: _Group) -> tuple[Link, ...]:
    """Where to look: what the firing alerts name, then Alertmanager, then the queries; each address once."""
    firing = group.firing
    named = [Link(href=url, text=a.says("urlLabel") or None) for a in firing if (url := a.says("url"))]
    runbooks = [Link(href=url, text="Runbook") for a in firing if (url := a.says("runbook_url"))]
    manager = Link(href=group.external_url, text="Alertmanager")
    queries = [Link(href=a.generator_url, text=a.labels.get("alertname", "Prometheus")) for a in group.alerts]
    return web_links((*named, *runbooks, manager, *queries))


def _details(group: _Group) -> str:
    """Every alert with what sets it apart from the others; what they share is said once."""
    firing = len(group.firing)
    blocks = [f"{firing} firing, {len(group.alerts) - firing} resolved"]
    shared = _lines(group.annotations, {}) + _lines(group.labels, {})
    if shared:
        blocks.append("\n".join(("Common to all:", *shared)))
    # Firing ones first; the order within is Alertmanager's.
    ordered = sorted(group.alerts, key=lambda alert: not alert.firing)
    blocks.extend(_described(alert, group) for alert in ordered[:MAX_ALERTS])
    left_out = max(len(ordered) - MAX_ALERTS, 0)
    if left_out:
        blocks.append(f"{left_out} more alerts are not shown here.")
    if group.truncated > 0:
        blocks.append(f"{group.truncated} more alerts were left out by Alertmanager.")
    return "\n\n".join(blocks)[:MAX_DETAILS]


def _described(alert: _Alert, group: _Group) -> str:
    head = f"{'Firing' if alert.firing else 'Resolved'}: {alert.labels.get('alertname', 'alert')}"
    lines = _lines(alert.annotations, group.annotations) + _lines(alert.labels, group.labels)
    if alert.starts_at:
        lines.append(f"- since: {alert.starts_at}")
    if alert.ends_at and not alert.ends_at.startswith(_STILL_FIRING):
        lines.append(f"- until: {alert.ends_at}")
    if alert.generator_url:
        lines.append(f"- query: {alert.generator_url}")
    return "\n".join((head, *lines))


def _lines(texts: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
    return [f"- {name}: {text}" for name, text in texts.items() if known.get(name) != text]


integration = Integration(
    type="PROMETHEUS",
    name="Prometheus",
    parse=parse,
    opens="a group fires",
    resolves="all alerts of the group are over",
    tested="Alertmanager 0.25 (Debian), documented payloads",
    aliases=("alertmanager",),
)
# The same webhook, from those that brought it along.
loki, mimir, cortex, victoriametrics, signoz = (
    replace(integration, type=name.upper(), name=name, tested="documented payloads", aliases=())
    for name in ("Loki", "Mimir", "Cortex", "VictoriaMetrics", "SigNoz")
)
