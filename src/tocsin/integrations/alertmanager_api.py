"""Alertmanager's own API, `POST /api/v2/alerts`, as Prometheus itself sends it.

Each alert is an incident of its own: its labels are its key. An alert whose `endsAt` has passed is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from tocsin.core.events import MAX_DETAILS, MAX_SUMMARY, Event
from tocsin.integrations import foreign
from tocsin.integrations.reading import priority
from tocsin.kit.clock import parse_instant
from tocsin.kit.errors import BadInput
from tocsin.kit.value import dumps, loads
from tocsin.plugins import Inbound

MAX_ALERTS = 1_000


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An event for each alert. Raises BadInput."""
    sent = loads(inbound.body)
    if not isinstance(sent, list):
        raise BadInput.at("", "a JSON list of alerts is expected")
    if len(sent) > MAX_ALERTS:
        raise BadInput.at("", f"a body may have {MAX_ALERTS} alerts")
    return tuple(_event(alert, f"{place}", inbound.at) for place, alert in enumerate(sent))


def _event(alert: object, path: str, at: datetime | None) -> Event:
    labels = foreign.inner(alert, "labels") if isinstance(alert, dict) else {}
    if not isinstance(alert, dict) or not labels:
        raise BadInput.at(f"{path}.labels", "an alert needs labels")
    named = {str(name): foreign.text(label) for name, label in labels.items()}
    notes = {str(name): foreign.text(note) for name, note in foreign.inner(alert, "annotations").items()}
    name = named.get("alertname", "")
    others = ", ".join(f"{k}={v}" for k, v in sorted(named.items()) if k != "alertname")
    return Event(
        event_type="RESOLVE" if _over(alert.get("endsAt"), at) else "ALERT",
        summary=(notes.get("summary") or (f"{name} ({others})" if name and others else name or others))[
            :MAX_SUMMARY
        ],
        details=_details(alert, named, notes),
        key=sha256(dumps(sorted(named.items())).encode("utf-8", "replace")).hexdigest(),
        priority=priority(named.get("priority") or notes.get("priority", "")),
        links=foreign.links(
            [(notes.get("runbook_url"), "Runbook"), (alert.get("generatorURL"), name or "Prometheus")]
        ),
        labels=named,
        custom_details=alert,
        routing_key=named.get("ilert_routingkey") or notes.get("ilert_routingkey", ""),
    )


def _over(ends_at: object, at: datetime | None) -> bool:
    if not isinstance(ends_at, str) or ends_at.startswith("0001-01-01") or at is None:
        return False
    try:
        return parse_instant(ends_at) <= at
    except ValueError:
        return False


def _details(alert: Mapping[str, Any], labels: Mapping[str, str], notes: Mapping[str, str]) -> str:
    said = [*foreign.lines(notes), *foreign.lines(labels)]
    said += foreign.lines((("since", alert.get("startsAt")), ("query", alert.get("generatorURL"))))
    return "\n".join(said)[:MAX_DETAILS]
