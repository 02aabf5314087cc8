"""Consul, by consul-alerts: its list of checks that changed, or our own JSON."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations import speaking
from tocsin.integrations.reading import Doc, event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration

_STATES = ("critical", "warning", "passing")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An event for each check. Raises NothingToReport when none of them is in a state that counts."""
    if speaking.speaks(inbound):
        return speaking.parse(inbound)
    said = read(inbound).data
    checks = [Doc(one) for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    require(any(check.text("Node") for check in checks), "a list of consul-alerts' checks")
    found = tuple(_check(check) for check in checks if check.word("Status") in _STATES)
    if not found:
        raise NothingToReport("no check is critical, warning or passing")
    return found


def _check(check: Doc) -> Event:
    status = check.word("Status")
    node, service = check.text("Node"), check.text("Service", "ServiceId")
    what = "/".join(filter(None, (node, service, check.text("CheckId", "Check"))))
    return event(
        # A warning is no reason to wake anybody, but the end of what was critical.
        kind_of(status, opens="critical", resolves="warning passing"),
        key=what,
        summary=f"{what} is {status}",
        details=joined(check.text("Output"), check.lines("Check: Check", "Notes: Notes")),
        labels={"node": node, "service": service},
        raw=check,
    )


integration = Integration(
    type="CONSUL",
    name="Consul",
    parse=parse,
    opens="a check that is critical",
    resolves="a check that is passing or warning",
)
