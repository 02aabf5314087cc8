"""The reference of the channels, made from what is registered: `docs/reference/channels.md`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.kit.value import adapter
from tocsin.plugins import Provider, providers

HEAD = """\
# Channels

How a person is told, and how they answer. E-mail is described in
[Answers by mail](../how-to/answers-by-mail.md); everything else goes through a provider, which an administrator
sets up once. Several providers may serve one channel: they are tried in their order.

*Receipt*: the provider reports whether the message arrived, and an answer that does not come lets the next
provider try. *In the message* means that a button or a key of the message itself answers; *by reply* that a
reply of `ack`, `resolve` or `escalate` (or `1`, `2`, `3`) does; *by link* that the message leads to a page with
the three buttons, which needs no signing in.
"""


@dataclass(frozen=True)
class Ways:
    """How people answer, and what we have tried it against."""

    accept: str
    resolve: str
    escalate: str
    tried: str


def _all(way: str, tried: str) -> Ways:
    return Ways(way, way, way, tried)


_RECORDED = "recorded answers"
WAYS: Mapping[tuple[str, str], Ways] = {
    ("SMS", "twilio"): _all("by reply", "recorded answers; signatures by Twilio's own library"),
    ("SMS", "vonage"): _all("by reply", "recorded answers; signatures as documented"),
    ("SMS", "http"): _all("by reply", "Kannel with its fake carrier, out and back"),
    ("VOICE", "twilio"): _all(
        "in the message (keys)", "recorded answers; TwiML and signatures by Twilio's own library"
    ),
    ("VOICE", "vonage"): _all("in the message (keys)", "recorded answers; tokens by another implementation"),
    ("WHATSAPP", "twilio"): _all("by reply", "recorded answers; signatures by Twilio's own library"),
    ("PUSH", "web"): _all(
        "in the message, by link on iOS", "decrypted by another implementation; the RFCs' examples; Chromium"
    ),
    ("PUSH", "ntfy"): _all("in the message", _RECORDED),
    ("PUSH", "pushover"): Ways("in the message", "by link", "by link", _RECORDED),
    ("PUSH", "gotify"): _all("by link", _RECORDED),
    ("PUSH", "fcm"): _all("by the app", "recorded answers; tokens by another implementation"),
    ("PUSH", "apns"): _all("by the app", "recorded answers; tokens by another implementation"),
    ("TELEGRAM", "telegram"): _all(
        "in the message, by reply", "a Bot API server of ours over HTTP, by webhook and by asking"
    ),
    ("SLACK", "slack"): _all(
        "in the message, by reply", "recorded answers; blocks and signatures by Slack's own library"
    ),
    ("TEAMS", "teams"): _all("by link", _RECORDED),
    ("MATTERMOST", "mattermost"): _all("in the message", _RECORDED),
    ("MATRIX", "matrix"): _all("by link", _RECORDED),
}
"""One row a provider. A new one without a row fails the check of the documentation."""


def channels_page() -> str:
    """The table of all, then the settings of each."""
    rows = ["| channel | provider | send | receipt | acknowledge | resolve | escalate | tested against |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    rows.append(
        "| EMAIL | SMTP | yes | bounces | by link, by reply | by link, by reply | by link, by reply | a mail server |"
    )
    found = sorted(providers().items())
    rows += [_row(provider) for _, provider in found]
    return f"{HEAD}\n" + "\n".join(rows) + "\n\n" + "\n".join(_settings(provider) for _, provider in found)


def _row(provider: Provider) -> str:
    ways = WAYS[provider.method, provider.type]
    receipt = "yes" if provider.reports else "if it sends one" if provider.type == "http" else "no"
    cells = (
        provider.method,
        provider.name,
        "yes",
        receipt,
        ways.accept,
        ways.resolve,
        ways.escalate,
        ways.tried,
    )
    return f"| {' | '.join(cells)} |"


def _settings(provider: Provider) -> str:
    schema = adapter(provider.config).json_schema()
    lines = [f"## {provider.name}", "", f"Channel `{provider.method}`, type `{provider.type}`."]
    said = {name: _setting(name, one, schema, provider) for name, one in schema.get("properties", {}).items()}
    if said:
        lines += ["", "| setting | meaning | default |", "|---|---|---|", *said.values()]
    return "\n".join(lines) + "\n"


def _setting(name: str, one: Mapping[str, Any], schema: Mapping[str, Any], provider: Provider) -> str:
    meaning = " ".join(str(one.get("description", "")).split())
    if name in provider.secret_fields:
        meaning += " Secret."
    default = (
        "required"
        if name in schema.get("required", ())
        else f"`{one['default']}`"
        if one.get("default")
        else ""
    )
    return f"| `{name}` | {meaning.strip()} | {default} |"
