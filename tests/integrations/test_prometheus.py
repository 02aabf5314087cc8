"""Alertmanager's groups become incidents, and end when all of their alerts do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integrations.payloads import parsed, payload
from tocsin.core.events import MAX_DETAILS, MAX_SUMMARY, Event
from tocsin.integrations.prometheus import MAX_ALERTS, integration
from tocsin.integrations.reading import MAX_LINKS
from tocsin.kit.errors import BadInput


def firing(**changes: Any) -> Event:
    """The event of the firing group with other values."""
    return parsed(integration, payload("prometheus_firing") | changes)


def alert(
    status: str = "firing", *, labels: dict[str, str] | None = None, **annotations: str
) -> dict[str, Any]:
    """An alert as Alertmanager sends it."""
    return {
        "status": status,
        "labels": {"alertname": "X"} | (labels or {}),
        "annotations": annotations,
        "startsAt": "2026-11-23T18:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "f",
    }


def test_a_firing_group() -> None:
    event = firing()
    assert event.event_type == "ALERT"
    assert event.key == '{}/{severity="critical"}:{alertname="DiskFull", job="node"}'
    assert event.summary == "A disk is nearly full"
    assert event.labels == {"alertname": "DiskFull", "job": "node", "severity": "critical"}
    assert event.custom_details == payload("prometheus_firing")
    assert event.routing_key == "database"
    assert event.priority is None  # severity has no bearing


def test_a_resolved_group_ends_its_incident() -> None:
    event = parsed(integration, payload("prometheus_resolved"))
    assert event.event_type == "RESOLVE"
    assert event.key == payload("prometheus_resolved")["groupKey"]
    assert event.summary == "[shop-prod] InstanceDown (cluster=fra)"
    assert event.priority == "LOW"


def test_the_details_tell_what_fires_and_what_is_over() -> None:
    assert firing().details == (
        "2 firing, 1 resolved\n\n"
        "Common to all:\n- summary: A disk is nearly full\n- alertname: DiskFull\n- job: node\n"
        "- severity: critical\n\n"
        "Firing: DiskFull\n- description: db-1 has less than 2 % left\n- url: https://wiki.example.com/db-1\n"
        "- urlLabel: How to free space\n- instance: db-1\n- ilert_routingkey: database\n"
        "- since: 2026-11-23T18:00:00.123Z\n"
        "- query: http://prometheus.example.com:9090/graph?g0.expr=free%7Binstance%3D%22db-1%22%7D&g0.tab=1\n\n"
        "Firing: DiskFull\n- description: db-2 has less than 2 % left\n"
        "- runbook_url: https://runbooks.example.com/disk\n- instance: db-2\n- ilert_routingkey: other\n"
        "- since: 2026-11-23T18:00:00.123Z\n"
        "- query: http://prometheus.example.com:9090/graph?g0.expr=free%7Binstance%3D%22db-2%22%7D&g0.tab=1\n\n"
        "Resolved: DiskFull\n- description: db-3 has less than 2 % left\n- url: https://wiki.example.com/db-3\n"
        "- urlLabel: Old page\n- instance: db-3\n"
        "- since: 2026-11-23T18:00:00.123Z\n- until: 2026-11-23T18:30:00Z\n"
        "- query: http://prometheus.example.com:9090/graph?g0.expr=free%7Binstance%3D%22db-3%22%7D&g0.tab=1"
    )


def test_links_lead_to_what_the_firing_alerts_name_first() -> None:
    shown = [(link.text, link.href) for link in firing().links]
    assert shown[:3] == [
        ("How to free space", "https://wiki.example.com/db-1"),
        ("Runbook", "https://runbooks.example.com/disk"),
        ("Alertmanager", "http://alertmanager.example.com:9093"),
    ]
    assert ("Old page", "https://wiki.example.com/db-3") not in shown
    assert len([text for text, _ in shown if text == "DiskFull"]) == 3


def test_links_are_web_addresses_each_once_and_not_too_many() -> None:
    alerts = [alert(url=f"https://x/{n // 2}", urlLabel="x") for n in range(100)]
    event = firing(alerts=[alert(url="javascript:alert(1)"), *alerts], externalURL="not a url")
    assert [link.href for link in event.links] == [f"https://x/{n}" for n in range(MAX_LINKS)]


@pytest.mark.parametrize(
    "changes, summary",
    [
        ({"commonAnnotations": {}}, "DiskFull (job=node)"),
        ({"commonAnnotations": {}, "groupLabels": {}}, "DiskFull"),
        (
            {"commonAnnotations": {"description": "first\nsecond"}, "groupLabels": {}, "commonLabels": {}},
            "first",
        ),
        ({"commonAnnotations": {}, "groupLabels": {}, "commonLabels": {}}, "A disk is nearly full"),
        (
            {"commonAnnotations": {}, "groupLabels": {"job": "node"}, "commonLabels": {}, "alerts": []},
            "job=node",
        ),
        (
            {"commonAnnotations": {}, "groupLabels": {}, "commonLabels": {}, "alerts": []},
            "Alertmanager: a group without a name",
        ),
        ({"commonAnnotations": {"summary": "x" * 9000}}, "x" * MAX_SUMMARY),
    ],
)
def test_the_summary_is_the_best_there_is(changes: dict[str, Any], summary: str) -> None:
    assert firing(**changes).summary == summary


@pytest.mark.parametrize(
    "alerts, priority",
    [
        ([alert(labels={"priority": "HIGH"}), alert(labels={"priority": "LOW"})], "HIGH"),
        ([alert(labels={"priority": "low"}), alert(priority="LOW")], "LOW"),
        ([alert(labels={"priority": "LOW"}), alert()], None),
        ([alert(labels={"priority": "LOW"}), alert("resolved")], "LOW"),
        ([alert(labels={"priority": "P1"})], None),
        ([alert(labels={"severity": "info"})], None),
        ([], None),
    ],
)
def test_the_priority_label(alerts: list[dict[str, Any]], priority: str | None) -> None:
    assert firing(alerts=alerts).priority == priority


def test_the_routing_key_may_be_an_annotation() -> None:
    assert firing(alerts=[alert(), alert(ilert_routingkey="ops")]).routing_key == "ops"
    assert firing(alerts=[alert()]).routing_key == ""


def test_a_group_key_too_long_to_store_is_digested() -> None:
    longest, too_long, other = (firing(groupKey=key).key for key in ("k" * 255, "k" * 256, "k" * 255 + "x"))
    assert longest == "k" * 255
    assert len(too_long) == len(other) == 64
    assert too_long != other
    assert too_long == firing(groupKey="k" * 256, status="resolved").key


def test_alerts_that_were_left_out_are_counted() -> None:
    assert "7 more alerts were left out by Alertmanager." in firing(truncatedAlerts=7).details
    event = firing(alerts=[alert(labels={"instance": f"i{n}"}) for n in range(MAX_ALERTS + 3)])
    assert "3 more alerts are not shown here." in event.details
    assert "instance: i99\n" in event.details
    assert "instance: i100\n" not in event.details


def test_details_have_a_limit() -> None:
    assert len(firing(alerts=[alert(description="x" * 5000) for _ in range(100)]).details) == MAX_DETAILS


@pytest.mark.parametrize(
    "data, path",
    [
        (b"nonsense", ""),
        ([], ""),
        ({}, "status"),
        ({"status": "ok", "alerts": []}, "status"),
        ({"status": "firing"}, "alerts"),
        ({"status": "firing", "alerts": {}}, "alerts"),
        ({"status": "firing", "alerts": [{}, 1]}, "alerts.1"),
    ],
)
def test_what_is_no_webhook_is_refused(data: object, path: str) -> None:
    with pytest.raises(BadInput) as refused:
        parsed(integration, data)
    assert [p.path for p in refused.value.problems] == [path]


def test_odd_values_do_no_harm() -> None:
    """Alertmanager sends texts only; look-alikes do not."""
    event = firing(
        groupKey=17,
        commonLabels={"shard": 3, "zone": None},
        groupLabels=None,
        commonAnnotations=[],
        externalURL=None,
        truncatedAlerts="many",
        alerts=[{"labels": None, "annotations": {"summary": 5}, "startsAt": None}],
    )
    assert (event.key, event.summary, event.labels) == ("17", "5", {"shard": "3", "zone": ""})
