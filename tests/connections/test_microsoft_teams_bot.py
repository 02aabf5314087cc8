"""Microsoft Teams by a bot: one card an incident, redrawn; buttons only when the Bot Connector itself says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.connections.occasions import NOON, callback, occasion
from tests.connections.teams import CHANNEL, CONNECTOR, STRANGER, Microsoft, pressed, token
from tocsin.connections.microsoft_teams_bot import TeamsBotConnector, TeamsBotParams, connection
from tocsin.core.connections import Outcome, Remote
from tocsin.kit.errors import Forbidden
from tocsin.kit.value import decode, loads
from tocsin.plugins import Answer, Errand, HookHeard, HttpAnswer

ACCOUNT = decode(TeamsBotConnector, CONNECTOR)
THERE = Remote(id="1", state={"conversation": f"{CHANNEL};messageid=1"})
PLACE = "/teams/v3/conversations"
THREAD = f"{PLACE}/19%3Aabc%40thread.tacv2%3Bmessageid%3D1/activities"


def carry(
    microsoft: Microsoft, there: Remote | None = None, channel: str = CHANNEL, **changes: Any
) -> Outcome:
    errand = Errand(
        occasion=occasion(**changes),
        params=TeamsBotParams(channel_id=channel),
        connector=ACCOUNT,
        remote=there,
        now=NOON,
    )
    answers: tuple[Answer, ...] = ()
    while not isinstance(step := connection.proceed(errand, answers), Outcome):
        answers = (*answers, microsoft.ask(step))
    return step


def test_an_incident_becomes_a_thread_of_the_channel() -> None:
    microsoft = Microsoft()
    ended = carry(microsoft)
    assert ended.remote == THERE
    assert microsoft.asked == ["POST /tenant-1/oauth2/v2.0/token", f"POST {PLACE}"]
    assert b"client_secret=geheim" in microsoft.requests[0].body
    said = loads(microsoft.requests[1].body)
    assert said["channelData"]["channel"] == {"id": CHANNEL}
    card = said["activity"]["attachments"][0]["content"]
    assert [a.get("verb") for a in card["actions"]] == ["accept", "resolve", "escalate", None]


def test_in_a_chat_it_is_a_message_of_the_one_conversation() -> None:
    microsoft = Microsoft()
    ended = carry(microsoft, channel="19:chat@thread.v2")
    assert microsoft.asked[1] == f"POST {PLACE}/19%3Achat%40thread.v2/activities"
    assert ended.remote is not None
    assert ended.remote.state == {"conversation": "19:chat@thread.v2"}


def test_the_card_is_redrawn_and_a_comment_becomes_a_reply() -> None:
    microsoft = Microsoft()
    carry(microsoft, THERE, trigger="incident-resolved", status="RESOLVED")
    assert microsoft.asked[1] == f"PUT {THREAD}/1"
    card = loads(microsoft.requests[1].body)["attachments"][0]["content"]
    assert [a["type"] for a in card["actions"]] == ["Action.OpenUrl"], "over: no button left"
    carry(microsoft, THERE, trigger="incident-comment-added", by="Bo", comment="looking")
    assert microsoft.asked[3] == f"POST {THREAD}"
    assert loads(microsoft.requests[3].body) == {"type": "message", "text": "Bo: looking", "replyToId": "1"}


def test_a_secret_that_entra_refuses_ends_it_in_its_words() -> None:
    refused = HttpAnswer(status=401, body=b'{"error":"invalid_client"}')
    errand = Errand(
        occasion=occasion(), params=TeamsBotParams(channel_id=CHANNEL), connector=ACCOUNT, now=NOON
    )
    ended = connection.proceed(errand, (refused,))
    assert ended == Outcome(kind="PERMANENT", answer='401 {"error":"invalid_client"}')


def hear(microsoft: Microsoft, body: dict[str, Any], authorization: str) -> HookHeard:
    asked = callback(body, authorization=authorization)
    answers: tuple[Answer, ...] = ()
    while not isinstance(step := connection.listen(asked, ACCOUNT, None, answers), HookHeard):
        answers = (*answers, microsoft.ask(step))
    return step


@pytest.mark.parametrize(
    "verb, action", [("accept", "ACCEPT"), ("resolve", "RESOLVE"), ("escalate", "ESCALATE")]
)
def test_a_button_says_who_pressed_it(verb: str, action: str) -> None:
    microsoft = Microsoft()
    heard = hear(microsoft, pressed(verb), f"Bearer {token(NOON)}")
    assert [(t.incident_id, t.action, t.by, t.email, t.redraw) for t in heard.told] == [
        (42, action, "Bo Ruiz", "bo@example.org", True)
    ]
    assert loads(heard.answer.body)["statusCode"] == 200
    assert microsoft.asked[-1].endswith("/members/29%3Abo")


def test_who_is_unknown_to_the_directory_is_heard_by_name_only() -> None:
    heard = hear(Microsoft(email=""), pressed(), f"Bearer {token(NOON)}")
    assert [(t.by, t.email) for t in heard.told] == [("Bo Ruiz", "")]


@pytest.mark.parametrize(
    "authorization, body",
    [
        ("", pressed()),
        ("Bearer ", pressed()),
        ("Bearer a.b.c", pressed()),
        (f"Basic {token(NOON)}", pressed()),
        (f"Bearer {token(NOON, key=STRANGER)}", pressed()),
        (f"Bearer {token(NOON, kid='k2')}", pressed()),
        (f"Bearer {token(NOON, aud='another-bot')}", pressed()),
        (f"Bearer {token(NOON, iss='https://evil.example')}", pressed()),
        (f"Bearer {token(NOON, exp=NOON - timedelta(minutes=6))}", pressed()),
        (f"Bearer {token(NOON, nbf=NOON + timedelta(minutes=6))}", pressed()),
        (f"Bearer {token(NOON, exp='later')}", pressed()),
        (f"Bearer {token(NOON, serviceurl='https://evil.example')}", pressed()),
        (f"Bearer {token(NOON)}", pressed(serviceUrl="https://evil.example")),
        (f"Bearer {token(NOON)}", pressed(channelId="slack")),
        (f"Bearer {token(NOON)}", pressed(conversation={"id": "x", "tenantId": "tenant-2"})),
        (f"Bearer {token(NOON).rpartition('.')[0]}.", pressed()),
    ],
)
def test_whatever_the_bot_connector_did_not_send_is_refused_before_anything_is_asked(
    authorization: str, body: dict[str, Any]
) -> None:
    microsoft = Microsoft()
    with pytest.raises(Forbidden):
        hear(microsoft, body, authorization)
    assert len(microsoft.requests) <= 2, "nothing but the published keys"


def test_an_unsigned_token_and_one_signed_with_the_public_key_are_refused() -> None:
    head, body, _ = token(NOON).split(".")
    none = "eyJhbGciOiJub25lIiwia2lkIjoiazEifQ"
    with pytest.raises(Forbidden):
        hear(Microsoft(), pressed(), f"Bearer {none}.{body}.")
    hs256 = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0"
    with pytest.raises(Forbidden):
        hear(Microsoft(), pressed(), f"Bearer {hs256}.{body}.{head}")


@pytest.mark.parametrize(
    "body",
    [
        pressed(type="message", name=""),
        pressed("delete"),
        pressed(incident=-1),
        pressed(value=None),
        {**pressed(), "name": "composeExtension/query"},
    ],
)
def test_other_activities_do_nothing(body: dict[str, Any]) -> None:
    assert hear(Microsoft(), body, f"Bearer {token(NOON)}").told == ()
