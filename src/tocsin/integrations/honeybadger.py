"""Honeybadger, by its webhook: errors, outages and check-ins."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration

_OPENS = ("occurred", "unresolved", "down", "check_in_missing", "cert_will_expire", "rate_exceeded")
_RESOLVES = ("resolved", "up", "check_in_reporting")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The fault, site or check-in as an event. Raises NothingToReport for assignments, comments, deployments."""
    said = read(inbound)
    happened, project = said.word("event"), said.text("project.name")
    require(happened, "a webhook of Honeybadger's: event is missing")
    if happened not in _OPENS + _RESOLVES:
        raise NothingToReport(f"{happened} in {project}: only errors, outages and check-ins count")
    fault = said.text("fault.id")
    what = f"fault-{fault}" if fault else f"site-{said.text('site.id')}" if said.at("site") else ""
    check = said.text("check_in.id", "check_in.name")
    return (
        event(
            "RESOLVE" if happened in _RESOLVES else "ALERT",
            key=what or (f"check-in-{check}" if check else ""),
            summary=said.text("message"),
            details=joined(
                said.text("fault.message"),
                said.lines(
                    "Project: project.name",
                    "Class: fault.klass",
                    "Environment: fault.environment",
                    "Component: fault.component",
                    "Reason: outage.reason",
                ),
            ),
            links={
                "Honeybadger": said.text("fault.url", "outage.details_url", "check_in.url"),
                "Target": said.text("site.url"),
            },
            labels={"project": project, "environment": said.text("fault.environment")},
            raw=said,
        ),
    )


integration = Integration(
    type="HONEYBADGER",
    name="Honeybadger",
    parse=parse,
    opens="an error occurs, a site is down, a check-in is missing",
    resolves="resolved, up, check_in_reporting",
)
