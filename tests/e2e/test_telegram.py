"""A Telegram bot that is asked for answers, in front of the real program: linked, paged, answered."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.mailserver import until
from tests.engine.bot_api import TOKEN, BotApi, answering, serve

pytestmark = pytest.mark.e2e

CHAT = 987654321


def test_a_chat_is_linked_paged_and_answers(make_server: MakeServer) -> None:
    bot = BotApi(patient=True)
    with serve(answering(bot)) as url:
        server = make_server(more={"TOCSIN_ALLOW_PRIVATE_TARGETS": "127.0.0.0/8"})
        params = {"botToken": TOKEN, "botName": "acme_bot", "answers": "POLLING", "apiUrl": url}
        provider = {"channel": "TELEGRAM", "type": "telegram", "params": params}
        server.api("POST", "/channel-providers", provider)
        chats = f"/users/{server.owner_id}/contacts/chats"
        (offer,) = server.api("POST", f"{chats}/enrolments")
        bot.write(CHAT, offer["command"])
        (chat,) = until(lambda: server.api("GET", chats), "chat")
        assert (chat["target"], chat["channels"]) == (str(CHAT), ["TELEGRAM"])
        until(lambda: bot.sent, "words in the chat")

        server.api(
            "POST",
            f"/users/{server.owner_id}/notification-preferences/alerts",
            {"method": "TELEGRAM", "contact": {"id": chat["id"]}, "delayMin": 0, "type": "HIGH_PRIORITY"},
        )
        source = server.source(server.policy((server.owner_id,), minutes=30))
        assert server.event(source["integrationKey"], "disk", summary="Disk full") < 300
        page = until(lambda: [m for m in bot.sent if "Disk full" in m["text"]], "page in the chat")[0]
        bot.press(page)
        server.wait_status(server.only_incident()["id"], "ACCEPTED")
        until(lambda: bot.toasts, "toast over the chat")
        assert server.term() == 0
