"""The load generator: one lean process with N kept connections, each with one request under way.

`python -m benchmarks.load` reads a `Load` as JSON from standard input and writes a `Result`. What it
does per request is little, so that the server is what is measured: requests are built beforehand,
an answer is its status line and its length.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop

_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


@dataclass(frozen=True, kw_only=True)
class Load:
    """What to send."""

    port: int
    bodies: list[str]
    """One request each, in order."""
    paths: list[str]
    """Taken in turn."""
    connections: int = 256
    method: str = "POST"
    seconds_at_most: float = 60.0
    pause: float = 0.0
    """Seconds between two requests of a connection."""


@dataclass
class Result:
    """What came of it."""

    seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    started: list[float] = field(default_factory=list)
    """When each request was written, on the machine's monotonic clock, in the order of the bodies."""
    took: list[float] = field(default_factory=list)
    """Seconds until each answer, in the order of the answers."""

    @property
    def answered(self) -> int:
        """How many requests were answered with success."""
        return sum(count for status, count in self.statuses.items() if status.startswith("2"))

    @property
    def rate(self) -> float:
        """Successful answers a second."""
        return self.answered / self.seconds


def requests(load: Load) -> list[bytes]:
    """Every request, ready to be written."""
    made = []
    for number, body in enumerate(load.bodies):
        path = load.paths[number % len(load.paths)]
        data = body.encode()
        head = f"{load.method} {path} HTTP/1.1\r\nHost: bench\r\n"
        if data:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        made.append(head.encode() + b"\r\n" + data)
    return made


@dataclass
class _Work:
    waiting: Iterator[tuple[int, bytes]]
    left: int
    done: asyncio.Future[None]
    started: list[float]
    took: list[float]
    statuses: Counter[bytes]
    pause: float


class _Connection(asyncio.Protocol):
    def __init__(self, work: _Work) -> None:
        self.work = work
        self.buffer = b""
        self.sent_at = 0.0
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send(self) -> None:
        """Write the next request, if one waits."""
        number, request = next(self.work.waiting, (-1, b""))
        if number >= 0:
            self.sent_at = self.work.started[number] = time.monotonic()
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data
        if not _complete(data):
            self.buffer = data
            return
        self.buffer = b""
        work = self.work
        work.took.append(time.monotonic() - self.sent_at)
        work.statuses[data[9:12]] += 1
        work.left -= 1
        if not work.left and not work.done.done():
            work.done.set_result(None)
        elif work.pause:
            asyncio.get_running_loop().call_later(work.pause, self.send)
        else:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.work.done.done():
            self.work.done.set_exception(ConnectionError(f"the server closed a connection: {exc}"))


def _complete(data: bytes) -> bool:
    end = data.find(_END)
    if end < 0:
        return False
    start = data.lower().find(_LENGTH, 0, end)
    if start < 0:
        return data[9:12] == b"204"
    length = int(data[start + len(_LENGTH) : data.find(b"\r\n", start)])
    return len(data) >= end + 4 + length


async def run(load: Load) -> Result:
    """Send everything, or what the time allows."""
    loop = asyncio.get_running_loop()
    made = requests(load)
    work = _Work(
        waiting=iter(enumerate(made)),
        left=len(made),
        done=loop.create_future(),
        started=[0.0] * len(made),
        took=[],
        statuses=Counter(),
        pause=load.pause,
    )
    connections = []
    for _ in range(min(load.connections, len(made))):
        _, connection = await loop.create_connection(lambda: _Connection(work), "127.0.0.1", load.port)
        connections.append(connection)
    begin = time.monotonic()
    for connection in connections:
        connection.send()
    await asyncio.wait({work.done}, timeout=load.seconds_at_most)
    seconds = time.monotonic() - begin
    if work.done.done():
        work.done.result()
    else:
        work.done.cancel()
    for connection in connections:
        connection.transport.abort()
    statuses = {status.decode(): count for status, count in work.statuses.items()}
    return Result(seconds=seconds, statuses=statuses, started=work.started, took=work.took)


def main() -> None:
    """Read a load, run it, write the result."""
    load = Load(**json.load(sys.stdin))
    json.dump(asdict(uvloop.run(run(load))), sys.stdout)


if __name__ == "__main__":
    main()
