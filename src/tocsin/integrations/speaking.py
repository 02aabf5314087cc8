"""Tools that speak our own JSON, by an agent, a plugin or a template of theirs.

Fields that our JSON does not know are written into the details, so that a template may add what it likes.
"""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import api
from tocsin.integrations.reading import Doc, joined, listed
from tocsin.kit.value import loads, replace
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
    events = api.parse(inbound)
    sent = Doc(loads(inbound.body)).texts()
    extra = listed({name: said for name, said in sent.items() if name not in _KNOWN})
    return tuple(replace(event, details=joined(event.details, extra)) for event in events)


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
consul = _tool("CONSUL", "Consul")
cortexxsoar = _tool("CORTEXXSOAR", "Cortex XSOAR")
freshservice = _tool("FRESHSERVICE", "Freshservice")
haloitsm = _tool("HALOITSM", "HaloITSM")
halopsa = _tool("HALOPSA", "HaloPSA")
ibmcloudfunctions = _tool("IBMCLOUDFUNCTIONS", "IBM Cloud Functions")
jumpcloud = _tool("JUMPCLOUD", "JumpCloud")
kafka = _tool("KAFKA", "Apache Kafka")
keep = _tool("KEEP", "Keep")
kubernetes = _tool("KUBERNETES", "Kubernetes")
librenms = _tool("LIBRENMS", "LibreNMS")
mqtt = _tool("MQTT", "MQTT")
salesforce = _tool("SALESFORCE", "Salesforce")
searchguard = _tool("SEARCHGUARD", "Search Guard")
sensu = _tool("SENSU", "Sensu")
topdesk = _tool("TOPDESK", "TOPdesk")
zapier = _tool("ZAPIER", "Zapier")
