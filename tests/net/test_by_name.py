"""Two names behind one address: each gets connections of its own, and its own certificate is looked at."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from tests.net.certificates import certified
from tocsin.net import by_name
from tocsin.net.http import HttpClient
from tocsin.plugins import HttpAnswer, HttpRequest, NetworkFailure

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Front:
    """One address that serves some names, each with its certificate."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.greeted: list[str | None] = []
        made = {name: certified(folder, name) for name in names}
        self.trusted = "".join(text for _, text in made.values())
        self.contexts = {name: self._context(both) for name, (both, _) in made.items()}
        self.context = next(iter(self.contexts.values()))
        self.context.sni_callback = self._choose

    def _context(self, both: Path) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(both)
        return context

    def _choose(self, link: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        self.greeted.append(name)
        if name in self.contexts:
            link.context = self.contexts[name]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            writer.write(OK)
            await writer.drain()
        writer.close()


Answers = list[HttpAnswer | NetworkFailure]


def serving(front: Front, course: Callable[[HttpClient, int], Awaitable[Answers]]) -> Answers:
    """What `course` is answered, with a client and the port that the front serves."""

    async def local(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def run() -> Answers:
        server = await asyncio.start_server(front.serve, "127.0.0.1", 0, ssl=front.context)
        client = HttpClient(LOOPBACK, local, ssl.create_default_context(cadata=front.trusted))
        answers = await course(client, server.sockets[0].getsockname()[1])
        await client.close()
        server.close()
        return answers

    return asyncio.run(run())


def ask(front: Front, *names: str) -> Answers:
    """Ask these names one after the other."""

    async def course(client: HttpClient, port: int) -> Answers:
        requests = [HttpRequest(url=f"https://{name}:{port}/", method="GET") for name in names]
        return [await client.perform(request) for request in requests]

    return serving(front, course)


def test_every_name_has_connections_of_its_own_and_keeps_them(tmp_path: Path) -> None:
    front = Front(tmp_path, ("a.example", "b.example"))
    answers = ask(front, "a.example", "b.example", "a.example", "b.example")
    assert [getattr(each, "status", each) for each in answers] == [200] * 4
    assert front.greeted == ["a.example", "b.example"]


def test_a_name_without_a_certificate_is_not_served_over_anothers_connection(tmp_path: Path) -> None:
    front = Front(tmp_path, ("a.example",))
    good, bad = ask(front, "a.example", "c.example")
    assert isinstance(good, HttpAnswer)
    assert isinstance(bad, NetworkFailure)
    assert bad.sent == "NO"


def test_idle_names_are_given_up_while_several_requests_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_name, "KEPT_SECONDS", 0.5)
    idle, fresh = ("a.example", "b.example", "c.example"), ("d.example", "e.example", "a.example")
    front = Front(tmp_path, (*idle, *fresh))

    async def course(client: HttpClient, port: int) -> Answers:
        requests = {name: HttpRequest(url=f"https://{name}:{port}/", method="GET") for name in idle + fresh}
        await asyncio.gather(*(client.perform(requests[name]) for name in idle))
        await asyncio.sleep(0.6)
        return list(await asyncio.gather(*(client.perform(requests[name]) for name in fresh)))

    answers = serving(front, course)
    assert [getattr(each, "status", each) for each in answers] == [200] * 3
