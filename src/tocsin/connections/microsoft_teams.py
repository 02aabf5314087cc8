"""Microsoft Teams: an adaptive card, by the webhook of a workflow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tocsin.connections.answers import json_request, title
from tocsin.connections.chat_shapes import ChatConnector, ChatParams, NoParams, posted
from tocsin.connections.tickets import OneMessage, facts, happened
from tocsin.core.connections import Occasion
from tocsin.plugins import Errand, Request, ValueClass


class TeamsConnector(OneMessage):
    """The connection type `microsoft_teams`: the address is the connector's."""

    type = "microsoft_teams"
    name = "Microsoft Teams"
    connector: ValueClass | None = ChatConnector
    params: ValueClass = NoParams
    secrets = frozenset({"url"})

    def request(self, errand: Errand) -> Request:
        """One adaptive card, as a workflow takes it."""
        return json_request("POST", errand.connector.url, message(errand.occasion))


class TeamsWebhook(OneMessage):
    """The connection type `microsoft_teams_webhook`: the address is the connection's."""

    type = "microsoft_teams_webhook"
    name = "Microsoft Teams (workflow webhook)"
    params: ValueClass = ChatParams
    secrets = frozenset({"url"})

    def request(self, errand: Errand) -> Request:
        """One adaptive card, or your own body."""
        return posted(errand, message(errand.occasion))


def message(o: Occasion, buttons: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A message that is one adaptive card; `buttons` come before the link to the incident."""
    colours = {"PENDING": "Attention", "ACCEPTED": "Accent", "RESOLVED": "Good"}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {
                "type": "TextBlock",
                "text": title(o),
                "weight": "Bolder",
                "wrap": True,
                "color": colours[o.status],
            },
            {"type": "TextBlock", "text": happened(o), "wrap": True},
            {"type": "TextBlock", "text": facts(o)[:5_000], "wrap": True},
        ],
        "actions": [*buttons, {"type": "Action.OpenUrl", "title": "Open", "url": o.url}],
    }
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [content]}


connection = TeamsConnector()
webhook = TeamsWebhook()
