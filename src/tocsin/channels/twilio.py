"""What Twilio's messages and calls share: the account, the request, the signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol
from urllib.parse import urlsplit, urlunsplit

from tocsin.channels.asking import Pairs, basic, form, outcome_of, receipt, sent_if, web_answer
from tocsin.channels.hearing import demand, pairs_of, storable
from tocsin.core.delivery import Receipt
from tocsin.kit.chance import same
from tocsin.kit.value import MaxLen, MinLen
from tocsin.plugins import Answer, Callback, HttpRequest
from tocsin.plugins.said import fields_of, text_at

Text = Annotated[str, MinLen(1), MaxLen(200)]

_NO_SUCH_NUMBER = frozenset({"21211", "21214", "21217", "21407", "21614", "30005", "30006", "63024"})
"""Twilio's codes for numbers that nobody can be reached at: unknown, no telephone, a landline for a text."""


class TwilioAccount(Protocol):
    """What the settings of all of Twilio's channels have."""

    @property
    def account_sid(self) -> str:
        """The account's SID."""
        ...

    @property
    def auth_token(self) -> str:
        """The account's auth token."""
        ...

    @property
    def api_url(self) -> str:
        """Twilio's API."""
        ...


def ask(config: TwilioAccount, resource: str, fields: Pairs) -> HttpRequest:
    """The request that makes one of the account's resources: `Messages`, `Calls`."""
    url = f"{config.api_url.rstrip('/')}/2010-04-01/Accounts/{config.account_sid}/{resource}.json"
    return form(url, fields, [basic(config.account_sid, config.auth_token)])


def read(answer: Answer) -> Receipt:
    """What Twilio's answer means."""
    found = web_answer(answer)
    if isinstance(found, Receipt):
        return found
    said = fields_of(found.body)
    code, words = text_at(said, "code"), text_at(said, "message")
    if outcome_of(found.status) == "SENT":
        return sent_if(found, text_at(said, "sid"), text_at(said, "status"))
    return receipt(found, f"{code} {words}".strip(), bounced=is_no_such_number(code))


def is_no_such_number(code: str) -> bool:
    """Whether an error code says that the address itself is wrong."""
    return code in _NO_SUCH_NUMBER


def genuine_form(callback: Callback, config: TwilioAccount) -> dict[str, str]:
    """The fields of a callback. Raises Forbidden unless Twilio signed it with the account's token."""
    fields: dict[str, list[str]] = {}
    for name, text in pairs_of(callback.body) if callback.method == "POST" else ():
        fields.setdefault(name, []).append(text)
    given = callback.headers.get("x-twilio-signature", "")
    right = [signature(config.auth_token, url, fields) for url in _as_signed(callback.url)]
    demand(any(same(each, given) for each in right), "Twilio")
    return storable((name, texts[0]) for name, texts in fields.items())


def signature(secret: str, url: str, fields: Mapping[str, Sequence[str]]) -> str:
    """How Twilio signs a form: HMAC-SHA1 over the URL and the fields in the order of their names."""
    text = url + "".join(name + each for name in sorted(fields) for each in sorted(set(fields[name])))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _as_signed(url: str) -> tuple[str, ...]:
    """The URL with and without its port: Twilio signs either."""
    parts = urlsplit(url)
    bare = parts.netloc.rpartition("@")[2]
    host = bare.rpartition(":")[0] if bare.rpartition(":")[2].isdigit() and ":" in bare else bare
    port = "443" if parts.scheme == "https" else "80"
    return (
        url,
        urlunsplit(parts._replace(netloc=host)),
        urlunsplit(parts._replace(netloc=f"{host}:{port}")),
    )
