"""Nagios, by the plugin that posts XML with the key in it; Check_MK 1.x uses the same one.

Every variable of the notification is an entry; their names come with the tool's prefix or without.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.events import Event, EventType, NothingToReport
from tocsin.integrations.reading import Doc, event, listed, priority, read, require
from tocsin.kit.errors import BadInput
from tocsin.plugins import Inbound, Integration

_KINDS: Mapping[str, EventType] = {
    "PROBLEM": "ALERT",
    "ACKNOWLEDGEMENT": "ACCEPT",
    "RECOVERY": "RESOLVE",
}
_PREFIXES = ("NAGIOS_", "ICINGA_", "NOTIFY_")
_OF_NO_INTEREST = ("FLAPPING", "DOWNTIME", "CUSTOM", "ALERTHANDLER")
_SECRET = ("APIKEY", "API_KEY", "INTEGRATIONKEY", "CONTACTPAGER")
_SHOWN = {
    "HOSTALIAS": "Host alias",
    "SERVICEDISPLAYNAME": "Service",
    "HOSTADDRESS": "Address",
    "HOSTOUTPUT": "Host output",
    "SERVICEOUTPUT": "Output",
    "LONGSERVICEOUTPUT": "Long output",
    "LONGHOSTOUTPUT": "Long host output",
    "LONGDATETIME": "Time",
    "HOSTGROUPNAMES": "Host groups",
    "SERVICEGROUPNAMES": "Service groups",
}


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The notification as an event."""
    return (notification(variables(inbound)),)


def variables(inbound: Inbound) -> Doc:
    """A notification's variables by their names without a prefix. Raises BadInput."""
    said = read(inbound).without(lambda name: name.upper().endswith(_SECRET))
    return Doc({_plain(name): thing for name, thing in said.data.items()})


def notification(said: Doc) -> Event:
    """The event of a notification's variables. Raises BadInput, and NothingToReport for flapping and downtimes."""
    kind, host = said.text("NOTIFICATIONTYPE").upper(), said.text("HOSTNAME")
    require(kind and host, "a notification: NOTIFICATIONTYPE and HOSTNAME are missing")
    if kind.startswith(_OF_NO_INTEREST):
        raise NothingToReport(f"{kind} of {host}: only problems, acknowledgements and recoveries count")
    if kind not in _KINDS:
        raise BadInput.at("NOTIFICATIONTYPE", f"{kind!r} is not one that is known")
    service = said.text("SERVICEDESC")
    state = said.text("SERVICESTATE" if service else "HOSTSTATE")
    output = said.text("SERVICEOUTPUT" if service else "HOSTOUTPUT")
    what = f"{host}/{service}" if service else host
    return event(
        _KINDS[kind],
        key=what,
        summary=f"{what} is {state or 'in trouble'}" + (f": {output}" if output else ""),
        details=listed({shown: said.text(name) for name, shown in _SHOWN.items()}),
        labels={"host": host, "service": service, "state": state},
        links={
            "Notes": said.text("SERVICENOTESURL", "HOSTNOTESURL"),
            "Actions": said.text("SERVICEACTIONURL", "HOSTACTIONURL"),
        },
        priority=priority(said.text("PRIORITY")),
        comment=said.text(
            "NOTIFICATIONCOMMENT", "SERVICEACKCOMMENT", "HOSTACKCOMMENT", "ACKCOMMENT", "COMMENT"
        ),
        commented_by=said.text(
            "NOTIFICATIONAUTHOR",
            "NOTIFICATIONAUTHORNAME",
            "SERVICEACKAUTHOR",
            "HOSTACKAUTHOR",
            "ACKAUTHOR",
            "AUTHOR",
        ),
        raw=said,
    )


def key_in(body: bytes) -> str | None:
    """The key of the alert source, from the element apiKey."""
    try:
        return read(Inbound(body=body)).text("apiKey", "integrationKey") or None
    except BadInput:
        return None


def _plain(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


integration = Integration(
    type="NAGIOS",
    name="Nagios",
    parse=parse,
    opens="PROBLEM",
    accepts="ACKNOWLEDGEMENT; the comment goes to the timeline",
    resolves="RECOVERY",
    tested="Nagios 4.4 (Debian), documented payloads",
    key_in=key_in,
)
