"""StatusCake, by the ping URL of a contact group: a form."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The test's state as an event."""
    said = read(inbound)
    status, url = said.text("Status", "status"), said.text("URL", "url")
    name = said.text("Name", "name") or url
    require(status and name, "a message of StatusCake's: Status and Name are missing")
    return (
        event(
            kind_of(status, opens="down", resolves="up"),
            key=said.text("TestID", "Test_ID", "id") or name,
            summary=f"{name} is {status.lower()}",
            details=said.lines(
                "Address: URL", "Status code: StatusCode", "IP: IP", "Tags: Tags", "Check rate: Checkrate"
            ),
            links={"Target": url},
            labels={"test": name},
            raw=said,
        ),
    )


integration = Integration(
    type="STATUSCAKE", name="StatusCake", parse=parse, opens="Status Down", resolves="Status Up"
)
