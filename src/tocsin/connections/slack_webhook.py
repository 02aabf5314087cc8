"""Slack by an incoming webhook: a message, one way."""

from __future__ import annotations

from tocsin.connections.chat_shapes import ChatParams, attachment, posted
from tocsin.connections.tickets import OneMessage
from tocsin.plugins import Errand, Request, ValueClass


class SlackWebhook(OneMessage):
    """The connection type `slack_webhook`."""

    type = "slack_webhook"
    name = "Slack (incoming webhook)"
    params: ValueClass = ChatParams
    secrets = frozenset({"url"})

    def request(self, errand: Errand) -> Request:
        """One message with an attachment, or your own body."""
        return posted(errand, attachment(errand.occasion))


connection = SlackWebhook()
