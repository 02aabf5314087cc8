"""The real program as a process, and what a test does to it."""

from __future__ import annotations

import json
import os
import random
import signal
import smtplib
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import httpx2
from click.testing import CliRunner

from tests.e2e.mailserver import Mail, until
from tocsin.cli import main

MAIL_DOMAIN = "tocsin.test"
OWNER = "ann@people.test"
PASSWORD = "correct horse battery"


def free_port() -> int:
    """A port that nobody has; below those that the kernel gives to outgoing connections."""
    while True:
        port = random.randint(12_000, 31_999)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass
class Server:
    """A Tocsin with its data: the same across every start."""

    folder: Path
    database_url: str | None = None
    smtp_port: int | None = None
    time_scale: float = 1
    more: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    inbound_port: int = field(default_factory=free_port)
    key: str = ""
    owner_id: int = 0
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.client = httpx2.Client(base_url=self.url, timeout=30, trust_env=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_path(self) -> Path:
        return self.folder / "serve.log"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of this machine's own settings, all of the test's."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        chosen = {
            "TOCSIN_DATA_DIR": str(self.folder / "data"),
            "TOCSIN_LISTEN": f"127.0.0.1:{self.port}",
            "TOCSIN_MAIL_DOMAIN": MAIL_DOMAIN,
            "TOCSIN_INBOUND_SMTP": f"127.0.0.1:{self.inbound_port}",
            "TOCSIN_TIME_SCALE": f"{self.time_scale:g}",
            "TOCSIN_RATE_LIMIT_API": "0",
            "TOCSIN_RATE_LIMIT_EVENTS": "0",
        }
        if self.database_url:
            chosen["TOCSIN_DATABASE_URL"] = self.database_url
        if self.smtp_port:
            chosen["TOCSIN_SMTP_URL"] = f"smtp://127.0.0.1:{self.smtp_port}"
        return plain | chosen | self.more

    # The program.

    def command(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run `tocsin ...` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "tocsin", *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def init(self) -> None:
        """Set it up: the owner is Ann. In this process, which has loaded the program already."""
        name = ("--first-name", "Ann", "--last-name", "Lee")
        command = ("init", "--email", OWNER, "--password", PASSWORD, *name)
        done = CliRunner().invoke(main, command, env=self.environment, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        answer = json.loads(done.stdout)
        self.key, self.owner_id = answer["apiKey"], answer["userId"]
        self.client.headers["authorization"] = f"Bearer {self.key}"

    def start(self, *, wait: bool = True) -> None:
        """Start serving."""
        assert self.process is None, "it runs already"
        with self.log_path.open("ab") as log:
            log.write(f"--- start {self.starts}\n".encode())
            log.flush()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tocsin", "serve"],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.starts += 1
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds: float = 30) -> None:
        """Until it answers and its loops run."""
        until(self._ready, f"ready server, see {self.log_path}:\n{self.log_tail()}", seconds=seconds)

    def _ready(self) -> bool:
        assert self.process
        assert self.process.poll() is None, f"it ended by itself:\n{self.log_tail()}"
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    def kill9(self) -> None:
        """The power fails."""
        assert self.process
        self.process.kill()
        self.process.wait()
        self.process = None

    def term(self, seconds: float = 15) -> int:
        """Ask it to end; its exit status."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        self.process = None
        return status

    def restart(self) -> None:
        """The power fails and comes back."""
        self.kill9()
        self.start()

    def close(self) -> None:
        """Clean up, whatever happened."""
        if self.process is not None:
            self.kill9()
        self.client.close()

    def log_tail(self, lines: int = 40) -> str:
        text = self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    # The API.

    def api(self, method: str, path: str, json: object = None, **options: Any) -> Any:
        """A call that must succeed; its JSON."""
        response = self.client.request(method, f"/api/v1{path}", json=json, **options)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def event(self, key: str, alert: str, *, kind: str = "ALERT", **more: object) -> int:
        """Send an event to the source with integration key `key`; the status of the answer."""
        body = {"eventType": kind, "summary": f"Problem {alert}", "incidentKey": alert, **more}
        return self.client.post(f"/api/v1/events/{key}", json=body).status_code

    def user(self, first: str, **more: object) -> int:
        """A colleague, told by mail at once; the id."""
        body = {
            "firstName": first,
            "lastName": "Test",
            "email": f"{first.lower()}@people.test",
            "role": "USER",
            "notificationPreferences": [{"delay": 0, "method": "EMAIL"}],
            "lowPriorityNotificationPreferences": [{"delay": 0, "method": "EMAIL"}],
            **more,
        }
        return int(self.api("POST", "/users", body, params={"send-no-invitation": "true"})["id"])

    def policy(self, *levels: tuple[int, ...], minutes: int = 1, name: str = "", **more: object) -> int:
        """A policy that asks these users level by level; the id."""
        rules = [{"users": [{"id": i} for i in users], "escalationTimeout": minutes} for users in levels]
        body = {"name": name or f"Policy {time.monotonic_ns()}", "escalationRules": rules, **more}
        return int(self.api("POST", "/escalation-policies", body)["id"])

    def source(self, policy: int, kind: str = "API", **more: object) -> dict[str, Any]:
        """An alert source."""
        body = {
            "name": f"{kind} {time.monotonic_ns()}",
            "integrationType": kind,
            "escalationPolicy": {"id": policy},
            "incidentCreation": "ONE_INCIDENT_PER_EMAIL",
            **more,
        }
        made: dict[str, Any] = self.api("POST", "/alert-sources", body)
        return made

    def incidents(self, **query: object) -> list[dict[str, Any]]:
        """Every incident, newest first."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.api(
                "GET", "/incidents", params={"start-index": len(found), "max-results": 100, **query}
            )
            found += page
            if len(page) < 100:
                return found

    def events(self, source: int) -> list[dict[str, Any]]:
        """Everything that a source sent, oldest first."""
        found: list[dict[str, Any]] = []
        while True:
            query = {"start-index": len(found), "max-results": 100}
            page = self.api("GET", f"/alert-sources/{source}/events", params=query)
            found += page
            if len(page) < 100:
                return found[::-1]

    def incident(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.api("GET", f"/incidents/{number}")
        return found

    def ledger(self, number: int) -> list[dict[str, Any]]:
        """The page ledger of an incident."""
        lines: list[dict[str, Any]] = self.api("GET", f"/incidents/{number}/notifications")
        return lines

    def timeline(self, number: int) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.api(
            "GET", f"/incidents/{number}/log-entries", params={"include": "vars", "max-results": 100}
        )
        return entries

    def wait_status(self, number: int, status: str, seconds: float = 20) -> dict[str, Any]:
        """The incident, once it has this status."""
        what = f"{status} incident {number}"
        return until(lambda: _if(self.incident(number), status), what, seconds=seconds)

    def only_incident(self, seconds: float = 20) -> dict[str, Any]:
        """The one incident, once there is one."""
        found = until(self.incidents, "incident", seconds=seconds)
        assert len(found) == 1, found
        return found[0]

    def readiness(self) -> dict[str, Any]:
        """What /readyz says."""
        report: dict[str, Any] = self.client.get("/readyz").json()
        return report


def _if(incident: dict[str, Any], status: str) -> dict[str, Any] | None:
    return incident if incident["status"] == status else None


def reply(server: Server, mail: Mail, first_line: str, *, sender: str | None = None) -> None:
    """Answer a mail as a mail program does: to its Reply-To, the original quoted below."""
    answer = EmailMessage()
    answer["From"] = sender or mail.recipient
    answer["To"] = mail.reply_to
    answer["Subject"] = f"Re: {mail.subject}"
    answer["Message-ID"] = make_msgid(domain="people.test")
    answer["In-Reply-To"] = str(mail.message["Message-ID"])
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    answer.set_content(f"{first_line}\n\nOn Monday, Tocsin <tocsin@{MAIL_DOMAIN}> wrote:\n{quoted}\n")
    with smtplib.SMTP("127.0.0.1", server.inbound_port, "people.test", timeout=20) as connection:
        connection.send_message(answer, from_addr=mail.recipient, to_addrs=[mail.reply_to])


def link(mail: Mail, verb: str) -> str:
    """The address in a mail that answers with `verb`."""
    return next(word for word in mail.text.split() if "/r/" in word and word.endswith(f"do={verb}"))
