"""AppSignal, by its webhook. It never says that an incident of its own is over."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations import webhook
from tocsin.integrations.reading import Doc, event, joined, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The error or slow action as an event. Raises NothingToReport for a deployment."""
    said = read(inbound)
    if said.text("marker.marker_id"):
        raise NothingToReport("a deployment: only errors and slow actions count")
    error, slow = said.at("exception"), said.at("performance")
    if error.text("number"):
        return (_incident(said, error, f"{error.text('exception')}: {error.text('message')}".strip(": ")),)
    if slow.text("number"):
        return (_incident(said, slow, f"{slow.text('action') or 'An action'} is slow"),)
    return webhook.parse(inbound)


def _incident(said: Doc, found: Doc, what: str) -> Event:
    site, environment = found.text("site"), found.text("environment")
    return event(
        "ALERT",
        # AppSignal counts the incidents of each app.
        key="/".join(filter(None, (site, environment, found.text("number")))),
        summary=f"{site}: {what}" if site else what,
        details=joined(
            found.lines(
                "Action: action",
                "Path: path",
                "Host: hostname",
                "Namespace: namespace",
                "Duration (ms): duration",
                "Revision: revision",
                "Where: first_backtrace_line",
            ),
            found.lines("Tags: metadata"),
        ),
        links={"AppSignal": found.text("url"), "App": found.text("app_url")},
        labels={"site": site, "environment": environment, "namespace": found.text("namespace")},
        raw=said,
    )


integration = Integration(
    type="APPSIGNAL",
    name="AppSignal",
    parse=parse,
    opens="an error (exception), a slow action (performance)",
)
