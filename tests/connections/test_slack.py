"""Slack: one message an incident, redrawn; buttons only when Slack itself says so."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from slack_sdk.signature import SignatureVerifier

from tests.connections.occasions import NOON, Server, callback, occasion
from tocsin.connections.slack import SlackConnector, SlackParams, connection, signature
from tocsin.connections.slack_install import SlackInstallation
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


def answers(**more: Any) -> dict[str, HttpAnswer | int]:
    """Slack, as it answers when all is well."""
    fine = HttpAnswer(status=200, body=b'{"ok":true}')
    made = HttpAnswer(status=200, body=b'{"ok":true,"channel":{"id":"C9"}}')
    methods = ("setTopic", "invite", "archive")
    return {
        "POST /api/chat.postMessage": POSTED,
        "POST /api/chat.update": POSTED,
        "POST /api/conversations.create": made,
        **{f"POST /api/conversations.{method}": fine for method in methods},
        **{f"POST /api/{name.replace('_', '.')}": answer for name, answer in more.items()},
    }


def refused(error: str) -> HttpAnswer:
    return HttpAnswer(status=200, body=dumps({"ok": False, "error": error}).encode())


def own(there: Remote | None = None, identities: dict[int, str] | None = None, **changes: Any) -> Errand:
    """An errand of a connection with a channel for each incident."""
    params = SlackParams(channel_id="C1", dedicated_channel="PRIVATE", archive_on_resolve=True)
    return Errand(
        occasion=occasion(**changes),
        params=params,
        connector=CONNECTOR,
        remote=there,
        now=NOON,
        identities=identities or {},
    )


def asked(server: Server) -> list[str]:
    return [r.url.rpartition("/")[2] for r in server.requests]


def test_an_incident_gets_a_channel_of_its_own_with_those_asked_who_are_linked() -> None:
    server = Server(answers())
    ended = server.play(connection, own(identities={2: "U2", 7: "U7"}))
    assert asked(server) == [
        "chat.postMessage",
        "conversations.create",
        "conversations.setTopic",
        "conversations.invite",
        "chat.update",
        "chat.postMessage",
    ]
    _, created, topic, invited, linked, posted = server.bodies
    assert created == {"name": "inc-42-disk-full-on-db-1", "is_private": True}
    assert topic == {
        "channel": "C9",
        "topic": "[PENDING] Disk full on db-1 https://tocsin.example/incidents/42",
    }
    assert (invited["channel"], invited["users"]) == ("C9", "U2"), "only those asked"
    assert "<#C9>" in dumps(linked)
    assert posted["channel"] == "C9"
    assert ended.remote is not None
    assert ended.remote.state == {
        "channel": "C1",
        "own": "C9",
        "topic": "PENDING",
        "invited": "U2",
        "linked": "1",
        "own_ts": "17.5",
    }


OWN = Remote(
    id="17.5",
    state={
        "channel": "C1",
        "own": "C9",
        "own_ts": "3.1",
        "topic": "PENDING",
        "linked": "1",
        "invited": "U2",
    },
)


def test_the_channel_is_told_and_archived_with_the_incident_and_then_left_alone() -> None:
    server = Server(answers())
    ended = server.play(connection, own(OWN, {2: "U2"}, trigger="incident-resolved", status="RESOLVED"))
    assert asked(server) == [
        "chat.update",
        "conversations.setTopic",
        "chat.update",
        "chat.postMessage",
        "conversations.archive",
    ]
    assert server.bodies[3] == {"channel": "C9", "text": "incident resolved (RESOLVED)"}
    later = Server(answers())
    later.play(
        connection, own(ended.remote, trigger="incident-comment-added", status="RESOLVED", comment="x")
    )
    assert asked(later) == ["chat.postMessage"], "in the thread of the first message"


def test_a_name_that_is_taken_gets_the_time_and_who_cannot_be_invited_stops_nothing() -> None:
    taken = [refused("name_taken"), answers()["POST /api/conversations.create"]]
    server = Server(answers(conversations_invite=refused("cant_invite")))
    kind_answers = iter(taken)
    given: tuple[Any, ...] = ()
    while not isinstance(step := connection.proceed(own(identities={2: "U2"}), given), Outcome):
        server.requests.append(step)  # type: ignore[arg-type]  # Slack is asked over the web
        path = step.url.rpartition("/")[2]  # type: ignore[union-attr]  # the same
        given = (
            *given,
            next(kind_answers) if path == "conversations.create" else server.answers[f"POST /api/{path}"],
        )
    assert step.kind == "DONE"
    assert [b["name"] for b in server.bodies if "name" in b] == [
        "inc-42-disk-full-on-db-1",
        "inc-42-120000-disk-full-on-db-1",
    ]


def test_without_the_right_to_open_channels_the_message_is_there_all_the_same() -> None:
    server = Server(answers(conversations_create=refused("missing_scope")))
    ended = server.play(connection, own())
    assert (ended.kind, ended.answer) == ("PERMANENT", '200 {"ok":false,"error":"missing_scope"}')
    assert ended.remote is not None, "so the next try redraws it and goes on from here"
    again = Server(answers())
    assert again.play(connection, own(ended.remote)).kind == "DONE"
    assert asked(again)[:2] == ["chat.update", "conversations.create"]


def test_a_test_opens_no_channel_and_an_app_that_is_not_installed_says_so() -> None:
    server = Server(answers())
    server.play(connection, own(incident_id=0))
    assert asked(server) == ["chat.postMessage"]
    errand = Errand(
        occasion=occasion(),
        params=PARAMS,
        connector=SlackConnector(client_id="1", client_secret="2"),
        now=NOON,
    )
    ended = connection.proceed(errand, ())
    assert isinstance(ended, Outcome)
    assert "not installed" in ended.answer


def test_the_app_is_installed_by_a_code_for_a_token() -> None:
    installation = SlackInstallation()
    client = SlackConnector(client_id="1.2", client_secret="geheim")
    back_to = "https://tocsin.example/connectors/installed"
    address = urlsplit(installation.address(client, back_to, "state-1"))
    assert address.netloc == "slack.com"
    query = parse_qs(address.query)
    assert (query["redirect_uri"], query["state"], query["client_id"]) == ([back_to], ["state-1"], ["1.2"])
    assert "channels:manage" in query["scope"][0].split(",")
    assert installation.address(CONNECTOR, back_to, "s") == ""
    asked = installation.exchange(client, back_to, "code-1")
    form = {"client_id": ["1.2"], "client_secret": ["geheim"], "code": ["code-1"], "redirect_uri": [back_to]}
    assert parse_qs(asked.body.decode()) == form
    said = HttpAnswer(status=200, body=b'{"ok":true,"access_token":"xoxb-2","team":{"name":"Acme"}}')
    assert installation.granted(said) == {"botToken": "xoxb-2", "workspace": "Acme"}
    with pytest.raises(BadInput, match="invalid_code"):
        installation.granted(refused("invalid_code"))
