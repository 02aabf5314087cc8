"""How long it takes from an event's POST until the mail server has the page."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, percentile
from benchmarks.ingest import EVENTS
from benchmarks.load import Load, Result
from benchmarks.world import World, generate, mail_sink, serving

PAUSE_SECONDS = 0.05
PATIENCE_SECONDS = 60.0


def measure(world: World, *, singles: int, burst: int, rounds: int) -> Iterator[Figure]:
    """One event at a time, and many at once."""
    with mail_sink(world.folder) as (smtp_port, mails), serving(world, smtp_port) as server:
        clients = _Clients(world, server.port, mails)
        clients.post(20, connections=1)
        waits = [1000 * wait for _ in range(rounds) for wait in clients.post(singles, connections=1)]
        yield _milliseconds("one event to its mail, half of them", world, waits, 50, 10)
        yield _milliseconds("one event to its mail, 99 of 100", world, waits, 99, 50)
        before = server.processor_seconds()
        seconds = [max(clients.post(burst, connections=50)) for _ in range(rounds)]
        used = server.processor_seconds() - before
        yield Figure(
            name=f"{burst} events at once, all mails handed over",
            database=world.kind,
            unit="s",
            rounds=tuple(seconds),
            below=1.0,
            note=f"server: {used / rounds / burst * 1e6:.0f} us of a processor each",
        )


class _Clients:
    """Posts numbered events and reads when their mails came."""

    def __init__(self, world: World, port: int, mails: Path) -> None:
        self.key = world.now_key
        self.port = port
        self.mails = mails
        self.next_number = 1

    def post(self, count: int, *, connections: int) -> list[float]:
        """Seconds from each event's POST to its mail; of a burst, from the first POST."""
        numbers = range(self.next_number, self.next_number + count)
        self.next_number += count
        sent = generate(self._load(numbers, connections))
        came = self._wait(numbers)
        posted = _since_first(sent) if connections > 1 else sent.started
        return [came[number] - at for number, at in zip(numbers, posted, strict=True)]

    def _load(self, numbers: range, connections: int) -> Load:
        bodies = [
            json.dumps({"apiKey": self.key, "eventType": "ALERT", "summary": f"Disk full bench-{number}"})
            for number in numbers
        ]
        pause = PAUSE_SECONDS if connections == 1 else 0.0
        return Load(port=self.port, bodies=bodies, paths=[EVENTS], connections=connections, pause=pause)

    def _wait(self, numbers: range) -> dict[int, float]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            lines = [line.split() for line in self.mails.read_text("utf-8").splitlines() if line.count(" ")]
            came = {int(number): float(at) for at, number in reversed(lines)}
            if all(number in came for number in numbers):
                return came
            time.sleep(0.05)
        raise RuntimeError(f"{sum(n not in came for n in numbers)} of {len(numbers)} mails never came")


def _since_first(sent: Result) -> list[float]:
    return [min(sent.started)] * len(sent.started)


def _milliseconds(name: str, world: World, waits: list[float], percent: float, aim: float) -> Figure:
    value = percentile(waits, percent)
    return Figure(
        name=name,
        database=world.kind,
        unit="ms",
        rounds=(value,),
        below=aim,
        note=f"{len(waits)} events, fastest {min(waits):.1f}, slowest {max(waits):.1f}",
    )
