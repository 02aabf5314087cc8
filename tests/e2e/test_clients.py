"""Other products' own clients, unchanged but for the base URL, against the real program."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import MakeServer

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
SCRIPTS = Path(__file__).parent / "clients"


def run(*command: object) -> str:
    """What a script says. Fails with what it complains about."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_opsgenies_client_for_node(make_server: MakeServer, node: str, foreign_clients: Path) -> None:
    if not (foreign_clients / "node_modules").exists():
        pytest.skip("npm is not installed")
    server = make_server()
    source = server.source(server.policy((server.owner_id,)))
    said = json.loads(
        run(node, SCRIPTS / "opsgenie.js", server.url, source["integrationKey"], foreign_clients)
    )
    assert said["status"]["data"]["status"] == "Created alert"
    assert (said["found"]["data"]["alias"], said["found"]["data"]["message"]) == ("disk db-1", "Disk full")
    assert said["beat"]["data"]["name"] == "backup"
    assert said["pong"]["result"] == "PONG - Heartbeat received"
    incident = server.only_incident()
    server.wait_status(incident["id"], "RESOLVED")
    assert "nearly done" in json.dumps(server.timeline(incident["id"]))
    assert "REJECT" not in {event["effect"] for event in server.events(source["id"])}


def test_healthchecks_client(make_server: MakeServer, foreign_clients: Path) -> None:
    server = make_server()
    source = server.source(server.policy((server.owner_id,)), "HEARTBEAT2")
    monitor = {"name": "backup", "intervalSec": 60, "alertSource": {"id": source["id"]}}
    made = server.client.post("/api/heartbeat-monitors", json=monitor).json()
    run(
        foreign_clients / "healthchecks" / "bin" / "python",
        SCRIPTS / "pings.py",
        f"{server.url}/ping/",
        source["integrationKey"],
    )
    pings = server.client.get(f"/api/heartbeat-monitors/{made['id']}/pings").json()
    assert [one["kind"] for one in pings] == ["FAIL", "SUCCESS", "START", "SUCCESS"]
    assert server.only_incident()["alertSource"]["id"] == source["id"]
