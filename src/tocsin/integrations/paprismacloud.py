"""Prisma Cloud, by a webhook alert profile with a template that names everything it knows."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for the finding; the same rule on the same thing goes into one."""
    said = read(inbound)
    kind, message = said.text("type"), said.text("message", "rule")
    require(kind and message, "an alert of Prisma Cloud's: type and message are missing")
    what = said.text("container", "image", "function", "appID", "host", "fqdn")
    rule = said.text("rule")
    return (
        event(
            "ALERT",
            key="/".join(filter(None, (kind, rule, what))) if rule or what else "",
            summary=f"{what}: {message}" if what else message,
            details=joined(
                said.lines(
                    "Kind: type",
                    "Rule: rule",
                    "Host: host",
                    "Container: container",
                    "Image: image",
                    "Cluster: cluster",
                    "Region: region",
                    "Account: accountID",
                    "Time: time",
                ),
                said.text("forensics"),
            ),
            labels={"kind": kind, "rule": rule, "cluster": said.text("cluster")},
            raw=said,
        ),
    )


integration = Integration(type="PAPRISMACLOUD", name="Prisma Cloud", parse=parse, opens="every alert")
