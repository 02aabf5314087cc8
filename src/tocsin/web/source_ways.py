"""How a tool reaches a source: commands and settings to copy, the key filled in."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core import mail_source
from tocsin.core.doors import url_of
from tocsin.core.events import AlertSource
from tocsin.kit.value import dumps
from tocsin.languages import msgid

CURL = "curl {url} \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"


@dataclass(frozen=True, kw_only=True)
class Way:
    """Something to copy."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Door:
    """What speaks another product's API reaches the source here."""

    product: str
    address: str
    """The address that stands in place of the product's own."""
    where: str
    """Where the source's key goes."""


def doors(base: str, source: AlertSource) -> list[Door]:
    """Which other products' APIs take this source's key (docs/how-to/coming-from-*)."""
    if source.integration_type in (*mail_source.TYPES, "SMS", "HEARTBEAT"):
        return []
    if source.integration_type == "HEARTBEAT2":
        return [
            Door(product="Healthchecks", address=f"{base}/ping/KEY/NAME", where="KEY"),
            Door(
                product="Opsgenie",
                address=f"{base}/v2/heartbeats/NAME/ping",
                where="Authorization: GenieKey …",
            ),
        ]
    return [
        Door(product="PagerDuty Events v2", address=f"{base}/v2/enqueue", where="routing_key"),
        Door(
            product="PagerDuty Events v1",
            address=f"{base}/generic/2010-04-15/create_event.json",
            where="service_key",
        ),
        Door(product="Opsgenie", address=base, where="Authorization: GenieKey …"),
        Door(
            product="Jira Service Management",
            address=f"{base}/jsm/ops/integration",
            where="Authorization: GenieKey …",
        ),
        Door(product="Grafana OnCall", address=f"{base}/integrations/v1/formatted_webhook/KEY/", where="KEY"),
        Door(product="Alertmanager API v2", address=f"{base}/api/v2/alerts", where="basic_auth.password"),
    ]


def ways(base: str, source: AlertSource) -> list[Way]:
    """What to copy for this source."""
    url = url_of(base, source)
    match source.integration_type:
        case "API":
            return _events(base, source)
        case "HEARTBEAT":
            return [
                Way(id="ping", title=msgid("Send a ping"), text=f"curl -fsS -m 10 --retry 5 {url}"),
                Way(
                    id="cron",
                    title=msgid("At the end of a cron job"),
                    text=f"0 3 * * *  /usr/local/bin/backup && curl -fsS -m 10 --retry 5 {url}",
                ),
            ]
        case "HEARTBEAT2":
            text = f"curl -fsS -m 10 --retry 5 '{url}/nightly-backup?create=1'"
            return [
                Way(
                    id="by-name",
                    title=msgid("Ping by the name of the job, which is made if it is new"),
                    text=text,
                )
            ]
        case "PROMETHEUS":
            return [Way(id="alertmanager", title=msgid("Alertmanager receiver"), text=_alertmanager(url))]
        case _:
            return []


def _events(base: str, source: AlertSource) -> list[Way]:
    opens = {"eventType": "ALERT", "summary": "Disk is almost full", "incidentKey": "disk-1"}
    said = (
        ("curl", msgid("Send an event with curl"), opens),
        ("resolve", msgid("Resolve it again"), {"eventType": "RESOLVE", "incidentKey": "disk-1"}),
    )
    return [
        Way(
            id=name,
            title=title,
            text=CURL.format(
                url=f"{base}/api/v1/events", body=dumps({"apiKey": source.integration_key} | body)
            ),
        )
        for name, title, body in said
    ]


def _alertmanager(url: str) -> str:
    return (
        "receivers:\n- name: tocsin\n  webhook_configs:\n"
        f"  - url: {url}\n    send_resolved: true\nroute:\n  receiver: tocsin"
    )
