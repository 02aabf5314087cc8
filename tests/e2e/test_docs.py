"""What the documentation shows works as it stands: its marked commands are run, in order."""

from __future__ import annotations

import json
import re
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.harness import MAIL_DOMAIN, Server

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
MARKED = re.compile(r"<!-- test: (\w+) -->\n *```console\n(.*?)\n *```", re.DOTALL)


def commands(page: str) -> Iterator[tuple[str, str]]:
    """(where it belongs, command) of every marked block of a page."""
    found = MARKED.findall((ROOT / page).read_text(encoding="utf-8"))
    assert found, f"{page} shows nothing that could be run"
    yield from found


def run(server: Server, command: str, **words: str) -> str:
    """A command in a shell, as a reader would type it; what it prints."""
    command = command.replace("http://127.0.0.1:8080", server.url)
    for placeholder, word in words.items():
        command = command.replace(placeholder.replace("_", " "), word).replace(placeholder, word)
    path = f"{Path(sys.executable).parent}:{server.environment['PATH']}"
    environment = {**server.environment, "TOCSIN_URL": server.url, "TOCSIN_API_KEY": server.key, "PATH": path}
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_tutorial(make_server: MakeServer) -> None:
    server = make_server(running=False)
    pairs = list(commands("docs/tutorial.md"))
    key = ""
    for place, command in pairs:
        if place == "setup":
            assert "init" in command  # the harness has done just that, with its own address
            server.start()
            continue
        printed = run(server, command, YOUR_INTEGRATION_KEY=key)
        if command.startswith("curl"):
            answer = json.loads(printed)
            assert "id" in answer, printed
            key = answer.get("integrationKey", key)
    assert [incident["status"] for incident in server.incidents()] == ["RESOLVED"]


def test_the_event_of_the_readme(make_server: MakeServer) -> None:
    server = make_server()
    key = server.source(1)["integrationKey"]
    for _, command in commands("README.md"):
        assert "NEW_INCIDENT_CREATED" in run(server, command, YOUR_KEY=key)


def test_the_page_about_heartbeats(make_server: MakeServer) -> None:
    server = make_server()
    answers = [json.loads(run(server, command)) for _, command in commands("docs/how-to/heartbeats.md")]
    assert server.client.get(answers[-1]["pingUrl"] + "/0").text == "OK"


@pytest.mark.parametrize("product", ["pagerduty", "opsgenie", "oncall"])
def test_the_pages_for_those_who_come_from_elsewhere(make_server: MakeServer, product: str) -> None:
    server = make_server()
    key = server.source(1)["integrationKey"]
    for _, command in commands(f"docs/how-to/coming-from-{product}.md"):
        run(server, command, YOUR_KEY=key)
    assert [incident["summary"] for incident in server.incidents()] == ["Disk full on db1"]


def test_the_page_about_connections(make_server: MakeServer) -> None:
    server = make_server()
    server.source(1)
    made = [json.loads(run(server, command)) for _, command in commands("docs/how-to/connections.md")]
    assert (made[1]["connectorId"], made[1]["conditions"]) == (made[0]["id"], "alert.priority == HIGH")
    assert made[1]["hookUrl"].startswith(f"{server.url}/api/hooks/")


def test_the_page_about_alerts_by_mail(make_server: MakeServer) -> None:
    server = make_server()
    made = next(json.loads(run(server, command)) for _, command in commands("docs/how-to/email-source.md"))
    assert made["integrationKey"] == f"backups@{MAIL_DOMAIN}"
    with smtplib.SMTP("127.0.0.1", server.inbound_port, "people.test", timeout=20) as connection:
        mail = "Subject: Backup failed\r\n\r\ntape is full\r\n"
        connection.sendmail("tape@x.test", [made["integrationKey"]], mail)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            connection.sendmail("tape@x.test", ["somebody@elsewhere.test"], mail)
    assert server.only_incident()["summary"] == "Backup failed"


def test_links_between_pages_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"
