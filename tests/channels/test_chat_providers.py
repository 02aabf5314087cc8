"""Chat with a person: Telegram, Slack, Microsoft Teams, Mattermost, Matrix."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, SectionBlock
from slack_sdk.signature import Clock, SignatureVerifier

from tests.channels.examples import AT, page
from tests.channels.providers import (
    BACK,
    SENDING,
    TOKEN,
    account,
    answer,
    asked,
    body_of,
    called_back,
    signed_by_slack,
    to,
)
from tocsin.channels.matrix import provider as matrix
from tocsin.channels.mattermost import provider as mattermost
from tocsin.channels.slack import provider as slack
from tocsin.channels.teams import provider as teams
from tocsin.channels.telegram import provider as telegram
from tocsin.kit.errors import Forbidden
from tocsin.kit.value import loads, replace
from tocsin.plugins import Answered, Callback, Heard, Reply

TELEGRAM, SLACK = account(("TELEGRAM", "telegram")), account(("SLACK", "slack"))
UPDATE = page(purpose="RESOLVED", answers=None)


# Telegram


def test_telegram_gets_a_message_with_buttons() -> None:
    request = asked(telegram)
    assert request.url == "https://api.telegram.org/bot123456:ABC-DEF/sendMessage"
    said = body_of(request)
    assert said["chat_id"] == 987654321
    assert said["text"].startswith("PENDING #123: Disk full on db-1\nHigh priority · Prometheus Frankfurt\n")
    answers, link = said["reply_markup"]["inline_keyboard"]
    assert answers[0] == {"text": "Acknowledge", "callback_data": f"accept:{TOKEN}"}
    assert all(len(each["callback_data"]) <= 64 for each in answers)
    assert link == [{"text": "Open", "url": "https://t.example.com/incidents/123"}]


def test_an_address_that_telegram_refuses_becomes_no_button() -> None:
    local = page(incident_url="http://localhost:8080/incidents/1", answers=None)
    assert "reply_markup" not in body_of(asked(telegram, local))


@pytest.mark.parametrize(
    "status, said, outcome, bounced, pause",
    [
        (403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}, "PERMANENT", True, None),
        (400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, "PERMANENT", True, None),
        (401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, "PERMANENT", False, None),
        (
            429,
            {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 14", "parameters": {"retry_after": 14}},
            "TEMPORARY", False, 14,
        ),
        (500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}, "TEMPORARY", False, None),
    ],
)  # fmt: skip
def test_telegrams_answers(
    status: int, said: Any, outcome: str, *, bounced: bool, pause: float | None
) -> None:
    receipt = telegram.read(answer(status, said))
    assert (receipt.outcome, receipt.bounced, receipt.pause_seconds) == (outcome, bounced, pause)
    assert receipt.answer == f"{status} {said['description']}"


def test_a_message_in_telegram_has_a_reference() -> None:
    said = {"ok": True, "result": {"message_id": 77, "chat": {"id": 987654321, "type": "private"}}}
    assert telegram.read(answer(200, said)).reference == "987654321:77"


def from_telegram(said: Any, secret: str = "tg-secret") -> Callback:
    return called_back("", said=said, headers={"x-telegram-bot-api-secret-token": secret})


PRESSED = {
    "update_id": 10001,
    "callback_query": {
        "id": "4382bfdwdsb323b2d9",
        "from": {"id": 987654321, "first_name": "Ann"},
        "message": {"message_id": 77, "chat": {"id": 987654321, "type": "private"}},
        "data": f"resolve:{TOKEN}",
    },
}


def test_a_button_in_telegram_answers_and_a_toast_tells_what_came_of_it() -> None:
    found = telegram.hear(from_telegram(PRESSED), TELEGRAM)
    assert found.replies == (
        Reply(
            text="resolve",
            token=TOKEN,
            reference="987654321:77",
            from_address="987654321",
            key="4382bfdwdsb323b2d9",
            in_place=True,
        ),
    )
    done = Answered(reply=found.replies[0], outcome="ALREADY_RESOLVED", text="It is resolved already.")
    assert loads(telegram.respond(found, (done,), TELEGRAM, SENDING).body) == {
        "method": "answerCallbackQuery",
        "callback_query_id": "4382bfdwdsb323b2d9",
        "text": "It is resolved already.",
        "show_alert": True,
    }


def test_a_message_in_telegram_is_redrawn_without_the_answers_that_are_over() -> None:
    reply = telegram.hear(from_telegram(PRESSED), TELEGRAM).replies[0]
    done = Answered(reply=reply, outcome="RESOLVE", message=to(telegram, page({"status": "RESOLVED"})))
    request = telegram.redraw(done, TELEGRAM)
    assert request is not None
    assert request.url.endswith("/editMessageText")
    said = body_of(request)
    assert (said["chat_id"], said["message_id"]) == (987654321, 77)
    assert said["text"].startswith("RESOLVED #123")
    assert [[b["text"] for b in row] for row in said["reply_markup"]["inline_keyboard"]] == [["Open"]]
    assert telegram.redraw(replace(done, reply=replace(reply, reference=None)), TELEGRAM) is None


def written(text: str, **more: Any) -> Heard:
    message = {"message_id": 80, "from": {"id": 987654321}, "chat": {"id": 987654321}, "text": text, **more}
    return telegram.hear(from_telegram({"update_id": 10002, "message": message}), TELEGRAM)


def test_a_text_in_telegram_answers_the_message_it_replies_to() -> None:
    found = written("ack", reply_to_message={"message_id": 77})
    expected = Reply(text="ack", from_address="987654321", reference="987654321:77", key="update-10002")
    assert found.replies == (expected,)


def test_start_tells_the_chats_number() -> None:
    found = written("/start")
    assert found.replies == ()
    assert found.answer is not None
    said = loads(found.answer.body)
    assert (said["method"], said["chat_id"]) == ("sendMessage", 987654321)
    assert "987654321" in said["text"]


def test_what_telegram_did_not_send_is_refused() -> None:
    with pytest.raises(Forbidden):
        telegram.hear(from_telegram(PRESSED, "guess"), TELEGRAM)
    with pytest.raises(Forbidden):
        telegram.hear(called_back("", said=PRESSED), TELEGRAM)


# Slack


def test_slack_gets_blocks_that_its_own_library_accepts() -> None:
    request = asked(slack)
    assert request.url == "https://slack.com/api/chat.postMessage"
    assert ("Authorization", "Bearer xoxb-1") in request.headers
    said = body_of(request)
    assert said["channel"] == "U012AB3CD"
    head, details, actions = said["blocks"]
    assert head["text"]["text"].startswith("*PENDING #123: Disk full on db-1*\nHigh priority")
    for block in (head, details):
        SectionBlock(text=block["text"]).validate_json()
    made = [ButtonElement(**{k: v for k, v in each.items() if k != "type"}) for each in actions["elements"]]
    ActionsBlock(elements=made).validate_json()
    assert actions["elements"][0] == {
        "type": "button",
        "action_id": "accept",
        "text": {"type": "plain_text", "text": "Acknowledge"},
        "value": f"accept:{TOKEN}",
        "style": "primary",
    }
    assert actions["elements"][-1]["url"] == "https://t.example.com/incidents/123"


def test_slack_reads_no_markup_out_of_a_summary() -> None:
    said = body_of(asked(slack, page({"summary": "<!channel> & <@U1>"})))
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in said["blocks"][0]["text"]["text"]


@pytest.mark.parametrize(
    "error, outcome, bounced",
    [
        ("channel_not_found", "PERMANENT", True),
        ("user_not_found", "PERMANENT", True),
        ("invalid_auth", "PERMANENT", False),
        ("not_in_channel", "PERMANENT", False),
        ("ratelimited", "TEMPORARY", False),
        ("internal_error", "TEMPORARY", False),
    ],
)
def test_slacks_errors_hide_in_a_200(error: str, outcome: str, *, bounced: bool) -> None:
    receipt = slack.read(answer(200, {"ok": False, "error": error}))
    assert (receipt.outcome, receipt.bounced, receipt.answer) == (outcome, bounced, f"200 {error}")


def test_a_message_in_slack_has_a_reference() -> None:
    receipt = slack.read(answer(200, {"ok": True, "channel": "D0G9QPY56", "ts": "1503435956.000247"}))
    assert (receipt.outcome, receipt.reference) == ("SENT", "D0G9QPY56:1503435956.000247")


PAYLOAD = {
    "type": "block_actions",
    "user": {"id": "U012AB3CD", "username": "ann"},
    "container": {"type": "message", "message_ts": "1503435956.000247", "channel_id": "D0G9QPY56"},
    "actions": [
        {"type": "button", "action_id": "accept", "value": f"accept:{TOKEN}", "action_ts": "1503436000.123"}
    ],
}


def test_a_button_in_slack_answers() -> None:
    callback = signed_by_slack(called_back("", form={"payload": json.dumps(PAYLOAD)}))
    assert slack.hear(callback, SLACK).replies == (
        Reply(
            text="accept",
            token=TOKEN,
            reference="D0G9QPY56:1503435956.000247",
            from_address="U012AB3CD",
            key="1503435956.000247-1503436000.123",
            quiet=True,
        ),
    )


def event(**said: Any) -> Heard:
    whole = {
        "type": "event_callback",
        "event_id": "Ev1",
        "event": {"type": "message", "channel_type": "im", **said},
    }
    return slack.hear(signed_by_slack(called_back("", said=whole)), SLACK)


def test_a_direct_message_in_slack_answers() -> None:
    found = event(user="U012AB3CD", text="ack 7", channel="D1", ts="2.0", thread_ts="1.0")
    assert found.replies == (Reply(text="ack 7", from_address="U012AB3CD", reference="D1:1.0", key="Ev1"),)


def test_our_own_messages_are_no_answers() -> None:
    assert event(user="U0BOT", bot_id="B1", text="PENDING", channel="D1", ts="2.0") == Heard()
    assert event(user="U1", subtype="message_changed", text="x", channel="D1", ts="2.0") == Heard()


def test_slack_asks_whether_we_are_there() -> None:
    said = {
        "type": "url_verification",
        "token": "t",
        "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
    }
    found = slack.hear(signed_by_slack(called_back("", said=said)), SLACK)
    assert found.answer is not None
    assert loads(found.answer.body) == {"challenge": said["challenge"]}


def test_what_slack_did_not_sign_or_long_ago_is_refused() -> None:
    callback = called_back("", form={"payload": json.dumps(PAYLOAD)})
    genuine = signed_by_slack(callback)
    for forged in (
        callback,
        signed_by_slack(callback, "another"),
        replace(genuine, body=genuine.body.replace(b"accept", b"resolv")),
        replace(genuine, received_at=AT + timedelta(minutes=6)),
        replace(genuine, headers={**genuine.headers, "x-slack-request-timestamp": "soon"}),
    ):
        with pytest.raises(Forbidden):
            slack.hear(forged, SLACK)


def test_slacks_documented_example_of_a_signature() -> None:
    # api.slack.com, “Verifying requests from Slack”.
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
        b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    stamp, signature = "1531420618", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    callback = replace(called_back(""), body=body, headers=headers, received_at=_at(int(stamp)))
    assert slack.hear(callback, SLACK) == Heard()

    class Then(Clock):
        def now(self) -> float:
            return float(stamp)

    verifier = SignatureVerifier(SLACK.signing_secret, Then())
    assert verifier.is_valid(body.decode(), stamp, signature)


def _at(seconds: int) -> Any:
    return AT + timedelta(seconds=seconds - AT.timestamp())


# Microsoft Teams


def test_teams_gets_an_adaptive_card_with_links() -> None:
    request = asked(teams)
    assert request.url.startswith("https://prod-1.westeurope.logic.azure.com/")
    card = body_of(request)["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["body"][0]["text"] == "PENDING #123: Disk full on db-1"
    assert card["content"]["actions"][0] == {
        "type": "Action.OpenUrl",
        "title": "Acknowledge",
        "url": "https://t.example.com/r/41x8c?do=accept",
    }
    assert [
        each["title"] for each in body_of(asked(teams, UPDATE))["attachments"][0]["content"]["actions"]
    ] == ["Open"]


@pytest.mark.parametrize(
    "status, body, outcome, bounced",
    [
        (202, b"", "SENT", False),
        (200, b"1", "SENT", False),
        (200, b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429", "TEMPORARY", False),
        (404, {"error": {"code": "WorkflowNotFound", "message": "The workflow could not be found."}}, "PERMANENT", True),
        (401, {"error": {"code": "DirectApiAuthorizationRequired", "message": "..."}}, "PERMANENT", True),
        (400, {"error": {"code": "TriggerInputSchemaMismatch", "message": "..."}}, "PERMANENT", False),
    ],
)  # fmt: skip
def test_teams_answers(status: int, body: Any, outcome: str, *, bounced: bool) -> None:
    receipt = teams.read(answer(status, body))
    assert (receipt.outcome, receipt.bounced) == (outcome, bounced)


# Mattermost


def test_mattermost_gets_an_attachment_whose_buttons_call_back() -> None:
    request = asked(mattermost)
    assert request.url == "https://chat.example.com/hooks/xyz"
    said = body_of(request)
    assert said["channel"] == "@ann.miller"
    attachment = said["attachments"][0]
    assert attachment["title_link"] == "https://t.example.com/incidents/123"
    assert attachment["actions"][2] == {
        "id": "escalate",
        "name": "Escalate",
        "integration": {"url": f"{BACK}/button", "context": {"action": "escalate", "token": TOKEN}},
    }


def test_a_button_in_mattermost_answers_and_says_what_came_of_it() -> None:
    said = {
        "user_id": "u1",
        "user_name": "ann.miller",
        "channel_id": "c1",
        "post_id": "p1",
        "trigger_id": "t1",
        "context": {"action": "accept", "token": TOKEN},
    }
    found = mattermost.hear(called_back("button", said=said), account(("MATTERMOST", "mattermost")))
    assert found.replies == (
        Reply(text="accept", token=TOKEN, from_address="@ann.miller", key="p1-t1", in_place=True),
    )
    done = Answered(reply=found.replies[0], outcome="ACCEPT", text="You have accepted incident 123.")
    told = mattermost.respond(found, (done,), account(("MATTERMOST", "mattermost")), SENDING)
    assert loads(told.body) == {"ephemeral_text": "You have accepted incident 123."}
    shown = to(mattermost, page({"status": "ACCEPTED"}))
    redrawn = mattermost.respond(
        found, (replace(done, message=shown),), account(("MATTERMOST", "mattermost")), SENDING
    )
    (attachment,) = loads(redrawn.body)["update"]["props"]["attachments"]
    assert attachment["title"] == "ACCEPTED #123: Disk full on db-1"
    assert [each["id"] for each in attachment["actions"]] == ["resolve", "escalate"]


@pytest.mark.parametrize(
    "status, body, outcome, bounced",
    [
        (200, b"ok", "SENT", False),
        (200, b"<html>Sign in</html>", "UNKNOWN", False),
        (
            400,
            {"id": "web.incoming_webhook.user.app_error", "message": "Couldn't find the user"},
            "PERMANENT",
            True,
        ),
        (
            404,
            {"id": "web.incoming_webhook.invalid.app_error", "message": "Invalid webhook."},
            "PERMANENT",
            False,
        ),
    ],
)
def test_mattermosts_answers(status: int, body: Any, outcome: str, *, bounced: bool) -> None:
    receipt = mattermost.read(answer(status, body))
    assert (receipt.outcome, receipt.bounced) == (outcome, bounced)


# Matrix


def test_a_second_try_is_no_second_message_in_matrix() -> None:
    request = asked(matrix)
    assert request.method == "PUT"
    assert request.url == (
        "https://matrix.example.com/_matrix/client/v3/rooms/%21abcdef%3Aexample.com/send/m.room.message/tocsin-41"
    )
    said = body_of(request)
    assert said["body"].startswith("PENDING #123: Disk full on db-1\n")
    assert "Acknowledge: https://t.example.com/r/41x8c?do=accept" in said["body"]
    assert '<a href="https://t.example.com/r/41x8c?do=accept">Acknowledge</a>' in said["formatted_body"]


def test_matrix_reads_no_markup_out_of_a_summary() -> None:
    said = body_of(asked(matrix, page({"summary": "<script>alert(1)</script>"})))
    assert "<script>" not in said["formatted_body"]


@pytest.mark.parametrize(
    "status, said, outcome, bounced, pause",
    [
        (200, {"event_id": "$1"}, "SENT", False, None),
        (403, {"errcode": "M_FORBIDDEN", "error": "not in room"}, "PERMANENT", True, None),
        (401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Unrecognised access token"}, "PERMANENT", False, None),
        (
            429,
            {"errcode": "M_LIMIT_EXCEEDED", "error": "Too many", "retry_after_ms": 2500},
            "TEMPORARY",
            False,
            2.5,
        ),
        (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 10**400}, "TEMPORARY", False, 3600),
    ],
)
def test_matrix_answers(status: int, said: Any, outcome: str, *, bounced: bool, pause: float | None) -> None:
    receipt = matrix.read(answer(status, said))
    assert (receipt.outcome, receipt.bounced, receipt.pause_seconds) == (outcome, bounced, pause)
