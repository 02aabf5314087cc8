"""DingTalk: a text by a custom robot of a group, signed as it asks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Annotated
from urllib.parse import quote

from tocsin.connections.answers import failed, json_of, json_request, title, words
from tocsin.connections.tickets import OneMessage, happened
from tocsin.core.connections import Outcome
from tocsin.kit.clock import to_micros
from tocsin.kit.value import MaxLen, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Answer, Errand, HttpAnswer, Request, ValueClass


@value
class DingTalkConnector:
    """A custom robot of a DingTalk group."""

    url: Url
    secret: Annotated[str, MaxLen(255)] = ""
    """Of the robot, if it asks for signatures."""


@value
class DingTalkParams:
    """Whom the message calls."""

    is_at_all: bool = False
    at_mobiles: Annotated[tuple[Annotated[str, MaxLen(30)], ...], MaxLen(50)] = ()


class DingTalk(OneMessage):
    """The connection type `dingtalk`."""

    type = "dingtalk"
    name = "DingTalk"
    connector: ValueClass | None = DingTalkConnector
    params: ValueClass = DingTalkParams
    secrets = frozenset({"url", "secret"})

    def request(self, errand: Errand) -> Request:
        """One text, signed if the robot asks for it."""
        o, params = errand.occasion, errand.params
        called = {"atMobiles": list(params.at_mobiles), "isAtAll": params.is_at_all}
        text = f"{title(o)}\n{happened(o)}\n{o.url}"
        url = errand.connector.url
        if errand.connector.secret:
            url += _dingtalk_signature(errand.connector.secret, to_micros(errand.now) // 1_000)
        return json_request("POST", url, {"msgtype": "text", "text": {"content": text}, "at": called})

    def refusal(self, answer: Answer) -> Outcome | None:
        """DingTalk refuses in a 200."""
        if wrong := failed(answer):
            return wrong
        said = json_of(answer)
        if isinstance(answer, HttpAnswer) and isinstance(said, dict) and said.get("errcode"):
            return Outcome(kind="PERMANENT", answer=words(answer))
        return None


def _dingtalk_signature(secret: str, milliseconds: int) -> str:
    mac = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return f"&timestamp={milliseconds}&sign={quote(base64.b64encode(mac).decode(), safe='')}"


connection = DingTalk()
