"""Uptime.com, by a custom postback URL (webhook), also with its older payload."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import webhook
from tocsin.integrations.reading import Doc, event, joined, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The check's state as an event; the check is the key."""
    said = read(inbound)
    if said.text("check_id") and said.word("state") in ("up", "down"):
        return (_older(said),)
    check, alert = said.at("data.service"), said.at("data.alert")
    if not check.text("id") or alert.text("is_up") not in ("true", "false"):
        return webhook.parse(inbound)
    name = check.text("display_name", "name", "short_name")
    return (
        _event(
            said,
            key=check.text("id"),
            name=name,
            over=alert.text("is_up") == "true",
            output=alert.text("output", "short_output"),
            details=said.lines(
                "Type: data.service.monitoring_service_type_display|data.service.monitoring_service_type",
                "Address: data.service.msp_address",
                "From: data.locations",
                "Locations down: data.global_alert_state.num_locations_down",
                "Notes: data.service.msp_notes",
            ),
            links={
                "Alert": said.text("data.links.alert_details"),
                "Analysis": said.text("data.links.real_time_analysis"),
                "Target": check.text("msp_address"),
            },
        ),
    )


def _older(said: Doc) -> Event:
    return _event(
        said,
        key=said.text("check_id"),
        name=said.text("check_name", "server_name", "check_url"),
        over=said.word("state") == "up",
        output=said.text("output"),
        details=said.lines("Type: check_type", "From: locations", "When: date"),
        links={"Target": said.text("check_url")},
    )


def _event(
    said: Doc, *, key: str, name: str, over: bool, output: str, details: str, links: dict[str, str]
) -> Event:
    return event(
        "RESOLVE" if over else "ALERT",
        key=key,
        summary=f"{name} is {'up' if over else 'down'}" + (f": {output}" if output and not over else ""),
        details=joined(output, details),
        links=links,
        labels={"check": name},
        raw=said,
    )


integration = Integration(
    type="UPTIME",
    name="Uptime.com",
    parse=parse,
    opens="is_up false, state DOWN",
    resolves="is_up true, state UP",
)
