"""Mattermost: a message by an incoming webhook."""

from __future__ import annotations

from tocsin.connections.answers import json_request
from tocsin.connections.chat_shapes import ChatConnector, NoParams, attachment
from tocsin.connections.tickets import OneMessage
from tocsin.plugins import Errand, Request, ValueClass


class Mattermost(OneMessage):
    """The connection type `mattermost`."""

    type = "mattermost"
    name = "Mattermost"
    connector: ValueClass | None = ChatConnector
    params: ValueClass = NoParams
    secrets = frozenset({"url"})

    def request(self, errand: Errand) -> Request:
        """One message with an attachment."""
        return json_request("POST", errand.connector.url, attachment(errand.occasion))


connection = Mattermost()
