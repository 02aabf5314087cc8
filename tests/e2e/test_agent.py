"""The agent as a process of its own, while the server is away and comes back."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.harness import free_port
from tests.e2e.mailserver import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PAGE = Path(__file__).parents[2] / "docs/how-to/agent.md"


def test_an_event_reaches_a_server_that_was_away(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server()
    key = server.source(server.policy((server.owner_id,)))["integrationKey"]
    server.kill9()
    port = free_port()
    shown = re.findall(r"<!-- test: agent -->\n```console\n(.*?)\n```", PAGE.read_text(), re.DOTALL)[0]
    assert shown.split()[1:3] == ["tocsin", "agent"]
    command = shown.split()[2:]
    command[command.index("--listen") + 1] = f"127.0.0.1:{port}"
    command[command.index("--folder") + 1] = str(tmp_path / "agent")

    def start() -> subprocess.Popen[bytes]:
        environment = {**server.environment, "TOCSIN_URL": server.url}
        agent = subprocess.Popen([sys.executable, "-m", "tocsin", *command], env=environment, cwd=tmp_path)
        until(lambda: _waiting(port) is not None, "the agent")
        return agent

    agent = start()
    try:
        body = {"eventType": "ALERT", "summary": "Disk full", "incidentKey": "disk"}
        answer = httpx2.post(f"http://127.0.0.1:{port}/api/v1/events/{key}", json=body, trust_env=False)
        assert answer.status_code == 202
        assert _waiting(port) == 1
        agent.kill()
        agent.wait()
        agent = start()
        server.start()
        assert server.only_incident(seconds=60)["summary"] == "Disk full"
        until(lambda: _waiting(port) == 0, "an empty agent")
    finally:
        agent.terminate()
        assert agent.wait(20) == 0


def _waiting(port: int) -> int | None:
    try:
        found: int = httpx2.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).json()["waiting"]
    except httpx2.TransportError:
        return None
    return found
