"""What all providers' callbacks share: their fields, whatever form they come in, and their signatures.

Rule: bytes from outside never raise anything but BadInput and Forbidden.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl

from tocsin.kit.chance import same
from tocsin.kit.errors import Forbidden
from tocsin.kit.value import dumps
from tocsin.plugins import Callback, HttpReply
from tocsin.plugins.said import Said, fields_of, text_at

MAX_FIELDS = 200
MAX_TEXT = 2000
"""Characters of an answer that are kept."""
OLDEST_SECONDS = 300
"""A signature that is older is refused: somebody may have recorded it."""

ACTIONS = ("accept", "resolve", "escalate")
_LONGEST_NAME = 11
"""Of a name that text messages come from (3GPP TS 23.040); what is longer stands for numbers."""


def pairs_of(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form as they were sent, NUL and all; none when it is none."""
    try:
        text = body.decode("utf-8", "replace")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError:
        return []


def form_of(callback: Callback) -> dict[str, str]:
    """The fields of the form in a callback's body."""
    return storable(pairs_of(callback.body))


def storable(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Fields by name, without NUL, which no database keeps."""
    return {name: text.replace("\0", "") for name, text in pairs}


def anything_of(callback: Callback) -> dict[str, str]:
    """Every field of a callback: its query, and its body as JSON or a form."""
    found = storable(callback.query)
    if callback.body.lstrip()[:1] == b"{":
        said = fields_of(callback.body)
        return found | {name: text_at(said, name) for name in list(said)[:MAX_FIELDS]}
    return found | form_of(callback)


def path_of(callback: Callback) -> tuple[str, str, str]:
    """The first three parts of the path after the callback URL: what it is about, a token, a turn."""
    first, second, third, *_ = [*callback.rest.replace("\0", "").split("/"), "", "", ""]
    return first, second, third


def telephone(number: str) -> str:
    """A number as carriers write it (`0049...`, `49...`), in the form +49..."""
    bare = "".join(char for char in number if char.isdigit() or char == "+")
    if bare.startswith("00"):
        return "+" + bare[2:]
    # Shorter ones are short codes, which have no country.
    return bare if bare.startswith(("+", "0")) or len(bare) < 8 else "+" + bare


def is_telephone(address: str) -> bool:
    """Whether an address is a telephone number with its country: +491701234567."""
    digits = address[1:]
    return address[:1] == "+" and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15


def takes_answers(sender: str) -> bool:
    """Whether whoever gets a text message can answer it: a number can be answered, a name cannot."""
    return len(sender) > _LONGEST_NAME or not any(char.isalpha() for char in sender)


def own_words(text: str) -> str:
    """What a person wrote, cut to what is kept."""
    return text.replace("\x00", "").strip()[:MAX_TEXT]


def button(data: str) -> tuple[str, str]:
    """Action and token of a button of ours; ("", "") for any other."""
    action, _, token = data.partition(":")
    return (action, token) if action in ACTIONS and token else ("", "")


def hmac_hex(secret: str, text: bytes) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def demand(genuine: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Raises Forbidden unless a callback is the provider's own."""
    if not genuine:
        raise Forbidden(f"this request is not signed by {what}, or with another secret")


def demand_same(left: str, right: str, what: str) -> None:
    """Raises Forbidden unless two signatures are the same."""
    demand(genuine=same(left, right), what=what)


def json_reply(said: Said | Sequence[Said]) -> HttpReply:
    """An answer in JSON."""
    return HttpReply(content_type="application/json", body=dumps(said).encode())


def xml_reply(text: str) -> HttpReply:
    """An answer in XML."""
    return HttpReply(content_type="text/xml; charset=utf-8", body=text.encode())
