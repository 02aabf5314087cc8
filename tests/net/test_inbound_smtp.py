"""Mail is taken in for our own domain only, and a 2xx means that it was stored."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from aiosmtplib import SMTP, SMTPConnectError, SMTPResponseException, SMTPServerDisconnected

from tests.live import certificate
from tocsin.net.inbound_smtp import MAX_RECIPIENTS, InboundMail, InboundSmtp
from tocsin.net.smtp import SmtpPool, SmtpTarget
from tocsin.plugins import MailAnswer, MailRequest

RAW = b"Subject: x\r\n\r\n.dot\r\n\xc3\xa4ck\r\n"
OURS = "reply+41x8c@alerts.example.com"

Handle = Callable[[InboundMail], Awaitable[str]]
Story = Callable[[InboundSmtp], Awaitable[None]]


class Box:
    """Stores mail, or does what a test wants it to do."""

    def __init__(self, answer: str | Exception = "250 2.0.0 stored as 12") -> None:
        self.answer = answer
        self.mails: list[InboundMail] = []
        self.started = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, mail: InboundMail) -> str:
        self.started.set()
        await self.may_end.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        self.mails.append(mail)
        return self.answer


def play(handle: Handle, story: Story, **options: Any) -> None:
    """Run a story against a server that listens."""
    asyncio.run(_played(handle, story, **options))


async def _played(handle: Handle, story: Story, **options: Any) -> None:
    server = InboundSmtp("127.0.0.1", 0, "alerts.example.com", handle, **options)
    await server.start()
    try:
        await story(server)
    finally:
        await server.stop()


def sender(server: InboundSmtp) -> SMTP:
    """Another mail server."""
    return SMTP(hostname="127.0.0.1", port=server.port, start_tls=False, local_hostname="mx.test", timeout=5)


async def send(server: InboundSmtp, *recipients: str, raw: bytes = RAW, by: str = "ann@example.org") -> str:
    """Send one mail; the reply to it."""
    async with sender(server) as client:
        _, reply = await client.sendmail(by, recipients or (OURS,), raw)
        return reply


def test_a_mail_is_handed_on_as_it_came() -> None:
    box = Box()

    async def story(server: InboundSmtp) -> None:
        assert await send(server, OURS, "Disk@ALERTS.example.com") == "2.0.0 stored as 12"
        (mail,) = box.mails
        assert mail == InboundMail(
            sender="ann@example.org", recipients=(OURS, "Disk@ALERTS.example.com"), raw=RAW, peer="127.0.0.1"
        )

    play(box, story)


def test_our_own_pool_delivers_to_it_under_uvloop() -> None:
    box = Box()

    async def story(server: InboundSmtp) -> None:
        pool = SmtpPool(SmtpTarget(host="127.0.0.1", port=server.port, security="plain"))
        mail = MailRequest(sender="t@example.com", recipient=OURS, raw=RAW)
        answers = await asyncio.gather(*(pool.perform(mail) for _ in range(20)))
        assert {a.code for a in answers if isinstance(a, MailAnswer)} == {250}
        assert [m.raw for m in box.mails] == [RAW] * 20
        await pool.close()

    uvloop.run(_played(box, story))


def test_a_bounce_has_no_sender() -> None:
    box = Box()

    async def story(server: InboundSmtp) -> None:
        await send(server, by="")
        assert box.mails[0].sender == ""

    play(box, story)


def test_addresses_beyond_ascii() -> None:
    box = Box()

    async def story(server: InboundSmtp) -> None:
        async with sender(server) as client:
            await client.mail("jörg@example.org", options=["SMTPUTF8"], encoding="utf-8")
            await client.rcpt("größe@alerts.example.com", encoding="utf-8")
            await client.data(RAW)
        assert (box.mails[0].sender, *box.mails[0].recipients) == (
            "jörg@example.org",
            "größe@alerts.example.com",
        )

    play(box, story)


@pytest.mark.parametrize(
    "address",
    [
        "eve@example.org",
        "x@alerts.example.com.evil.org",
        "x@notalerts.example.com",
        "alerts.example.com",
        "eve%example.org@relay.test",
        '"x@alerts.example.com"@example.org',
    ],
)
def test_nothing_is_relayed(address: str) -> None:
    box = Box()

    async def story(server: InboundSmtp) -> None:
        async with sender(server) as client:
            await client.mail("ann@example.org")
            reply = await client.execute_command(f"RCPT TO:<{address}>".encode())
            assert reply.code // 100 == 5
            assert (await client.execute_command(b"DATA")).code == 503
        assert not box.mails

    play(box, story)


def test_a_foreign_recipient_is_told_why_and_ours_still_get_it() -> None:
    box = Box()

    async def story(server: InboundSmtp) -> None:
        async with sender(server) as client:
            errors, _ = await client.sendmail("ann@example.org", ["eve@example.org", OURS], RAW)
        assert errors["eve@example.org"].code == 550
        assert errors["eve@example.org"].message.startswith("5.1.1")
        assert box.mails[0].recipients == (OURS,)

    play(box, story)


def test_the_reply_waits_for_the_handler() -> None:
    async def run() -> None:
        box = Box()
        box.may_end.clear()

        async def story(server: InboundSmtp) -> None:
            sending = asyncio.create_task(send(server))
            await box.started.wait()
            await asyncio.sleep(0.05)
            assert not sending.done()
            box.may_end.set()
            assert await sending == "2.0.0 stored as 12"

        await _played(box, story)

    asyncio.run(run())


@pytest.mark.parametrize(
    "answer",
    [RuntimeError("disk full"), "stored", "250 ok\r\n250 injected", "999 what", ""],
    ids=["raises", "no code", "two lines", "no such code", "nothing"],
)
def test_what_was_not_stored_for_sure_is_to_be_sent_again(
    answer: str | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    box = Box(answer)

    async def story(server: InboundSmtp) -> None:
        async with sender(server) as client:
            with pytest.raises(SMTPResponseException) as refused:
                await client.sendmail("ann@example.org", [OURS], RAW)
            assert refused.value.code == 451
            # The connection is good for the next mail.
            box.answer = "250 2.0.0 stored as 13"
            assert (await client.sendmail("ann@example.org", [OURS], RAW))[1] == "2.0.0 stored as 13"

    with caplog.at_level(logging.ERROR, "tocsin"):
        play(box, story)
    assert "inbound mail" in caplog.text


def test_a_handler_may_refuse() -> None:
    async def story(server: InboundSmtp) -> None:
        with pytest.raises(SMTPResponseException, match="no such token"):
            await send(server)

    play(Box("550 5.1.1 no such token"), story)


def test_a_mail_is_stored_even_if_the_sender_hangs_up_meanwhile() -> None:
    async def run() -> None:
        box = Box()
        box.may_end.clear()

        async def story(server: InboundSmtp) -> None:
            sending = asyncio.create_task(send(server))
            await box.started.wait()
            sending.cancel()
            await asyncio.sleep(0.05)
            box.may_end.set()
            await asyncio.sleep(0.05)
            assert len(box.mails) == 1

        await _played(box, story)

    asyncio.run(run())


def test_stopping_lets_a_mail_in_hand_be_stored_and_answered() -> None:
    async def run() -> None:
        box = Box()
        box.may_end.clear()
        server = InboundSmtp("127.0.0.1", 0, "alerts.example.com", box)
        await server.start()
        idle = sender(server)
        await idle.connect()
        sending = asyncio.create_task(sender_only(server))
        await box.started.wait()
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        box.may_end.set()
        await asyncio.wait_for(stopping, 5)
        assert (await sending).startswith("2.0.0 stored")
        with pytest.raises(SMTPServerDisconnected):
            await idle.noop()
        with pytest.raises(SMTPConnectError):
            await sender(server).connect()
        await server.stop()

    async def sender_only(server: InboundSmtp) -> str:
        client = sender(server)
        await client.connect()
        _, reply = await client.sendmail("ann@example.org", [OURS], RAW)
        client.close()
        return reply

    asyncio.run(run())


def test_too_big_a_mail_is_refused() -> None:
    box = Box()

    async def story(server: InboundSmtp) -> None:
        with pytest.raises(SMTPResponseException) as refused:
            await send(server, raw=b"x" * 900 + b"\r\n" + b"x" * 900)
        assert refused.value.code == 552
        # Also without announcing its size.
        async with sender(server) as client:
            await client.mail("ann@example.org")
            await client.rcpt(OURS)
            with pytest.raises(SMTPResponseException) as refused:
                await client.data(b"x" * 900 + b"\r\n" + b"x" * 900)
            assert refused.value.code == 552
        await send(server, raw=b"x" * 900)
        assert len(box.mails) == 1

    play(box, story, max_bytes=1000)


def test_a_mail_on_one_long_line_is_an_alert_too() -> None:
    box = Box()

    async def story(server: InboundSmtp) -> None:
        raw = b"Subject: x\r\n\r\n" + b"x" * 50_000 + b"\r\n"
        await send(server, raw=raw)
        assert box.mails[0].raw == raw

    play(box, story)


def test_one_connection_too_many() -> None:
    async def story(server: InboundSmtp) -> None:
        first = sender(server)
        await first.connect()
        with pytest.raises(SMTPResponseException) as refused:
            await sender(server).connect()
        assert refused.value.code == 421
        await first.quit()
        await asyncio.sleep(0.05)
        assert await send(server) == "2.0.0 stored as 12"

    play(Box(), story, max_connections=1)


def test_too_many_recipients() -> None:
    async def story(server: InboundSmtp) -> None:
        async with sender(server) as client:
            await client.mail("ann@example.org")
            for number in range(MAX_RECIPIENTS):
                await client.rcpt(f"u{number}@alerts.example.com")
            assert (await client.execute_command(b"RCPT TO:<more@alerts.example.com>")).code == 452

    play(Box(), story)


def test_a_connection_that_says_nothing_is_closed() -> None:
    async def story(server: InboundSmtp) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert (await reader.readline()).startswith(b"220 alerts.example.com")
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()

    play(Box(), story, timeout_seconds=0.1)


def test_nobody_can_log_in() -> None:
    async def story(server: InboundSmtp) -> None:
        async with sender(server) as client:
            await client.ehlo()
            assert not client.supports_extension("auth")
            assert (await client.execute_command(b"AUTH PLAIN AGEAYg==")).code // 100 == 5

    play(Box(), story)


def test_starttls_is_offered_with_a_certificate(tmp_path: Path) -> None:
    box = Box()

    async def story(server: InboundSmtp) -> None:
        trusted = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        client = SMTP(hostname="localhost", port=server.port, start_tls=True, tls_context=trusted, timeout=5)
        async with client:
            await client.sendmail("a@b.test", [OURS], RAW)

    play(box, story, tls=certificate(tmp_path))
    assert [mail.recipients for mail in box.mails] == [(OURS,)]


def test_without_a_certificate_no_tls_is_offered() -> None:
    async def story(server: InboundSmtp) -> None:
        async with sender(server) as client:
            await client.ehlo()
            assert not client.supports_extension("STARTTLS")

    play(Box(), story)
