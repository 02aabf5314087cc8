"""How many events and pings a second one process stores, asked over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.load import Load, Result
from benchmarks.world import Server, World, generate, mail_sink, serving

EVENTS = "/api/v1/events"
AIMS = {
    ("new", "sqlite"): 4_000,
    ("new", "postgresql"): 5_000,
    ("duplicate", "sqlite"): 8_000,
    ("duplicate", "postgresql"): 10_000,
    ("ping", "sqlite"): 5_000,
    ("ping", "postgresql"): 5_000,
}


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is sent."""

    requests: int = 30_000
    rounds: int = 3
    connections: int = 256


def measure(world: World, size: Size) -> Iterator[Figure]:
    """New incidents, duplicates and pings, without and with the escalations running."""
    with serving(world) as server:
        run = _Runner(server, size)
        run.warm_up(world)
        yield run.figure("new", world, "every event a new incident", lambda: _new(world.later_key))
        yield run.figure("duplicate", world, "every event a duplicate", lambda: _same(world.later_key))
        yield run.figure("ping", world, "heartbeat pings", lambda: _pings(world))
    with ExitStack() as stack:
        port, _ = stack.enter_context(mail_sink(world.folder))
        run = _Runner(stack.enter_context(serving(world, port)), size)
        run.warm_up(world)
        yield run.figure(
            "mail", world, "every event a new incident, paged by mail", lambda: _new(world.now_key)
        )


@dataclass(frozen=True, kw_only=True)
class _Requests:
    paths: list[str]
    body: Callable[[int], str]


class _Runner:
    """Sends rounds of requests to one server."""

    def __init__(self, server: Server, size: Size) -> None:
        self.server = server
        self.size = size
        self.sent = 0

    def warm_up(self, world: World) -> None:
        """Let statements be compiled and caches filled."""
        for requests in (_new(world.later_key), _same(world.later_key), _pings(world)):
            self.send(requests, max(1, self.size.requests // 15))

    def send(self, requests: _Requests, count: int) -> Result:
        """One round."""
        bodies = [requests.body(number) for number in range(self.sent, self.sent + count)]
        self.sent += count
        load = Load(
            port=self.server.port,
            bodies=bodies,
            paths=requests.paths,
            connections=self.size.connections,
        )
        return generate(load)

    def figure(self, kind: str, world: World, name: str, requests: Callable[[], _Requests]) -> Figure:
        """The rate over several rounds, and what the server used of the processors."""
        before = self.server.processor_seconds()
        results = [self.send(requests(), self.size.requests) for _ in range(self.size.rounds)]
        used = self.server.processor_seconds() - before
        wall = sum(result.seconds for result in results)
        answered = sum(result.answered for result in results)
        return Figure(
            name=name,
            database=world.kind,
            unit="1/s",
            rounds=tuple(result.rate for result in results),
            at_least=AIMS.get((kind, world.kind)),
            note=f"server: {used / wall:.0%} of a core, {used / answered * 1e6:.0f} us each",
        )


def _new(key: str) -> _Requests:
    return _Requests(paths=[EVENTS], body=lambda number: _event(key, f"new-{number}", number))


def _same(key: str) -> _Requests:
    return _Requests(paths=[EVENTS], body=lambda number: _event(key, f"same-{number % 100}", number))


def _pings(world: World) -> _Requests:
    return _Requests(paths=[f"/api/v1/heartbeats/{key}" for key in world.beat_keys], body=lambda _: "")


def _event(key: str, incident_key: str, number: int) -> str:
    return json.dumps(
        {
            "apiKey": key,
            "eventType": "ALERT",
            "summary": f"Disk /var is full on db-{number % 50} (bench-{number})",
            "details": "Used 98 % of 200 GB. Runbook: https://wiki.example.org/disk-full",
            "incidentKey": incident_key,
        }
    )
