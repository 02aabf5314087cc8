"""Netdata, by the agent's notification script, and by a webhook of Netdata Cloud.

Versions of the script until 2024 write the severity without quotation marks, which is no JSON.
"""

from __future__ import annotations

import re

from tocsin.core.events import Event
from tocsin.integrations import speaking
from tocsin.integrations.reading import Doc, event, joined, kind_of, read, require
from tocsin.kit.errors import BadInput
from tocsin.kit.value import loads
from tocsin.plugins import Inbound, Integration

_BARE = re.compile(rb'("[a-z_]{1,40}"\s{0,9}:\s{0,9})([A-Za-z][A-Za-z_ -]{0,40}?)(\s{0,9}[,}])')
_LITERALS = (b"true", b"false", b"null")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alarm as an event; severity clear or resolved ends it."""
    if speaking.speaks(inbound):
        return speaking.parse(inbound)
    said = _read(inbound)
    alert, severity = said.text("alert", "name"), said.text("severity", "status")
    require(alert and severity, "a notification of Netdata's: alert and severity are missing")
    host, chart = said.text("host", "hostname", "node"), said.text("chart")
    return (
        event(
            kind_of(
                severity, opens="critical warning unreachable warn crit", resolves="clear resolved reachable"
            ),
            key=said.text("alarm_id") if not host else "/".join(filter(None, (host, chart, alert))),
            summary=said.text("message") or f"{host}: {alert} is {severity}",
            details=joined(
                said.text("info"),
                said.lines("Host: host", "Chart: chart", "Value: value", "Duration: duration", "Since: date"),
            ),
            links={"Netdata": said.text("alert_url", "url")},
            images=(said.text("image_url"),),
            labels={"host": host, "chart": chart, "severity": severity},
            raw=said,
        ),
    )


def _read(inbound: Inbound) -> Doc:
    try:
        return read(inbound)
    except BadInput:
        return Doc(loads(_BARE.sub(_quoted, inbound.body)))


def _quoted(found: re.Match[bytes]) -> bytes:
    before, word, after = found.groups()
    return found[0] if word in _LITERALS else before + b'"' + word + b'"' + after


integration = Integration(
    type="NETDATA",
    name="Netdata",
    parse=parse,
    opens="severity critical, warning",
    resolves="severity clear",
)
