"""Slack: one message for each incident, redrawn as it moves, with buttons that act as the linked user.

Wire: `chat.postMessage`, `chat.update` and `conversations.list` with a bot token; buttons come back as
interaction payloads, signed as Slack documents it (`v0`, at most five minutes old). So is the slash command.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs

from tocsin.connections import slack_channel
from tocsin.connections.answers import done, json_of, json_request
from tocsin.connections.hearing import incident_number
from tocsin.connections.slack_calls import API, bearer, call, refusal, text_of
from tocsin.connections.slack_install import SlackInstallation
from tocsin.connections.tickets import Course, Steps
from tocsin.core.connections import CHANNEL, Occasion, Outcome, Remote
from tocsin.core.events import MAX_SUMMARY
from tocsin.kit.clock import from_micros
from tocsin.kit.errors import BadInput, Forbidden
from tocsin.kit.value import MaxLen, MinLen, loads, replace, value
from tocsin.languages import msgid
from tocsin.plugins import (
    Answer,
    Callback,
    Choice,
    Errand,
    HookHeard,
    Installation,
    Ordered,
    Request,
    Told,
    ValueClass,
)
from tocsin.plugins.said import text_at, within

LACKING = msgid(
    "paste the bot's token, or give the app's client id and client secret to install it from here"
)
OLDEST = timedelta(minutes=5)
_COLOURS = {"PENDING": "#c62828", "ACCEPTED": "#1565c0", "RESOLVED": "#2e7d32"}
_ACTIONS = {"accept": "ACCEPT", "resolve": "RESOLVE", "escalate": "ESCALATE"}


@value
class SlackConnector:
    """A Slack app of your workspace."""

    bot_token: Annotated[str, MaxLen(255)] = ""
    """`xoxb-…`; empty until the app is installed from here."""
    signing_secret: Annotated[str, MaxLen(255)] = ""
    """Of the app: without it buttons are refused."""
    client_id: Annotated[str, MaxLen(255)] = ""
    """Of the app, for installing it from here instead of pasting a token."""
    client_secret: Annotated[str, MaxLen(255)] = ""
    """Of the app, too."""
    workspace: Annotated[str, MaxLen(255)] = ""
    """Where the app was installed from here; filled in by that."""

    def __post_init__(self) -> None:
        """Raise BadInput for an app that nobody could speak for."""
        if not (self.bot_token or (self.client_id and self.client_secret)):
            raise BadInput.at("botToken", LACKING)


@value
class SlackParams:
    """Which channel."""

    channel_id: Annotated[str, MinLen(1), MaxLen(100)]
    channel_name: Annotated[str, MaxLen(255)] = ""
    team_domain: Annotated[str, MaxLen(255)] = ""
    team_id: Annotated[str, MaxLen(255)] = ""
    dedicated_channel: Literal["NONE", "PUBLIC", "PRIVATE"] = "NONE"
    """Whether each incident gets a channel of its own besides, with those asked who are linked."""
    archive_on_resolve: bool = False
    """Whether that channel is archived when the incident is resolved."""


class Slack(Course):
    """The connection type `slack`."""

    type = "slack"
    name = "Slack"
    connector: ValueClass | None = SlackConnector
    params: ValueClass = SlackParams
    secrets = frozenset({"bot_token", "signing_secret", "client_secret"})
    updates = True
    two_way = True
    installation: Installation | None = SlackInstallation()

    def steps(self, errand: Errand) -> Steps:
        """Post the message, or redraw it; then see to the incident's own channel."""
        if not errand.connector.bot_token:
            return Outcome(kind="PERMANENT", answer="the app is not installed yet, and there is no bot token")
        said = yield _message(errand)
        if wrong := self.refusal(said):
            return wrong
        there = errand.remote or _made(errand, said)
        if errand.params.dedicated_channel == "NONE":
            return done(said, there)
        return (yield from slack_channel.steps(errand, there, said, partial(_shown, errand.occasion)))

    def refusal(self, answer: Answer) -> Outcome | None:
        """What went wrong; None for success."""
        return refusal(answer)

    def probe(self, connector: SlackConnector) -> Request:
        """Whom does Slack take us for."""
        return call(connector.bot_token, "auth.test", {})

    def choices(self, name: str, connector: SlackConnector, params: Any) -> Request | None:
        """The channels."""
        del params
        if name != "channelId":
            return None
        query = "conversations.list?exclude_archived=true&limit=1000&types=public_channel,private_channel"
        request = json_request("GET", API + query, headers=(bearer(connector.bot_token),))
        return replace(request, answer_bytes_max=2_000_000)

    def read_choices(self, name: str, answer: Answer) -> tuple[Choice, ...]:
        """Ids with names."""
        del name
        found = json_of(answer)
        listed = found.get("channels") if isinstance(found, dict) else None
        return tuple(
            Choice(value=str(c["id"]), label=f"#{c.get('name', '')}")
            for c in listed or ()
            if isinstance(c, dict) and "id" in c
        )

    def hear(self, callback: Callback, connector: SlackConnector, params: Any) -> HookHeard:
        """A button was pressed, or the slash command typed."""
        del params
        _verify(callback, connector.signing_secret)
        form = parse_qs(callback.body.decode(errors="replace"))
        if "command" in form:
            return HookHeard(ordered=_ordered(form))
        payload = loads((form.get("payload") or ["{}"])[0])
        if text_at(payload, "type") != "block_actions":
            raise BadInput.at("payload", "this is no interaction with our buttons")
        actions = within(payload, "actions")
        return HookHeard(told=_pressed(actions if isinstance(actions, list) else (), payload))


def _pressed(actions: Iterable[Any], payload: Any) -> tuple[Told, ...]:
    return tuple(
        Told(
            remote_id="",
            incident_id=number,
            action=_ACTIONS[text_at(action, "action_id")],  # type: ignore[arg-type]  # one of the three
            by=text_at(payload, "user", "name"),
            identity=text_at(payload, "user", "id"),
            redraw=True,
        )
        for action in actions
        if text_at(action, "action_id") in _ACTIONS
        and (number := incident_number(text_at(action, "value"))) is not None
    )


def _ordered(form: Mapping[str, list[str]]) -> Ordered:
    """`/tocsin oncall`, `/tocsin new Disk full`; anything else asks for help."""
    said = {name: form.get(name, [""])[0].replace("\0", "") for name in ("text", "user_id", "user_name")}
    verb, _, rest = said["text"].strip().partition(" ")
    summary = rest.strip()[:MAX_SUMMARY]
    orders: dict[str, Literal["ON_CALL", "OPEN"]] = {"oncall": "ON_CALL", "on-call": "ON_CALL"}
    if summary:
        orders["new"] = "OPEN"
    return Ordered(
        order=orders.get(verb.lower(), "HELP"),
        summary=summary,
        by=said["user_name"],
        identity=said["user_id"],
    )


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`v0=` and the HMAC-SHA256 of `v0:timestamp:body`."""
    mac = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return f"v0={mac.hexdigest()}"


def _verify(callback: Callback, secret: str) -> None:
    timestamp = callback.headers.get("x-slack-request-timestamp", "")
    given = callback.headers.get("x-slack-signature", "")
    if not secret or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        raise Forbidden("the request is not signed by Slack, or the connector has no signing secret")
    sent = from_micros(int(timestamp) * 1_000_000)
    if abs(callback.received_at - sent) > OLDEST:
        raise Forbidden("the request is older than five minutes")
    if not hmac.compare_digest(given.encode(), signature(secret, timestamp, callback.body).encode()):
        raise Forbidden("the signature is not Slack's")


def _message(errand: Errand) -> Request:
    """The message is made, redrawn, or gets a reply."""
    o, there, token = errand.occasion, errand.remote, errand.connector.bot_token
    if there is None:
        return call(token, "chat.postMessage", {"channel": errand.params.channel_id, **_shown(o)})
    place = {"channel": there.state["channel"]}
    if o.comment:
        reply = {**place, "thread_ts": there.id, "text": f"{o.by}: {o.comment}"[:3000]}
        return call(token, "chat.postMessage", reply)
    shown = _shown(o, there.state.get(CHANNEL, ""))
    return call(token, "chat.update", {**place, "ts": there.id, **shown})


def _made(errand: Errand, answer: Answer) -> Remote:
    channel, ts = text_of(answer, "channel"), text_of(answer, "ts")
    domain = errand.params.team_domain
    url = f"https://{domain}.slack.com/archives/{channel}/p{ts.replace('.', '')}" if domain else ""
    return Remote(id=ts, url=url, state={"channel": channel})


def _shown(o: Occasion, own: str = "") -> dict[str, Any]:
    """The message; `own` is the incident's channel, if it has one."""
    return {"text": f"[{o.status}] {o.summary}"[:3000], "attachments": [_attachment(o, own)]}


def _attachment(o: Occasion, own: str) -> dict[str, Any]:
    facts = [f"*Source* {o.source}", f"*Priority* {o.priority}"]
    if o.assigned_to:
        facts.append(f"*With* {o.assigned_to.first_name} {o.assigned_to.last_name}".rstrip())
    if own:
        facts.append(f"*Channel* <#{own}>")
    blocks: list[dict[str, Any]] = [
        _section(f"*<{o.url}|#{o.incident_id} {_plain(o.summary)}>*\n{_plain(o.details[:1500])}".rstrip()),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "   ".join(facts)}]},
    ]
    if not o.over and o.incident_id:
        blocks.append({"type": "actions", "elements": _buttons(o)})
    return {"color": _COLOURS[o.status], "fallback": o.summary, "blocks": blocks}


def _buttons(o: Occasion) -> list[dict[str, Any]]:
    shown = [("resolve", "Resolve", ""), ("escalate", "Escalate", "")]
    if o.status == "PENDING":
        shown.insert(0, ("accept", "Accept", "primary"))
    return [
        {
            "type": "button",
            "action_id": action,
            "value": str(o.incident_id),
            "text": {"type": "plain_text", "text": label},
            **({"style": style} if style else {}),
        }
        for action, label, style in shown
    ]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:3000]}}


def _plain(text: str) -> str:
    """Slack's three control characters, escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


connection = Slack()
