"""Redmine itself (Debian's) takes our issues, notes and states."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.connections.occasions import NOON, occasion
from tests.e2e.harness import free_port
from tests.e2e.mailserver import until
from tocsin.connections.redmine import RedmineConnector, RedmineParams, connection
from tocsin.core.connections import Outcome, Remote
from tocsin.kit.value import replace
from tocsin.net.http import HttpClient
from tocsin.plugins import Answer, Errand, HttpRequest

pytestmark = pytest.mark.e2e
PROGRAM = Path("/usr/share/redmine")
MADE = Path("/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default")
"""The database that Debian's package makes; the test works on a copy."""
KEY = "a" * 40


class Redmine:
    """A server of its own, with a key of its administrator and one project."""

    def __init__(self, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        database = folder / "redmine.sqlite"
        shutil.copy(MADE, database)
        with sqlite3.connect(database) as db:
            db.execute("INSERT INTO settings (name, value) VALUES ('rest_api_enabled', '1')")
            db.execute(
                "INSERT INTO tokens (user_id, action, value, created_on) VALUES (1, 'api', ?, '2026-01-01')",
                (KEY,),
            )
            db.execute("UPDATE users SET must_change_passwd = 0 WHERE id = 1")
        db.close()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DATABASE_URL": f"sqlite3:{database}",
            "SECRET_KEY_BASE": "s" * 64,
            "RAILS_ENV": "production",
            "RAILS_LOG_TO_STDOUT": "1",
            # Bundler hides what the Gemfile does not name.
            "RUBYOPT": f"-rwebrick -I{_folder_of('webrick')}",
        }
        command = [
            "bin/rails",
            "server",
            "-u",
            "webrick",
            "-b",
            "127.0.0.1",
            "-p",
            self.url.rpartition(":")[2],
        ]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "-P", str(folder / "pid")], cwd=PROGRAM, env=environment, stdout=log, stderr=log
            )
        self.web = httpx2.Client(
            base_url=self.url, trust_env=False, timeout=30, headers={"x-redmine-api-key": KEY}
        )
        until(self._there, f"Redmine, see {folder / 'log'}", seconds=90, every=0.2)
        project = {"name": "Ops", "identifier": "ops", "tracker_ids": [1]}
        self.web.post("/projects.json", json={"project": project}).raise_for_status()

    def issue(self, number: str) -> Any:
        return self.web.get(f"/issues/{number}.json?include=journals").json()["issue"]

    def _there(self) -> bool:
        try:
            return self.web.get("/users/current.json").is_success
        except httpx2.HTTPError:
            return False


def _folder_of(gem: str) -> str:
    found = subprocess.run(["gem", "which", gem], capture_output=True, text=True, check=True)
    return str(Path(found.stdout.strip()).parent)


@pytest.fixture(scope="module")
def redmine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redmine]:
    if not os.access(MADE, os.R_OK):
        pytest.skip("Debian's redmine-sqlite is not installed, or its database cannot be read")
    made = Redmine(tmp_path_factory.mktemp("redmine"))
    yield made
    made.web.close()
    made.process.kill()
    made.process.wait()


def carry(redmine: Redmine, there: Remote | None = None, key: str = KEY, **changes: Any) -> Outcome:
    """Run an errand over the network to its end."""
    errand = Errand(
        occasion=occasion(**changes),
        params=RedmineParams(project="ops", accepted_status_id="2"),
        connector=RedmineConnector(url=redmine.url, api_key=key),
        remote=there,
        now=NOON,
    )
    answers: tuple[Answer, ...] = ()
    while not isinstance(step := connection.proceed(errand, answers), Outcome):
        assert isinstance(step, HttpRequest)
        answers = (*answers, asyncio.run(_perform(replace(step, private_targets=("127.0.0.0/8",)))))
    return step


async def _perform(request: HttpRequest) -> Answer:
    client = HttpClient()
    try:
        return await client.perform(request)
    finally:
        await client.close()


def test_an_incident_is_an_issue_that_is_kept_in_step(redmine: Redmine) -> None:
    opened = carry(redmine)
    there = opened.remote
    assert there is not None, opened.answer
    assert there.url == f"{redmine.url}/issues/{there.id}"
    issue = redmine.issue(there.id)
    assert (issue["subject"], issue["status"]["name"]) == ("[PENDING] Disk full on db-1", "New")
    assert "https://tocsin.example/incidents/42" in issue["description"]
    assert carry(redmine, there, trigger="incident-acknowledged", status="ACCEPTED", by="Bo").kind == "DONE"
    issue = redmine.issue(there.id)
    assert (issue["subject"], issue["status"]["name"]) == ("[ACCEPTED] Disk full on db-1", "In Progress")
    assert issue["journals"][-1]["notes"] == "incident acknowledged by Bo (ACCEPTED)"
    assert carry(redmine, there, trigger="incident-resolved", status="RESOLVED").kind == "DONE"
    assert redmine.issue(there.id)["status"] == {"id": 5, "name": "Closed", "is_closed": True}


def test_a_wrong_key_and_a_project_that_is_not_there_end_it_in_words(redmine: Redmine) -> None:
    wrong = carry(redmine, key="b" * 40)
    assert (wrong.kind, wrong.answer[:3]) == ("PERMANENT", "401")
    gone = carry(redmine, Remote(id="999"))
    assert (gone.kind, gone.answer[:3]) == ("PERMANENT", "404")


def test_what_it_offers_is_read(redmine: Redmine) -> None:
    account = RedmineConnector(url=redmine.url, api_key=KEY)
    offered = {}
    for name in ("project", "trackerId", "priorityId", "resolvedStatusId"):
        request = connection.choices(name, account, {})
        assert isinstance(request, HttpRequest)
        answer = asyncio.run(_perform(replace(request, private_targets=("127.0.0.0/8",))))
        offered[name] = {c.value: c.label for c in connection.read_choices(name, answer)}
    assert offered["project"] == {"ops": "Ops"}
    assert offered["trackerId"]["1"] == "Bug"
    assert offered["priorityId"]["4"] == "Urgent"
    assert offered["resolvedStatusId"]["5"] == "Closed"
