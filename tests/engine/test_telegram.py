"""Telegram from end to end over HTTP: a chat is enrolled by a code, paged, and answers. By webhook and by asking."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.cast import assemble
from tests.engine.bot_api import TOKEN, BotApi, answering, serve
from tests.engine.telephones import WHERE, World
from tocsin.auth.callback_tokens import callback_url
from tocsin.auth.enrolment import offers
from tocsin.auth.provider_params import sealed
from tocsin.core.people import Contact
from tocsin.core.providers import ChannelProvider
from tocsin.engine.polling import LEASE, Poller
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.net.http import HttpClient
from tocsin.plugins import Answer, Callback, HttpRequest, Request
from tocsin.store import contacts, documents, people
from tocsin.store.database import Database
from tocsin.store.kinds import PROVIDERS

CHAT = 987654321
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Not used here, and slow to make."""


@dataclass
class Chats(World):
    """A cast, and a bot on a server."""

    api: str = ""

    async def over_http(self, request: Request) -> Answer:
        """A client of its own each time: every call has its own event loop here."""
        assert isinstance(request, HttpRequest)
        client = HttpClient([ipaddress.ip_network("127.0.0.0/8")], tls=TLS)
        try:
            return await client.perform(request)
        finally:
            await client.close()

    def bot(self, answers: str) -> ChannelProvider:
        """The provider as an administrator adds it."""
        self.twilio.perform = self.over_http  # type: ignore[method-assign]
        blank = ChannelProvider(channel="TELEGRAM", type="telegram", name="Bot", report_seconds=0)
        params = {
            "botToken": TOKEN,
            "botName": "@acme_bot",
            "webhookSecret": "tg-secret",
            "apiUrl": self.api,
            "answers": answers,
        }
        with self.db.write() as tx:
            whole = replace(blank, params=sealed(self.vault, blank, params, {}))
            return documents.insert(tx, PROVIDERS, whole)

    def link(self) -> str:
        """What Ann's profile shows."""
        with self.db.read() as tx:
            (offer,) = offers(tx, self.vault, WHERE.secret, self.cast.ann.id)
        assert offer.url == f"https://t.me/acme_bot?start={offer.command.removeprefix('/start ')}"
        return offer.command

    def addresses(self) -> list[Contact]:
        with self.db.read() as tx:
            return [c for c in people.one(tx, self.cast.ann.id).contacts if c.method == "TELEGRAM"]

    def webhook(self, provider: ChannelProvider) -> object:
        """Our callback address as a server: what `serve` wants."""
        token = callback_url("", WHERE.secret, provider.id).removeprefix("/callbacks/")

        def answer(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
            del path
            heads = {name.lower(): text for name, text in headers.items()}
            now = self.db.clock.now()
            callback = Callback(method="POST", url="", headers=heads, body=body, received_at=now)
            return 200, asyncio.run(self.callbacks.receive(token, callback)).body

        return answer

    def poller(self) -> Poller:
        """One process that asks."""
        return Poller(db=self.db, perform=self.over_http, callbacks=self.callbacks, chance=self.cast.chance)


@pytest.fixture
def bot() -> BotApi:
    return BotApi()


@pytest.fixture
def chats(db: Database, bot: BotApi) -> Iterator[Chats]:
    with serve(answering(bot)) as url:
        yield Chats(assemble(db), api=url)


def test_a_chat_is_enrolled_paged_and_answers_by_webhook(chats: Chats, bot: BotApi) -> None:
    provider = chats.bot("WEBHOOK")
    with serve(chats.webhook(provider)) as url:
        bot.webhook = {"url": url, "secret_token": "tg-secret"}
        bot.write(CHAT, chats.link())
        (contact,) = chats.addresses()
        assert (contact.target, contact.label, contact.serves("TELEGRAM")) == (str(CHAT), "Ann Lee", True)
        assert "belongs to Ann Lee" in bot.sent[-1]["text"]
        incident = page(chats)
        assert f"#{incident}" in bot.sent[-1]["text"]
        bot.press(bot.sent[-1])
        assert chats.status(incident) == "ACCEPTED"
        assert "Accepted" in bot.toasts[-1]["text"]
        assert f"ACCEPTED #{incident}" in bot.sent[-1]["text"]
        assert [b["text"] for b in bot.sent[-1]["reply_markup"]["inline_keyboard"][0]] == [
            "Resolve",
            "Escalate",
        ]


def test_a_chat_is_enrolled_and_answers_where_telegram_cannot_call(chats: Chats, bot: BotApi) -> None:
    chats.bot("POLLING")
    poller = chats.poller()
    bot.write(CHAT, chats.link())
    assert asyncio.run(poller.step()) == 1
    assert [c.target for c in chats.addresses()] == [str(CHAT)]
    assert "belongs to Ann Lee" in bot.sent[-1]["text"]
    incident = page(chats)
    bot.press(bot.sent[-1], column=1)
    asyncio.run(poller.step())
    assert chats.status(incident) == "RESOLVED"
    assert "Resolved" in bot.toasts[-1]["text"]
    assert f"RESOLVED #{incident}" in bot.sent[-1]["text"]
    assert "Acknowledge" not in str(bot.sent[-1].get("reply_markup"))
    bot.write(CHAT, "good morning")
    asyncio.run(poller.step())
    chats.run()
    assert "did not understand" in bot.sent[-1]["text"]
    known = len(bot.sent)
    # The next process hears the last once more, if this one did not say that it heard it.
    assert isinstance(chats.db.clock, ManualClock)
    chats.db.clock.advance(LEASE + timedelta(seconds=1))
    asyncio.run(chats.poller().step())
    chats.run()
    assert len(bot.sent) == known


def test_one_process_asks_and_a_webhook_that_is_still_set_is_no_answer(chats: Chats, bot: BotApi) -> None:
    chats.bot("POLLING")
    first, second = chats.poller(), chats.poller()
    assert asyncio.run(first.step()) == 1
    assert asyncio.run(second.step()) == 0
    bot.webhook = {"url": "http://elsewhere", "secret_token": ""}
    assert asyncio.run(first.step()) == 0


def test_a_code_counts_once_in_a_private_chat_and_for_a_while(chats: Chats, bot: BotApi) -> None:
    chats.bot("POLLING")
    poller, code = chats.poller(), chats.link()

    def tell(chat: int, text: str, kind: str = "private") -> str:
        bot.write(chat, text, kind)
        asyncio.run(poller.step())
        said: str = bot.sent[-1]["text"]
        return said

    assert "number is -5" in tell(-5, code, "group")
    assert "belongs to Ann Lee" in tell(CHAT, code)
    assert "belongs to Ann Lee" in tell(CHAT, code), "pressed twice"
    for wrong in (code, code[:-1], "/start 1x2x3", "/start x", "/start ²x1x1"):
        assert "does not count" in tell(CHAT + 1, wrong)
    late = chats.link()
    assert isinstance(chats.db.clock, ManualClock)
    chats.db.clock.advance(timedelta(minutes=15))
    assert "does not count" in tell(CHAT + 1, late)
    assert [c.target for c in chats.addresses()] == [str(CHAT)]


def test_an_address_that_was_given_up_is_proven_again_by_a_code(chats: Chats, bot: BotApi) -> None:
    chats.bot("POLLING")
    poller = chats.poller()
    bot.write(CHAT, chats.link())
    asyncio.run(poller.step())
    (contact,) = chats.addresses()
    with chats.db.write() as tx:
        contacts.give_up(tx, contact.id, "TELEGRAM", "BOUNCED", "bot was blocked by the user")
    assert isinstance(chats.db.clock, ManualClock)
    chats.db.clock.advance(timedelta(seconds=1))
    bot.write(CHAT, chats.link())
    asyncio.run(poller.step())
    assert [c.serves("TELEGRAM") for c in chats.addresses()] == [True]


def page(chats: Chats) -> int:
    """An incident that Bo is told of in the chat."""
    chats.rules(chats.cast.ann, ("TELEGRAM", 0))
    incident = chats.cast.alert("Disk full")
    chats.run()
    return incident
