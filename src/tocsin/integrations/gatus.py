"""Gatus, by its own provider for iLert."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, numbered, read, require, text
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The endpoint's state as an event."""
    said = read(inbound)
    endpoint, status = said.text("name", "endpoint"), said.text("status")
    require(endpoint and status, "a message of Gatus': name and status are missing")
    results = said.get("condition_results")
    failed = [
        f"{text(one.get('condition'))}: {'ok' if one.get('success') else 'failed'}"
        if isinstance(one, dict)
        else text(one)
        for one in (results if isinstance(results, list) else ())
    ]
    group = said.text("group")
    return (
        event(
            kind_of(status, opens="firing triggered", resolves="resolved"),
            key="/".join(filter(None, (group, endpoint))),
            summary=said.text("title") or f"{endpoint} is {status}",
            details=joined(said.text("details", "description"), "\n".join(numbered(failed[:50]))),
            links={"Endpoint": said.text("url")},
            labels={"group": group, "endpoint": endpoint},
            raw=said,
        ),
    )


integration = Integration(
    type="GATUS", name="Gatus", parse=parse, opens="status firing", resolves="status resolved"
)
