"""Slack: one message an incident, redrawn; buttons only when Slack itself says so."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier

from tests.connections.occasions import NOON, Server, callback, occasion
from tocsin.connections.slack import SlackConnector, SlackParams, connection, signature
from tocsin.core.connections import Outcome, Remote
from tocsin.kit.errors import BadInput, Forbidden
from tocsin.kit.value import dumps
from tocsin.plugins import Errand, HttpAnswer

CONNECTOR = SlackConnector(bot_token="xoxb-1", signing_secret="shh")
PARAMS = SlackParams(channel_id="C1", team_domain="acme")
THERE = Remote(id="17.5", state={"channel": "C1"})
POSTED = HttpAnswer(status=200, body=b'{"ok":true,"channel":"C1","ts":"17.5"}')


def errand(there: Remote | None = None, **changes: Any) -> Errand:
    return Errand(occasion=occasion(**changes), params=PARAMS, connector=CONNECTOR, remote=there, now=NOON)


def test_the_message_is_posted_and_can_be_found_again() -> None:
    server = Server({"POST /api/chat.postMessage": POSTED})
    ended = server.play(connection, errand())
    assert ended.remote == Remote(
        id="17.5", url="https://acme.slack.com/archives/C1/p175", state={"channel": "C1"}
    )
    blocks = server.bodies[0]["attachments"][0]["blocks"]
    assert [b["action_id"] for b in blocks[-1]["elements"]] == ["accept", "resolve", "escalate"]


def test_it_is_redrawn_without_buttons_once_it_is_over() -> None:
    server = Server({"POST /api/chat.update": POSTED})
    server.play(connection, errand(THERE, trigger="incident-resolved", status="RESOLVED"))
    body = server.bodies[0]
    assert (body["channel"], body["ts"]) == ("C1", "17.5")
    assert {b["type"] for b in body["attachments"][0]["blocks"]} == {"section", "context"}


def test_a_comment_becomes_a_reply_in_the_thread() -> None:
    server = Server({"POST /api/chat.postMessage": POSTED})
    server.play(connection, errand(THERE, trigger="incident-comment-added", by="Bo", comment="looking"))
    assert server.bodies[0] == {"channel": "C1", "thread_ts": "17.5", "text": "Bo: looking"}


@pytest.mark.parametrize("error, kind", [("channel_not_found", "PERMANENT"), ("ratelimited", "TEMPORARY")])
def test_a_refusal_in_a_200_is_noticed(error: str, kind: str) -> None:
    ended = connection.proceed(
        errand(), (HttpAnswer(status=200, body=dumps({"ok": False, "error": error}).encode()),)
    )
    assert isinstance(ended, Outcome)
    assert ended.kind == kind


def press(body: bytes, *, secret: str = "shh", at: float = NOON.timestamp()) -> Any:
    stamp = str(int(at))
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature(secret, stamp, body)}
    return callback(body, **headers)


def pressed(action: str = "accept") -> bytes:
    payload = {
        "type": "block_actions",
        "user": {"id": "U7", "name": "mia"},
        "actions": [{"action_id": action, "value": "42"}],
    }
    return urlencode({"payload": dumps(payload)}).encode()


@pytest.mark.parametrize(
    "action, done", [("accept", "ACCEPT"), ("resolve", "RESOLVE"), ("escalate", "ESCALATE")]
)
def test_a_button_says_who_pressed_it(action: str, done: str) -> None:
    told = connection.hear(press(pressed(action)), CONNECTOR, PARAMS).told
    assert [(t.incident_id, t.action, t.identity, t.redraw) for t in told] == [(42, done, "U7", True)]


def test_our_signature_is_the_one_that_slacks_own_library_makes() -> None:
    body = pressed()
    verifier = SignatureVerifier("shh")
    assert signature("shh", "1531420618", body) == verifier.generate_signature(
        timestamp="1531420618", body=body
    )


@pytest.mark.parametrize(
    "changes", [{"secret": "other"}, {"at": NOON.timestamp() - 400}, {"at": NOON.timestamp() + 400}]
)
def test_a_forged_or_old_request_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        connection.hear(press(pressed(), **changes), CONNECTOR, PARAMS)


def test_without_a_signing_secret_nothing_is_believed() -> None:
    with pytest.raises(Forbidden):
        connection.hear(press(pressed(), secret=""), SlackConnector(bot_token="x"), PARAMS)


def test_other_interactions_are_refused_in_words() -> None:
    with pytest.raises(BadInput, match="buttons"):
        connection.hear(press(b"payload=%7B%7D"), CONNECTOR, PARAMS)


def typed(text: str) -> bytes:
    return urlencode({"command": "/tocsin", "text": text, "user_id": "U7", "user_name": "mia"}).encode()


@pytest.mark.parametrize(
    "text, order, summary",
    [
        ("oncall", "ON_CALL", ""),
        (" On-Call ", "ON_CALL", ""),
        ("new  Disk full on db-1", "OPEN", "Disk full on db-1"),
        ("new a\0b", "OPEN", "ab"),
        ("new", "HELP", ""),
        ("", "HELP", ""),
        ("resolve everything", "HELP", "everything"),
    ],
)
def test_the_slash_command_is_read(text: str, order: str, summary: str) -> None:
    ordered = connection.hear(press(typed(text)), CONNECTOR, PARAMS).ordered
    assert ordered is not None
    assert (ordered.order, ordered.summary, ordered.identity) == (order, summary, "U7")


def test_a_forged_command_is_refused() -> None:
    with pytest.raises(Forbidden):
        connection.hear(press(typed("oncall"), secret="other"), CONNECTOR, PARAMS)
