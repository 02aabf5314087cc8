"""Tools that speak our own JSON, by an agent, a plugin or a template of theirs.

Fields that our JSON does not know are written into the details, so that a template may add what it likes.
"""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import api
from tocsin.integrations.reading import Doc, joined, listed
from tocsin.kit.errors import BadInput
from tocsin.kit.value import dumps, loads, replace
from tocsin.plugins import Inbound, Integration

_KNOWN = frozenset(
    [
        "eventType",
        "summary",
        "details",
        "alertKey",
        "incidentKey",
        "priority",
        "images",
        "links",
        "labels",
        "customDetails",
        "comments",
        "routingKey",
        "apiKey",
        "integrationKey",
        "severity",
        "services",
        "logs",
    ]
)


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The event, with what else was sent in its details."""
    try:
        events = api.parse(inbound)
    except BadInput:
        # Templates fill in what they have: an empty priority, a type in lower case.
        events = api.parse(Inbound(body=dumps(_mended(loads(inbound.body))).encode()))
    sent = Doc(loads(inbound.body)).texts()
    extra = listed({name: said for name, said in sent.items() if name not in _KNOWN})
    return tuple(replace(event, details=joined(event.details, extra)) for event in events)


def _mended(sent: object) -> object:
    if not isinstance(sent, dict):
        return sent
    mended = {name: said for name, said in sent.items() if said != "" or name == "summary"}
    for name in ("eventType", "priority"):
        if isinstance(mended.get(name), str):
            mended[name] = mended[name].strip().upper()
    if mended.get("priority") not in ("HIGH", "LOW"):
        mended.pop("priority", None)
    if mended.get("severity") not in (1, 2, 3, 4, 5):
        mended.pop("severity", None)
    return mended


def speaks(inbound: Inbound) -> bool:
    """Whether a body is our JSON, for tools that send their own as well."""
    return b'"eventType"' in inbound.body


def _tool(kind: str, name: str) -> Integration:
    return Integration(
        type=kind,
        name=name,
        parse=parse,
        opens="eventType ALERT",
        accepts="eventType ACCEPT",
        resolves="eventType RESOLVE",
    )


appdynamics = _tool("APPDYNAMICS", "AppDynamics")
catchpoint = _tool("CATCHPOINT", "Catchpoint")
cortexxsoar = _tool("CORTEXXSOAR", "Cortex XSOAR")
freshservice = _tool("FRESHSERVICE", "Freshservice")
ibmcloudfunctions = _tool("IBMCLOUDFUNCTIONS", "IBM Cloud Functions")
jumpcloud = _tool("JUMPCLOUD", "JumpCloud")
keep = _tool("KEEP", "Keep")
kubernetes = _tool("KUBERNETES", "Kubernetes")
salesforce = _tool("SALESFORCE", "Salesforce")
searchguard = _tool("SEARCHGUARD", "Search Guard")
topdesk = _tool("TOPDESK", "TOPdesk")
zapier = _tool("ZAPIER", "Zapier")
