"""Check_MK 1.x by the XML of the Nagios plugin, Checkmk 2.x by the JSON of its own notification plugin."""

from __future__ import annotations

import re

from tocsin.core.events import Event
from tocsin.integrations.nagios import key_in, notification, variables
from tocsin.integrations.reading import Doc, priority
from tocsin.kit.value import replace
from tocsin.plugins import Inbound, Integration

_MACRO = re.compile(r"\$([A-Z0-9_]{1,60})\$")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The notification; a summary template and a priority of the notification rule win."""
    said = variables(inbound)
    found = notification(said)
    template = said.text(
        "PARAMETER_ILERT_SUMMARY_SERVICE" if said.text("SERVICEDESC") else "PARAMETER_ILERT_SUMMARY_HOST"
    )
    return (
        replace(
            found,
            summary=_filled(template, said) or found.summary,
            priority=priority(said.text("PARAMETER_ILERT_PRIORITY")) or found.priority,
        ),
    )


def _filled(template: str, said: Doc) -> str:
    return " ".join(_MACRO.sub(lambda macro: said.text(macro[1]), template[:1000]).split())


integration = Integration(
    type="CHECKMK",
    name="Checkmk",
    parse=parse,
    opens="PROBLEM",
    accepts="ACKNOWLEDGEMENT; the comment goes to the timeline",
    resolves="RECOVERY",
    aliases=("checkmk-ext",),
    key_in=key_in,
)
