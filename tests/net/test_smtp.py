"""Mail is handed over once, over few connections, and every fault says whether it may have left."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.net.mail_server import PASSWORD, MailServer, certificate, mail_server
from tocsin.channels.email import channel
from tocsin.kit.value import replace
from tocsin.net.smtp import Patience, SmtpPool, SmtpTarget
from tocsin.plugins import MailAnswer, MailRequest, NetworkFailure

RAW = b"Subject: x\r\n\r\nHello\r\n.\r\n..two dots\r\n.one\r\nend\r\n"
MAIL = MailRequest(sender="t@example.com", recipient="ann@example.com", raw=RAW)

Story = Callable[[MailServer, SmtpPool], Awaitable[None]]


def to(recipient: str) -> MailRequest:
    """A mail to somebody."""
    return MailRequest(sender="t@example.com", recipient=recipient, raw=RAW)


def target(server: MailServer, **changes: Any) -> SmtpTarget:
    """The server as a target."""
    plain = SmtpTarget(host="127.0.0.1", port=server.port, security="plain")
    return replace(plain, **changes)


def play(story: Story, **pool_options: Any) -> None:
    """Run a story against a plain server."""

    async def run() -> None:
        async with mail_server() as server:
            pool = SmtpPool(target(server), hello="client.test", **pool_options)
            await story(server, pool)
            await pool.close()

    asyncio.run(run())


def test_a_mail_arrives_as_it_is() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        answer = await pool.perform(MAIL)
        assert answer == MailAnswer(code=250, text="2.0.0 OK: queued as 1A2B", step="DATA")
        (envelope,) = server.messages
        assert (envelope.mail_from, envelope.rcpt_tos) == ("t@example.com", ["ann@example.com"])
        assert envelope.original_content == RAW
        session = server.connections[0].session
        assert session
        assert session.host_name == "client.test"

    play(story)


@pytest.mark.parametrize("raw", [b"no end of line", b".\r\n", b".\r\n.\r\n", b"\r\n.\r\nQUIT\r\n"])
def test_no_content_ends_the_message_early(raw: bytes) -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        await pool.perform(MailRequest(sender="t@example.com", recipient="ann@example.com", raw=raw))
        assert (server.messages[0].original_content or b"").rstrip(b"\r\n") == raw.rstrip(b"\r\n")
        assert server.quits == 0

    play(story)


def test_one_connection_serves_many_mails() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        for _ in range(5):
            await pool.perform(MAIL)
        assert len(server.messages) == 5
        assert len(server.connections) == 1

    play(story)


def test_connections_are_limited() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        answers = await asyncio.gather(*(pool.perform(to(f"u{n}@example.com")) for n in range(40)))
        assert {a.code for a in answers if isinstance(a, MailAnswer)} == {250}
        assert sorted(e.rcpt_tos[0] for e in server.messages) == sorted(
            f"u{n}@example.com" for n in range(40)
        )
        assert len(server.connections) == server.open_most == 3

    play(story, max_connections=3)


def test_idle_connections_take_their_leave() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        await pool.perform(MAIL)
        await asyncio.sleep(0.2)
        assert server.quits == 1
        await pool.perform(MAIL)
        assert len(server.connections) == 2

    play(story, patience=Patience(idle=0.05))


def test_closing_takes_leave() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        await pool.perform(MAIL)
        await pool.close()
        await asyncio.sleep(0.05)
        assert server.quits == 1

    play(story)


def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        await pool.perform(MAIL)
        server.drop_all()
        await asyncio.sleep(0.05)
        answer = await pool.perform(MAIL)
        assert isinstance(answer, MailAnswer)
        assert len(server.messages) == 2

    play(story)


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_a_kept_connection_that_dies_under_a_mail_is_replaced_once(command: str) -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        await pool.perform(MAIL)
        server.hang_up_at = command
        answer = await pool.perform(MAIL)
        assert isinstance(answer, MailAnswer)
        assert len(server.messages) == 2
        assert len(server.connections) == 2

    play(story)


def test_a_kept_connection_that_says_goodbye_is_replaced() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        await pool.perform(MAIL)
        server.replies["t@example.com"] = "421 4.7.0 too many messages on this connection"
        assert isinstance(await pool.perform(MAIL), MailAnswer)
        assert len(server.connections) == 2
        assert len(server.messages) == 2

    play(story)


def test_a_new_connection_that_dies_before_the_message_was_not_sent() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        server.hang_up_at = "RCPT"
        answer = await pool.perform(MAIL)
        assert isinstance(answer, NetworkFailure)
        assert answer.sent == "NO"
        assert not server.messages

    play(story)


@pytest.mark.parametrize("fault", ["hang up", "stall"])
def test_a_connection_lost_after_the_message_may_have_sent_it(fault: str) -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        await pool.perform(MAIL)
        server.after_data = [fault]
        answer = await pool.perform(MAIL)
        assert isinstance(answer, NetworkFailure)
        assert answer.sent == "MAYBE"
        assert answer.reason
        # Nothing of it is left over for the next mail.
        assert isinstance(await pool.perform(MAIL), MailAnswer)

    play(story, patience=Patience(data=0.2))


@pytest.mark.parametrize(
    "address, reply, step",
    [
        ("ann@example.com", "550 5.1.1 no such user", "RCPT"),
        ("ann@example.com", "450 4.2.0 greylisted", "RCPT"),
        ("t@example.com", "550 5.7.1 not your address", "MAIL"),
    ],
)
def test_a_refusal_is_passed_on_and_the_connection_kept(address: str, reply: str, step: str) -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        server.replies[address] = reply
        answer = await pool.perform(MAIL)
        assert isinstance(answer, MailAnswer)
        assert (f"{answer.code} {answer.text}", answer.step) == (reply, step)
        server.replies.clear()
        await pool.perform(MAIL)
        assert len(server.messages) == len(server.connections) == 1

    play(story)


def test_a_refused_message_is_a_refusal() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        server.after_data = ["554 5.7.1 looks like spam"]
        answer = await pool.perform(MAIL)
        assert answer == MailAnswer(code=554, text="5.7.1 looks like spam", step="DATA")
        assert not channel.read(answer).bounced
        await pool.perform(MAIL)
        assert len(server.connections) == 1

    play(story)


@pytest.mark.parametrize(
    "sender, recipient, step",
    [
        ("t@example.com", "ann@example.com>\r\nRCPT TO:<eve@example.com", "RCPT"),
        ("t@example.com", "ann example", "RCPT"),
        ("t@example.com", "", "RCPT"),
        ("t@x>\r\nQUIT", "ann@example.com", "MAIL"),
    ],
)
def test_what_is_no_address_never_reaches_the_server(sender: str, recipient: str, step: str) -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        answer = await pool.perform(MailRequest(sender=sender, recipient=recipient, raw=RAW))
        assert isinstance(answer, MailAnswer)
        assert (answer.code, answer.step) == (553, step)
        assert channel.read(answer).bounced is (step == "RCPT")
        assert not server.connections

    play(story)


def test_the_empty_sender() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        assert isinstance(await pool.perform(MailRequest(sender="", recipient="a@b", raw=RAW)), MailAnswer)
        assert server.messages[0].mail_from == "<>"

    play(story)


def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        await pool.perform(to("jörg@example.com"))
        (envelope,) = server.messages
        assert envelope.rcpt_tos == ["jörg@example.com"]
        assert envelope.smtp_utf8

    play(story)

    async def without() -> None:
        async with mail_server() as server:
            for_ascii = await asyncio.get_running_loop().create_server(
                lambda: _plain_smtp(server), "127.0.0.1", 0
            )
            server.port = for_ascii.sockets[0].getsockname()[1]
            pool = SmtpPool(target(server))
            answer = await pool.perform(to("jörg@example.com"))
            assert isinstance(answer, MailAnswer)
            assert answer.text.startswith("5.6.7")
            assert channel.read(answer).outcome == "PERMANENT"
            assert isinstance(await pool.perform(MAIL), MailAnswer)
            await pool.close()
            for_ascii.close()

    asyncio.run(without())


def _plain_smtp(server: MailServer) -> asyncio.Protocol:
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415

    return SMTP(server, loop=asyncio.get_running_loop(), hostname="mx.test", enable_SMTPUTF8=False)


# Getting there.


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    failure = asyncio.run(SmtpPool(SmtpTarget(host="127.0.0.1", port=port, security="plain")).perform(MAIL))
    assert isinstance(failure, NetworkFailure)
    assert failure.sent == "NO"
    assert f"127.0.0.1:{port}" in failure.reason


def test_a_host_name_that_cannot_be() -> None:
    failure = asyncio.run(
        SmtpPool(SmtpTarget(host="x" * 70 + ".test", port=25, security="plain")).perform(MAIL)
    )
    assert isinstance(failure, NetworkFailure)
    assert failure.sent == "NO"


def test_a_server_that_is_silent_does_not_hold_the_queue_up() -> None:
    """What waited while the server was found to be away is answered with it: one time-out, not four."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]

        async def run() -> float:
            pool = SmtpPool(
                SmtpTarget(host="127.0.0.1", port=port, security="plain"),
                max_connections=2,
                patience=Patience(connect=0.3),
            )
            loop = asyncio.get_running_loop()
            started = loop.time()
            failures = await asyncio.gather(*(pool.perform(MAIL) for _ in range(8)))
            assert all(isinstance(f, NetworkFailure) and f.sent == "NO" for f in failures)
            return loop.time() - started

        assert asyncio.run(run()) < 0.9


def test_after_the_server_was_away_the_next_mail_tries_again() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        here, pool.target = pool.target, SmtpTarget(host="127.0.0.1", port=1, security="plain")
        assert isinstance(await pool.perform(MAIL), NetworkFailure)
        pool.target = here
        assert isinstance(await pool.perform(MAIL), MailAnswer)

    play(story)


def test_a_server_that_speaks_something_else() -> None:
    def babble(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=babble, args=(listening,), daemon=True).start()
        port = listening.getsockname()[1]
        failure = asyncio.run(
            SmtpPool(SmtpTarget(host="127.0.0.1", port=port, security="plain")).perform(MAIL)
        )
    assert isinstance(failure, NetworkFailure)
    assert failure.sent == "NO"


def test_a_cancelled_hand_over_leaves_no_half_used_connection() -> None:
    async def story(server: MailServer, pool: SmtpPool) -> None:
        await pool.perform(MAIL)
        server.after_data = ["stall"]
        task = asyncio.create_task(pool.perform(MAIL))
        await asyncio.sleep(0.1)
        task.cancel()
        assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
        assert isinstance(await pool.perform(MAIL), MailAnswer)
        assert len(server.connections) == 2

    play(story)


# Security.


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_tls_and_login(security: str, password: str, tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path)

    async def run() -> None:
        options: dict[str, Any] = (
            {"tls_from_start": server_tls, "auth_require_tls": False}
            if security == "tls"
            else {"tls_context": server_tls, "require_starttls": True, "auth_required": True}
        )
        async with mail_server(**options) as server:
            pool = SmtpPool(
                target(server, security=security, user="tocsin", password=password), tls=client_tls
            )
            answer = await pool.perform(MAIL)
            if password == PASSWORD:
                assert isinstance(answer, MailAnswer), answer
                assert len(server.messages) == server.logins == 1
                await pool.perform(MAIL)
                assert server.logins == 1
            else:
                assert isinstance(answer, NetworkFailure)
                assert answer.sent == "NO"
                assert "535" in answer.reason
                assert channel.read(answer).outcome == "TEMPORARY"
            await pool.close()

    asyncio.run(run())


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(security: str, tmp_path: Path) -> None:
    server_tls, _ = certificate(tmp_path)

    async def run() -> None:
        options: dict[str, Any] = (
            {"tls_from_start": server_tls} if security == "tls" else {"tls_context": server_tls}
        )
        async with mail_server(**options) as server:
            answer = await SmtpPool(target(server, security=security)).perform(MAIL)
            assert isinstance(answer, NetworkFailure)
            assert answer.sent == "NO"
            assert "certificate" in answer.reason.lower()

    asyncio.run(run())


def test_without_starttls_no_mail_and_no_password_leaves() -> None:
    async def run() -> None:
        async with mail_server(auth_require_tls=False) as server:
            pool = SmtpPool(target(server, security="starttls", user="tocsin", password=PASSWORD))
            answer = await pool.perform(MAIL)
            assert isinstance(answer, NetworkFailure)
            assert "STARTTLS" in answer.reason
            assert not server.messages
            assert server.logins == 0

    asyncio.run(run())


def test_the_password_is_not_shown() -> None:
    shown = repr(SmtpTarget(host="h", port=25, security="plain", user="u", password="hunter2"))
    assert "hunter2" not in shown
