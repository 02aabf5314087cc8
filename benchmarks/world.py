"""A fresh database with an account in it, and real processes over it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

from benchmarks.load import Load, Result
from tests import databases
from tocsin.auth import setup
from tocsin.core.events import AlertSource, Heartbeat
from tocsin.core.people import User
from tocsin.core.policies import EscalationPolicy, EscalationRule, UserRef
from tocsin.kit.chance import SystemChance
from tocsin.kit.clock import SystemClock
from tocsin.store import policies, schema, sources
from tocsin.store.database import Database

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
DURABLE = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "listen_addresses": "",
    "log_min_messages": "fatal",
}
"""PostgreSQL as it is installed, with more memory: every commit waits for the disk."""


@dataclass(frozen=True, kw_only=True)
class World:
    """A database with an owner, two sources and some heartbeats."""

    folder: Path
    kind: str
    url: str
    later_key: str
    """A source whose policy waits for an hour: its escalations are stored and not yet run."""
    now_key: str
    """A source whose policy asks the owner at once, by mail."""
    beat_keys: tuple[str, ...]

    def open(self) -> Database:
        """The database itself."""
        return Database(self.url, SystemClock())


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running `tocsin serve`."""

    process: subprocess.Popen[bytes]
    port: int
    ready_after: float
    """Seconds from its start to its first answer."""

    def memory(self) -> float:
        """Resident memory in MB (of 1,000,000 bytes), as Linux counts it."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024 / 1e6

    def processor_seconds(self) -> float:
        """What it has used of the processors until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def create(folder: Path, kind: str, beats: int = 100) -> World:
    """Make a fresh database of that kind, migrated, with the account."""
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'tocsin.db'}" if kind == "sqlite" else _postgresql(folder)
    db = Database(url, SystemClock())
    schema.migrate(db)
    chance = SystemChance()
    with db.write() as tx:
        wanted = User(
            username="ann", email="ann@example.org", first_name="Ann", last_name="Lee", role="OWNER"
        )
        owner = setup.create_owner(tx, wanted, "no password", None)
        rule = EscalationRule(users=(UserRef(id=owner.id),), escalation_timeout=60)
        later = policies.create(tx, EscalationPolicy(name="Later", escalation_rules=(rule,), delay_min=60))
        now = policies.create(tx, EscalationPolicy(name="Now", escalation_rules=(rule,)))
        keys = [
            sources.create(tx, AlertSource(name=p.name, integration_type="API", policy_id=p.id), chance)
            for p in (later, now)
        ]
        beating = [
            AlertSource(
                name=f"beat {number}",
                integration_type="HEARTBEAT",
                policy_id=later.id,
                heartbeat=Heartbeat(interval_sec=3600),
            )
            for number in range(beats)
        ]
        beat_keys = tuple(sources.create(tx, each, chance).integration_key for each in beating)
    db.close()
    return World(
        folder=folder,
        kind=kind,
        url=url,
        later_key=keys[0].integration_key,
        now_key=keys[1].integration_key,
        beat_keys=beat_keys,
    )


def _postgresql(folder: Path) -> str:
    server = databases.shared_server(folder.parent, os.getpid(), DURABLE)
    name = folder.name.replace("-", "_")
    server.command(f'CREATE DATABASE "{name}"')
    return server.url(name)


@contextmanager
def serving(world: World, smtp_port: int | None = None) -> Iterator[Server]:
    """Run `tocsin serve` over the world's database."""
    port = free_port()
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("TOCSIN_")},
        "TOCSIN_DATA_DIR": str(world.folder),
        "TOCSIN_LISTEN": f"127.0.0.1:{port}",
        "TOCSIN_RATE_LIMIT_EVENTS": "0",
        "TOCSIN_RATE_LIMIT_PINGS": "0",
        "TOCSIN_RATE_LIMIT_API": "0",
    }
    if world.kind != "sqlite":
        environment["TOCSIN_DATABASE_URL"] = world.url.replace("postgresql+psycopg://", "postgresql://")
    if smtp_port:
        environment["TOCSIN_SMTP_URL"] = f"smtp://127.0.0.1:{smtp_port}"
    begin = time.monotonic()
    with (
        (world.folder / "serve.log").open("ab") as log,
        _running([sys.executable, "-m", "tocsin", "serve"], log.fileno(), environment) as process,
    ):
        _wait(process, port, world.folder / "serve.log")
        yield Server(process=process, port=port, ready_after=time.monotonic() - begin)


@contextmanager
def mail_sink(folder: Path) -> Iterator[tuple[int, Path]]:
    """Run a mail server; its port, and the file in which it writes down what came."""
    port = free_port()
    path = folder / f"mails-{port}.txt"
    command = [sys.executable, "-m", "benchmarks.sink", str(port)]
    with path.open("ab") as output, _running(command, output.fileno(), dict(os.environ)) as process:
        _wait_for_port(process, port)
        yield port, path


def generate(load: Load) -> Result:
    """Run the load generator in a process of its own. Raises RuntimeError when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(asdict(load)).encode(),
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=load.seconds_at_most + 60,
    )
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr.decode()[-2000:]}")
    result = Result(**json.loads(done.stdout))
    refused = {status: count for status, count in result.statuses.items() if not status.startswith("2")}
    if refused:
        raise RuntimeError(f"not every request was taken: {refused}")
    return result


@contextmanager
def _running(
    command: list[str], output: int, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.01)
    raise RuntimeError(f"tocsin serve did not start:\n{log.read_text('utf-8', errors='replace')[-2000:]}")


def _wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise RuntimeError("the mail sink did not start")
