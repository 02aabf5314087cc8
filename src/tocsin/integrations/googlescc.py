"""Google Security Command Center, by Pub/Sub: pushed as it comes, or passed on by a function."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64

from tocsin.core.events import Event
from tocsin.integrations import webhook
from tocsin.integrations.reading import Doc, event, joined, read
from tocsin.kit.errors import BadInput
from tocsin.kit.value import loads
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The finding as an event."""
    said = _unwrapped(read(inbound))
    finding, category = said.at("finding"), said.text("finding.category")
    if not (category and finding.text("name")):
        return webhook.parse(inbound)
    over = finding.word("state") == "inactive" or finding.word("mute") == "muted"
    where = said.text("resource.displayName", "finding.resourceName")
    return (
        event(
            "RESOLVE" if over else "ALERT",
            key=finding.text("name"),
            summary=f"{category} on {where}" if where else category,
            details=joined(
                finding.text("description", "sourceProperties.Explanation"),
                said.lines(
                    "Severity: finding.severity|finding.sourceProperties.SeverityLevel",
                    "Class: finding.findingClass",
                    "Project: resource.projectDisplayName|resource.project",
                    "Resource: finding.resourceName",
                    "Seen: finding.eventTime",
                    "What to do: finding.nextSteps|finding.sourceProperties.Recommendation",
                ),
            ),
            links={"Resource": finding.text("externalUri")},
            labels={
                "category": category,
                "severity": finding.text("severity"),
                "project": said.text("resource.projectDisplayName"),
            },
            raw=said,
        ),
    )


def _unwrapped(said: Doc) -> Doc:
    """The message within the envelope of a push subscription; without one, what was sent."""
    data = said.text("message.data")
    if not data:
        return said
    try:
        return Doc(loads(b64decode(data, validate=True)))
    except (NotBase64, ValueError):
        raise BadInput.at("message.data", "is not base64") from None


integration = Integration(
    type="GOOGLESCC",
    name="Google Security Command Center",
    parse=parse,
    opens="a finding with state ACTIVE",
    resolves="state INACTIVE; mute MUTED",
)
