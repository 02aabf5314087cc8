"""Samsara, by a webhook of its alerts: version 2 (AlertIncident) and the older one (Alert)."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations import webhook
from tocsin.integrations.reading import Doc, event, joined, numbered, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert as an event. Raises NothingToReport for a test."""
    said = read(inbound)
    kind = said.text("eventType")
    if kind == "Ping":
        raise NothingToReport("a test of Samsara's")
    if kind == "AlertIncident" and said.text("data.configurationId"):
        return (_incident(said, said.at("data")),)
    if kind == "Alert" and said.text("event.summary", "event.alertConditionDescription"):
        return (_older(said, said.at("event")),)
    return webhook.parse(inbound)


def _incident(said: Doc, found: Doc) -> Event:
    conditions = found.each("conditions")
    what = ", ".join(filter(None, (one.text("description") for one in conditions)))
    return event(
        "RESOLVE" if found.text("isResolved") == "true" else "ALERT",
        key=f"{found.text('configurationId')}/{found.text('happenedAtTime')}",
        summary=what or "An alert of Samsara's",
        details=joined(
            "\n".join(numbered(_about(one) for one in conditions)),
            found.lines("Happened: happenedAtTime", "Resolved: resolvedAtTime"),
        ),
        links={"Samsara": found.text("incidentUrl")},
        raw=said,
    )


def _about(condition: Doc) -> str:
    """A condition with what it is about: the names of the vehicle, the driver and so on."""
    details = condition.get("details")
    parts = details.values() if isinstance(details, dict) else ()
    things = [item for part in parts if isinstance(part, dict) for item in part.items()]
    names = [f"{kind} {name}" for kind, thing in things if (name := Doc(thing).text("name"))]
    return f"{condition.text('description')}: {', '.join(names)}" if names else condition.text("description")


def _older(said: Doc, found: Doc) -> Event:
    return event(
        "RESOLVE" if found.text("resolved") == "true" else "ALERT",
        key=found.text("alertEventUrl") or f"{found.text('alertConditionId')}/{found.text('startMs')}",
        summary=found.text("summary", "alertConditionDescription"),
        details=joined(found.text("details"), found.lines("Condition: alertConditionDescription")),
        links={"Samsara": found.text("alertEventUrl")},
        labels={"condition": found.text("alertConditionId")},
        raw=said,
    )


integration = Integration(
    type="SAMSARA",
    name="Samsara",
    parse=parse,
    opens="isResolved false",
    resolves="isResolved true",
)
