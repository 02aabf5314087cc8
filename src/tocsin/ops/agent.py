"""`tocsin agent`: takes events and pings where there is no sure way out, and forwards them in order.

A ping says that a job is alive now: one that is older than a few minutes is dropped instead of being
forwarded, so that a link which comes back does not tell of lives that may have ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from tocsin.core.doors import REQUEST_ID
from tocsin.kit.clock import Clock
from tocsin.net.http import HttpClient, Network
from tocsin.ops.agent_journal import Journal, Taken
from tocsin.ops.agent_routes import agent_app, is_ping
from tocsin.plugins import HttpAnswer, HttpRequest, NetworkFailure

PING_AGE = timedelta(minutes=5)
PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_LATER = frozenset({408, 425, 429})

log = structlog.get_logger()

Ask = Callable[[HttpRequest], Awaitable[HttpAnswer | NetworkFailure]]


@dataclass
class Forwarder:
    """Sends what waits, one after the other, until the server has taken it."""

    journal: Journal
    server: str
    """The URL of the server, without a slash at the end."""
    ask: Ask
    clock: Clock
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Forward until `stopping`. What waits then is sent after the next start."""
        while not stopping.is_set():
            self.woken.clear()
            try:
                taken = await asyncio.to_thread(self.journal.oldest)
                again = taken is not None and not await self.forward(taken)
            except OSError as wrong:
                log.warning("the folder cannot be used", reason=str(wrong), waiting=len(self.journal))
                again = True
            if again:
                pause = PAUSES_SECONDS[min(self.failures, len(PAUSES_SECONDS) - 1)]
                self.failures += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), pause)
            else:
                self.failures = 0
                if taken is None:
                    await _first(stopping, self.woken)

    async def forward(self, taken: Taken) -> bool:
        """Send the oldest request; whether the next one's turn has come. Raises OSError."""
        if is_ping(taken.target) and self.clock.now() - taken.at > PING_AGE:
            log.warning("an old ping is dropped", at=str(taken.at))
            await asyncio.to_thread(self.journal.drop)
            return True
        answer = await self.ask(self._request(taken))
        if isinstance(answer, NetworkFailure):
            log.warning("the server cannot be reached", reason=answer.reason, waiting=len(self.journal))
            return False
        if answer.status >= 500 or answer.status in _LATER:
            log.warning("the server asks to come again", status=answer.status, waiting=len(self.journal))
            return False
        refused = answer.status >= 400
        if refused:
            log.error("the server refused a request: set aside", status=answer.status, id=taken.id)
        await asyncio.to_thread(self.journal.drop, aside=refused)
        return True

    def _request(self, taken: Taken) -> HttpRequest:
        headers = {REQUEST_ID: taken.id, **taken.headers}
        if taken.content_type:
            headers["content-type"] = taken.content_type
        # Other characters cannot be sent, and the request would stay in everybody's way.
        sent = tuple((name, said.encode("ascii", "replace").decode()) for name, said in headers.items())
        return HttpRequest(url=self.server + taken.target, method=taken.method, headers=sent, body=taken.body)


def run_agent(server: str, host: str, port: int, folder: Path, clock: Clock) -> int:
    """Run until SIGTERM or SIGINT; the exit status. Raises OSError."""
    return asyncio.run(_run(server, host, port, folder, clock))


async def _run(server: str, host: str, port: int, folder: Path, clock: Clock) -> int:
    journal = Journal(folder)
    # The operator names the server: it may be anywhere.
    client = HttpClient(_everywhere())
    forwarder = Forwarder(journal, server.rstrip("/"), client.perform, clock)
    stopping = asyncio.Event()
    web = _Server(_config(agent_app(journal, clock, forwarder.woken.set), host, port))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, web.end)
    log.info("agent", listen=f"{host}:{port}", server=server, waiting=len(journal))
    sending = asyncio.create_task(forwarder.run(stopping))
    # An agent that has ceased to forward must not go on taking.
    sending.add_done_callback(lambda _: web.end())
    try:
        await web.serve()
    finally:
        stopping.set()
        await sending
        await client.close()
    return 0 if web.started else 1


class _Server(uvicorn.Server):
    """uvicorn, except that signals are handled by us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def end(self) -> None:
        """Stop serving."""
        self.should_exit = True


def _config(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app, host=host, port=port, lifespan="off", access_log=False, log_level="warning", server_header=False
    )


def _everywhere() -> tuple[Network, ...]:
    return (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


async def _first(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
