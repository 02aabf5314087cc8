"""MongoDB Atlas, by the webhook of a project."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert's status as an event. Raises NothingToReport for what only informs."""
    said = read(inbound)
    number, status = said.text("id"), said.word("status")
    require(number and status, "an alert of Atlas': id and status are missing")
    if status in ("informational", "tracking"):
        raise NothingToReport(f"{said.text('eventTypeName')} is {status}")
    where = said.text("clusterName", "hostnameAndPort", "replicaSetName")
    return (
        event(
            kind_of(status, opens="open", resolves="closed cancelled"),
            key=number,
            summary=": ".join(filter(None, (where, said.text("eventTypeName")))),
            details=joined(
                said.text("humanReadable"),
                said.lines(
                    "Metric: metricName",
                    "Value: currentValue.number",
                    "Host: hostnameAndPort",
                    "Since: created",
                ),
            ),
            links={"Alert": said.text("links.0.href")},
            labels={"cluster": said.text("clusterName"), "event": said.text("eventTypeName")},
            raw=said,
        ),
    )


integration = Integration(
    type="MONGODBATLAS",
    name="MongoDB Atlas",
    parse=parse,
    opens="status OPEN",
    resolves="status CLOSED, CANCELLED",
)
