"""Requests go to public addresses or allowed ones, once, and every fault says whether it may have arrived."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

import pytest

from tocsin.kit.value import replace
from tocsin.net.http import HttpClient, NotAllowedError, check_address
from tocsin.plugins import HttpAnswer, HttpRequest, NetworkFailure

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
OK = b"HTTP/1.1 200 OK\r\nX-Id: 7\r\nContent-Length: 5\r\n\r\nhello"


class Web:
    """A web server that says one thing and remembers what it was asked."""

    def __init__(self, says: bytes = OK) -> None:
        self.says = says
        self.asked: list[bytes] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.says)
        await writer.drain()
        writer.close()


def ask(web: Web, request: HttpRequest | None = None, *, allowed: bool = True) -> HttpAnswer | NetworkFailure:
    """Ask the server through a client; the host name is one that only our resolver knows."""

    async def local(host: str, port: int) -> Sequence[str]:
        assert host == "hooks.example"
        return ["127.0.0.1"]

    async def run() -> HttpAnswer | NetworkFailure:
        server = await asyncio.start_server(web.answer, "127.0.0.1", 0)
        client = HttpClient(LOOPBACK if allowed else (), local)
        port = server.sockets[0].getsockname()[1]
        wanted = request or HttpRequest(url="/in?x=1", body=b"{}")
        answer = await client.perform(replace(wanted, url=f"http://hooks.example:{port}{wanted.url}"))
        await client.close()
        server.close()
        return answer

    return asyncio.run(run())


def test_the_answer_comes_back_with_its_headers_and_the_host_is_the_named_one() -> None:
    web = Web()
    answer = ask(web, HttpRequest(url="/in?x=1", headers=(("X-Key", "k"),), body=b"{}"))
    assert isinstance(answer, HttpAnswer)
    assert (answer.status, answer.headers["x-id"], answer.body) == (200, "7", b"hello")
    assert web.asked[0].startswith(b"POST /in?x=1 HTTP/1.1")
    assert b"hooks.example" in web.asked[0].lower()


def test_a_private_target_is_refused_before_anything_is_sent() -> None:
    web = Web()
    answer = ask(web, allowed=False)
    assert isinstance(answer, NetworkFailure)
    assert (answer.sent, answer.refused) == ("NO", True)
    assert "TOCSIN_ALLOW_PRIVATE_TARGETS" in answer.reason
    assert web.asked == []


def test_a_header_goes_out_in_utf_8_without_the_white_space_around_it() -> None:
    web = Web()
    ask(web, HttpRequest(url="/", headers=(("X-Team", " Grüße"), ("authorization", "Bearer t\n"))))
    sent = web.asked[0].split(b"\r\n")
    assert b"X-Team: Gr\xc3\xbc\xc3\x9fe" in sent
    assert b"authorization: Bearer t" in sent


@pytest.mark.parametrize(
    "header", [("a b", "secret"), ("", "secret"), ("x", "secret\r\ny: z"), ("ü", "secret")]
)
def test_a_header_that_is_none_is_refused_before_anything_is_sent(header: tuple[str, str]) -> None:
    web = Web()
    answer = ask(web, HttpRequest(url="/", headers=(header,)))
    assert isinstance(answer, NetworkFailure)
    assert (answer.sent, answer.refused, web.asked) == ("NO", True, [])
    assert "secret" not in answer.reason


def test_one_request_may_be_allowed_a_private_network() -> None:
    allowed = HttpRequest(url="/", private_targets=("127.0.0.0/8",))
    assert isinstance(ask(Web(), allowed, allowed=False), HttpAnswer)


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    web = Web(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
    answer = ask(web)
    assert isinstance(answer, HttpAnswer)
    assert answer.status == 302
    assert len(web.asked) == 1


def test_a_long_answer_is_cut() -> None:
    web = Web(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000)
    answer = ask(web, HttpRequest(url="/", answer_bytes_max=1000))
    assert isinstance(answer, HttpAnswer)
    assert len(answer.body) == 1000


def test_a_connection_lost_after_the_request_may_have_been_received() -> None:
    answer = ask(Web(b""))
    assert isinstance(answer, NetworkFailure)
    assert answer.sent == "MAYBE"


def test_nobody_listening_is_certainly_not_sent() -> None:
    async def run() -> HttpAnswer | NetworkFailure:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            client = HttpClient(LOOPBACK)
            answer = await client.perform(HttpRequest(url=f"http://127.0.0.1:{taken.getsockname()[1]}/"))
            await client.close()
            return answer

    answer = asyncio.run(run())
    assert isinstance(answer, NetworkFailure)
    assert answer.sent == "NO"


def test_a_name_that_is_not_known_may_be_known_later() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    answer = asyncio.run(HttpClient((), unknown).perform(HttpRequest(url="https://u:p@hooks.example/secret")))
    assert answer == NetworkFailure(reason="hooks.example: Name or service not known", sent="NO")


@pytest.mark.parametrize("url", ["ftp://example.com/", "nothing", "http://", "http://[::1", ""])
def test_what_is_no_web_address_is_refused_in_words(url: str) -> None:
    answer = asyncio.run(HttpClient().perform(HttpRequest(url=url)))
    assert isinstance(answer, NetworkFailure)
    assert (answer.sent, answer.refused) == ("NO", True)
    assert answer.reason


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(NotAllowedError):
        check_address(address, ())


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert check_address(address, ()) == address
