"""An unmodified Alertmanager talks to the real program as if it were PagerDuty, Opsgenie and Alertmanager."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.alertmanager import Alertmanager
from tests.e2e.conftest import MakeServer
from tests.e2e.mailserver import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_the_three_receivers_of_alertmanager(
    alertmanager: str, make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server()
    policy = server.policy((server.owner_id,))
    pager, genie, hook = (server.source(policy, kind) for kind in ("API", "API", "PROMETHEUS"))
    receivers: dict[str, list[dict[str, object]]] = {
        "pagerduty_configs": [{"url": f"{server.url}/v2/enqueue", "routing_key": pager["integrationKey"]}],
        "opsgenie_configs": [
            {"api_url": f"{server.url}/", "api_key": genie["integrationKey"], "update_alerts": True}
        ],
        "webhook_configs": [{"url": hook["integrationUrl"]}],
    }
    manager = Alertmanager(alertmanager, tmp_path / "alertmanager", "", receivers)
    manager.start()
    try:
        manager.fire("DiskFull", instance="db1")
        three = {one["id"] for one in (pager, genie, hook)}

        def sources(status: str) -> bool:
            found = server.incidents()
            return {i["alertSource"]["id"] for i in found if i["status"] == status} == three

        until(lambda: sources("PENDING"), "an incident from each receiver", seconds=30)
        manager.resolve("DiskFull", instance="db1")
        until(lambda: sources("RESOLVED"), "the end of each", seconds=30)
        assert len(server.incidents()) == 3
        for source in (pager, genie, hook):
            assert "REJECT" not in {event["effect"] for event in server.events(source["id"])}
    finally:
        manager.stop()


def test_prometheus_itself_may_send(make_server: MakeServer) -> None:
    server = make_server()
    source = server.source(server.policy((server.owner_id,)))
    alert = {"labels": {"alertname": "DiskFull"}, "startsAt": "2026-03-02T09:00:00Z"}
    answer = server.client.post(
        "/api/v2/alerts", json=[alert], headers={"authorization": f"Bearer {source['integrationKey']}"}
    )
    assert answer.status_code == 200
    assert server.only_incident()["summary"] == "DiskFull"
