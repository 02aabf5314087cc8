"""Zapier: the incident to a Zap that starts with *Webhooks by Zapier*."""

from __future__ import annotations

from tocsin.connections.answers import json_request
from tocsin.connections.tickets import OneMessage
from tocsin.connections.webhook import default_body
from tocsin.kit.value import value
from tocsin.kit.web_address import Url
from tocsin.plugins import Errand, Request, ValueClass


@value
class ZapierParams:
    """Which Zap."""

    webhook_url: Url


class Zapier(OneMessage):
    """The connection type `zapier`."""

    type = "zapier"
    name = "Zapier"
    params: ValueClass = ZapierParams
    secrets = frozenset({"webhook_url"})

    def request(self, errand: Errand) -> Request:
        """One POST."""
        return json_request("POST", errand.params.webhook_url, default_body(errand.occasion))


connection = Zapier()
