"""Apple's servers speak HTTP/2 and nothing else: so does the client when a request says so."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Sequence
from pathlib import Path

import h2.config
import h2.connection
import h2.events

from tests.net.certificates import certified
from tocsin.net.http import HttpClient
from tocsin.plugins import HttpAnswer, HttpRequest, NetworkFailure

HOST = "push.example"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


class Apple:
    """A server that takes pushes over HTTP/2."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        link = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        link.initiate_connection()
        heads: dict[int, dict[str, str]] = {}
        bodies: dict[int, bytes] = {}
        while True:
            writer.write(link.data_to_send())
            await writer.drain()
            got = await reader.read(65_536)
            if not got:
                break
            for event in link.receive_data(got):
                if isinstance(event, h2.events.RequestReceived):
                    heads[event.stream_id] = {str(name): str(text) for name, text in event.headers}
                if isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
                if isinstance(event, h2.events.StreamEnded):
                    self.asked.append((heads[event.stream_id], bodies.get(event.stream_id, b"")))
                    link.send_headers(
                        event.stream_id, [(":status", "200"), ("apns-id", "6A1F")], end_stream=True
                    )
        writer.close()


def _certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What the server shows, and what a client that trusts it knows."""
    both, signed = certified(folder, HOST)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(both)
    server.set_alpn_protocols(["h2"])
    return server, ssl.create_default_context(cadata=signed)


def ask(
    folder: Path, requests: int = 1, *, http2: bool = True, trusted: bool = True
) -> tuple[Apple, list[object]]:
    apple = Apple()
    shown, trust = _certified(folder)

    async def local(host: str, port: int) -> Sequence[str]:
        assert host == HOST
        return ["127.0.0.1"]

    async def run() -> list[object]:
        server = await asyncio.start_server(apple.serve, "127.0.0.1", 0, ssl=shown)
        port = server.sockets[0].getsockname()[1]
        client = HttpClient(LOOPBACK, local, trust if trusted else None)
        request = HttpRequest(
            url=f"https://{HOST}:{port}/3/device/0a1b",
            headers=(("apns-topic", "a.b"),),
            body=b"{}",
            http2=http2,
        )
        answers = [await client.perform(request) for _ in range(requests)]
        await client.close()
        server.close()
        return list(answers)

    return apple, asyncio.run(run())


def test_a_push_is_sent_over_http2_and_connections_are_kept(tmp_path: Path) -> None:
    apple, answers = ask(tmp_path, requests=3)
    assert answers == [HttpAnswer(status=200, headers={"apns-id": "6A1F"})] * 3
    head, body = apple.asked[0]
    assert (head[":method"], head[":path"], head["apns-topic"], body) == (
        "POST",
        "/3/device/0a1b",
        "a.b",
        b"{}",
    )
    assert head[":authority"].startswith(HOST)
    assert apple.connections == 1


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    apple, answers = ask(tmp_path, trusted=False)
    assert isinstance(answers[0], NetworkFailure)
    assert answers[0].sent == "NO"
    assert apple.asked == []


def test_other_requests_do_not_offer_it(tmp_path: Path) -> None:
    _, answers = ask(tmp_path, http2=False)
    assert isinstance(answers[0], NetworkFailure)
