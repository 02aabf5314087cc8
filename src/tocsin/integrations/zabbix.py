"""Zabbix: the media type of version 4.4 and later (flat macros), and the script of earlier ones."""

from __future__ import annotations

from tocsin.core.events import Event, EventType
from tocsin.integrations.reading import Doc, event, joined, kind_of, priority, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The problem as an event; its key is `zabbix-` and the id of the event that began it."""
    said = read(inbound)
    if said.at("payload") or said.text("event_type"):
        return (_script(said.at("payload"), said.text("event_type")),)
    number = said.text("EVENT.ID")
    require(number, "a message of Zabbix': EVENT.ID is missing")
    return (_media_type(said, number),)


def _media_type(said: Doc, number: str) -> Event:
    kind = _kind(said)
    updated = kind != "ALERT" or said.text("EVENT.UPDATE.STATUS") == "1"
    name, host = said.text("EVENT.NAME", "TRIGGER.NAME"), said.text("HOST.NAME", "HOST.HOST")
    return event(
        kind,
        key=f"zabbix-{number}",
        summary=said.text(".ILERT.INCIDENT.SUMMARY", "ALERT.SUBJECT") or f"{host}: {name}",
        details=joined(said.text("ALERT.MESSAGE"), _facts(said)),
        links={
            "Zabbix": _problem(said, number),
            "Trigger": said.text("TRIGGER.URL"),
        },
        labels={"host": said.text("HOST.HOST", "HOST.NAME"), "severity": said.text("EVENT.SEVERITY")},
        priority=priority(said.text(".ILERT.INCIDENT.PRIORITY", ".ILERT.ALERT.PRIORITY")),
        comment=said.text("EVENT.UPDATE.MESSAGE") if updated else "",
        commented_by=said.text("USER.FULLNAME"),
        raw=said.without(lambda name: "KEY" in name),
    )


def _kind(said: Doc) -> EventType:
    if "0" in (said.text("EVENT.VALUE"), said.text("EVENT.RECOVERY.VALUE")):
        return "RESOLVE"
    acknowledged = said.word("EVENT.ACK.STATUS") in ("yes", "1")
    return "ACCEPT" if said.text("EVENT.UPDATE.STATUS") == "1" and acknowledged else "ALERT"


def _problem(said: Doc, number: str) -> str:
    base, trigger = said.text("ZABBIX.URL").rstrip("/"), said.text("TRIGGER.ID")
    return f"{base}/tr_events.php?triggerid={trigger}&eventid={number}" if base else ""


def _facts(said: Doc) -> str:
    return said.lines(
        "Host: HOST.HOST",
        "IP: HOST.IP",
        "Trigger: TRIGGER.NAME",
        "Description: TRIGGER.DESCRIPTION",
        "Severity: TRIGGER.SEVERITY",
        "Operational data: EVENT.OPDATA",
        "Item: ITEM.NAME1",
        "Tags: EVENT.TAGS",
    )


def _script(said: Doc, kind: str) -> Event:
    """As the script of Zabbix 2.2 to 4.3 sends it; without an event type the trigger's value tells."""
    name, host = said.text("TRIGGER.NAME"), said.text("HOST.HOST", "HOST.NAME")
    number = said.text("EVENT.ID")
    require(name or number, "a message of Zabbix': its payload has neither TRIGGER.NAME nor EVENT.ID")
    return event(
        kind_of(
            kind or said.text("TRIGGER.VALUE"),
            opens="alert trigger problem 1",
            accepts="ack accept acknowledge",
            resolves="resolve ok 0",
        ),
        # Acknowledgements and recoveries may say nothing but the id of the event that began the problem.
        key=f"zabbix-{number}" if number else f"{host}/{said.text('TRIGGER.ID') or name}",
        summary=f"{host}: {name}" if host else name,
        details=_facts(said),
        links={"Trigger": said.text("TRIGGER.URL")},
        labels={"host": host, "severity": said.text("TRIGGER.SEVERITY")},
        raw=said,
    )


integration = Integration(
    type="ZABBIX",
    name="Zabbix",
    parse=parse,
    opens="a problem",
    accepts="an acknowledged update; the message goes to the timeline",
    resolves="a recovery",
    aliases=("zabbix-mt",),
)
