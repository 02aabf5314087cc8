"""AWX and Ansible Automation Platform, by a webhook notification."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import Doc, event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for a job that failed. Raises NothingToReport for one that did not."""
    said = read(inbound)
    number, status = said.text("id"), said.word("status")
    require(number and status, "a notification of AWX': id and status are missing")
    name = said.text("name", "friendly_name")
    if status not in ("failed", "error", "canceled"):
        raise NothingToReport(f"job {number} ({name}) is {status}")
    failed = [host for host, result in _hosts(said) if result.get("failed")]
    return (
        event(
            "ALERT",
            key=number,
            summary=f"{name or f'Job {number}'}: {status}",
            details=joined(
                said.text("traceback"),
                f"Failed: {', '.join(failed[:50])}" if failed else "",
                said.lines(
                    "Playbook: playbook",
                    "Inventory: inventory",
                    "Project: project",
                    "By: created_by",
                    "Ended: finished",
                ),
            ),
            links={"Job": said.text("url")},
            labels={"playbook": said.text("playbook"), "inventory": said.text("inventory")},
            raw=said,
        ),
    )


def _hosts(said: Doc) -> list[tuple[str, dict[str, object]]]:
    hosts = said.get("hosts")
    named = hosts.items() if isinstance(hosts, dict) else ()
    return [(str(host), result) for host, result in named if isinstance(result, dict)]


integration = Integration(type="AWX", name="AWX", parse=parse, opens="a job that failed")
