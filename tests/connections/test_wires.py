"""The wires of the products, by what leaves us and what is made of their answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.connections.occasions import NOON, Server, callback, occasion
from tests.connections.samples import SAMPLES
from tocsin.connections.aws_signature import AwsKeys, signed
from tocsin.core.connections import Outcome, Remote
from tocsin.kit.errors import BadInput, Forbidden
from tocsin.kit.value import decode, dumps, loads, replace
from tocsin.plugins import (
    Answer,
    Callback,
    Errand,
    HttpAnswer,
    HttpRequest,
    MailAnswer,
    MailRequest,
    connection_types,
)

OVER: dict[str, Any] = {"trigger": "incident-resolved", "status": "RESOLVED", "by": "Bo"}
TAKEN: dict[str, Any] = {"trigger": "incident-acknowledged", "status": "ACCEPTED", "by": "Bo"}


def errand(
    name: str, there: Remote | None = None, params: dict[str, Any] | None = None, **changes: Any
) -> Errand:
    kind, sample = connection_types()[name], SAMPLES[name]
    return Errand(
        occasion=occasion(**changes),
        params=decode(kind.params, {**sample["params"], **(params or {})}),
        connector=decode(kind.connector, sample["connector"]) if kind.connector else None,
        remote=there,
        now=NOON,
        sender="tocsin@example.org",
    )


def first(name: str, **changes: Any) -> HttpRequest:
    """The first request of an errand."""
    step = connection_types()[name].proceed(errand(name, **changes), ())
    assert isinstance(step, HttpRequest)
    return step


def header(request: HttpRequest, name: str) -> str:
    return dict(request.headers)[name]


def said(body: object, status: int = 201) -> HttpAnswer:
    return HttpAnswer(status=status, body=dumps(body).encode())


MADE: list[tuple[str, str, object, Remote]] = [
    (
        "github",
        "POST /repos/acme/ops/issues",
        {"number": 7, "html_url": "https://g/7"},
        Remote(id="7", url="https://g/7"),
    ),
    (
        "gitlab",
        "POST /api/v4/projects/acme%2Fops/issues",
        {"iid": 7, "web_url": "https://l/7"},
        Remote(id="7", url="https://l/7"),
    ),
    (
        "servicenow",
        "POST /api/now/table/incident",
        {"result": {"sys_id": "abc"}},
        Remote(id="abc", url="https://example.service-now.com/nav_to.do?uri=incident.do?sys_id=abc"),
    ),
    (
        "zendesk",
        "POST /api/v2/tickets.json",
        {"ticket": {"id": 7}},
        Remote(id="7", url="https://acme.zendesk.com/agent/tickets/7"),
    ),
    (
        "topdesk",
        "POST /tas/api/incidents",
        {"id": "u-7"},
        Remote(id="u-7", url="https://acme.topdesk.example/tas/secure/incident?action=show&unid=u-7"),
    ),
    (
        "zammad",
        "POST /api/v1/tickets",
        {"id": 7},
        Remote(id="7", url="https://zammad.example/#ticket/zoom/7"),
    ),
    ("autotask", "POST /ATServicesRest/V1.0/Tickets", {"itemId": 7}, Remote(id="7")),
    (
        "status_page_io",
        "POST /v1/pages/p1/incidents",
        {"id": "s7", "shortlink": "https://s/7"},
        Remote(id="s7", url="https://s/7"),
    ),
    ("discord", "POST /api/webhooks/1/token", {"id": "99"}, Remote(id="99")),
    (
        "telegram",
        "POST /bot12:telegram-token/sendMessage",
        {"ok": True, "result": {"message_id": 5}},
        Remote(id="5"),
    ),
]


@pytest.mark.parametrize("name, asked, answer, made", MADE, ids=[m[0] for m in MADE])
def test_the_first_occasion_makes_something_that_can_be_found_again(
    name: str, asked: str, answer: object, made: Remote
) -> None:
    server = Server({asked: said(answer)})
    ended = server.play(connection_types()[name], errand(name))
    assert (ended.kind, ended.remote) == ("DONE", made)
    assert b"Disk full on db-1" in server.requests[0].body


@pytest.mark.parametrize("name", [m[0] for m in MADE])
def test_an_answer_that_names_nothing_is_no_success(name: str) -> None:
    ended = connection_types()[name].proceed(errand(name), (said({}),))
    assert isinstance(ended, Outcome)
    assert ended.kind == "PERMANENT"


CHANGED: list[tuple[str, dict[str, Any], list[tuple[str, object]]]] = [
    (
        "github",
        OVER,
        [
            ("POST /repos/acme/ops/issues/7/comments", {"body": "incident resolved by Bo (RESOLVED)"}),
            ("PATCH /repos/acme/ops/issues/7", {"title": "[RESOLVED] Disk full on db-1", "state": "closed"}),
        ],
    ),
    (
        "gitlab",
        OVER,
        [
            (
                "POST /api/v4/projects/acme%2Fops/issues/7/notes",
                {"body": "incident resolved by Bo (RESOLVED)"},
            ),
            (
                "PUT /api/v4/projects/acme%2Fops/issues/7",
                {"title": "[RESOLVED] Disk full on db-1", "state_event": "close"},
            ),
        ],
    ),
    (
        "servicenow",
        TAKEN,
        [
            (
                "PATCH /api/now/table/incident/7",
                {
                    "short_description": "[ACCEPTED] Disk full on db-1",
                    "work_notes": "incident acknowledged by Bo (ACCEPTED)",
                    "state": "2",
                },
            )
        ],
    ),
    (
        "servicenow",
        OVER,
        [
            (
                "PATCH /api/now/table/incident/7",
                {
                    "short_description": "[RESOLVED] Disk full on db-1",
                    "work_notes": "incident resolved by Bo (RESOLVED)",
                    "state": "6",
                    "close_code": "Solved (Permanently)",
                    "close_notes": "incident resolved by Bo (RESOLVED)",
                },
            )
        ],
    ),
    (
        "zendesk",
        OVER,
        [
            (
                "PUT /api/v2/tickets/7.json",
                {
                    "ticket": {
                        "subject": "[RESOLVED] Disk full on db-1",
                        "comment": {"body": "incident resolved by Bo (RESOLVED)", "public": False},
                        "status": "solved",
                    }
                },
            )
        ],
    ),
    (
        "topdesk",
        OVER,
        [
            (
                "PATCH /tas/api/incidents/id/7",
                {
                    "briefDescription": "[RESOLVED] Disk full on db-1",
                    "action": "incident resolved by Bo (RESOLVED)",
                    "completed": True,
                },
            )
        ],
    ),
    (
        "zammad",
        TAKEN,
        [
            (
                "PUT /api/v1/tickets/7",
                {
                    "title": "[ACCEPTED] Disk full on db-1",
                    "article": {
                        "subject": "[ACCEPTED] Disk full on db-1",
                        "body": "incident acknowledged by Bo (ACCEPTED)",
                        "type": "note",
                        "internal": True,
                    },
                },
            )
        ],
    ),
    (
        "status_page_io",
        TAKEN,
        [
            (
                "PATCH /v1/pages/p1/incidents/7",
                {"incident": {"status": "identified", "body": "incident acknowledged by Bo (ACCEPTED)"}},
            )
        ],
    ),
    (
        "status_page_io",
        OVER,
        [
            (
                "PATCH /v1/pages/p1/incidents/7",
                {"incident": {"status": "resolved", "body": "incident resolved by Bo (RESOLVED)"}},
            )
        ],
    ),
]


@pytest.mark.parametrize("name, what, asked", CHANGED, ids=[f"{c[0]} {c[1]['status']}" for c in CHANGED])
def test_later_occasions_change_it(name: str, what: dict[str, Any], asked: list[tuple[str, object]]) -> None:
    server = Server({path: 200 for path, _ in asked})
    assert server.play(connection_types()[name], errand(name, Remote(id="7"), **what)).kind == "DONE"
    assert server.bodies == [body for _, body in asked]


def test_autotask_completes_the_ticket_after_its_note() -> None:
    server = Server(
        {"POST /ATServicesRest/V1.0/Tickets/7/Notes": 200, "PATCH /ATServicesRest/V1.0/Tickets": 200}
    )
    server.play(connection_types()["autotask"], errand("autotask", Remote(id="7"), **OVER))
    assert server.bodies[1] == {"id": 7, "title": "[RESOLVED] Disk full on db-1", "status": 5}
    assert header(server.requests[0], "secret") == "api-secret"


def test_chats_say_state_summary_and_where_to_look() -> None:
    for name in (
        "mattermost",
        "slack_webhook",
        "microsoft_teams",
        "microsoft_teams_webhook",
        "google_chat_webhook",
        "zoom_chat",
        "dingtalk",
        "discord",
    ):
        body = first(name).body.decode()
        assert "Disk full on db-1" in body, name
        assert "https://tocsin.example/incidents/42" in body, name


def test_discord_redraws_the_same_message() -> None:
    server = Server({"PATCH /api/webhooks/1/token/messages/99": 200})
    assert (
        server.play(connection_types()["discord"], errand("discord", Remote(id="99"), **OVER)).kind == "DONE"
    )
    assert server.bodies[0]["embeds"][0]["color"] == 0x2E7D32


@pytest.mark.parametrize(
    "name, there, url",
    [
        ("discord", None, "https://x.example/in?thread_id=5&wait=true"),
        ("discord", Remote(id="99"), "https://x.example/in/messages/99?thread_id=5"),
        ("zoom_chat", None, "https://x.example/in?thread_id=5&format=full"),
        ("google_chat_webhook", None, "https://x.example/in?thread_id=5&messageReplyOption=REPLY"),
    ],
)
def test_a_query_of_the_address_stays_and_ours_joins_it(name: str, there: Remote | None, url: str) -> None:
    kind, one = connection_types()[name], errand(name, there)
    own = "https://x.example/in?thread_id=5"
    part = "params" if name == "google_chat_webhook" else "connector"
    sent = kind.proceed(replace(one, **{part: replace(getattr(one, part), url=own)}), ())
    assert isinstance(sent, HttpRequest)
    assert sent.url.startswith(url)


def test_no_product_makes_us_wait_for_days() -> None:
    asked = HttpAnswer(status=429, headers={"retry-after": "999999"})
    outcome = connection_types()["discord"].proceed(errand("discord"), (asked,))
    assert isinstance(outcome, Outcome)
    assert outcome.retry_after_seconds == 3600


def test_telegram_redraws_the_same_message_and_takes_the_buttons_away() -> None:
    server = Server({"POST /bot12:telegram-token/editMessageText": 200})
    server.play(connection_types()["telegram"], errand("telegram", Remote(id="5"), **OVER))
    assert server.bodies[0]["message_id"] == 5
    assert server.bodies[0]["reply_markup"] == {"inline_keyboard": []}


def test_dingtalk_signs_and_its_refusal_in_a_200_is_noticed() -> None:
    query = parse_qs(urlsplit(first("dingtalk").url).query)
    stamp = query["timestamp"][0]
    mac = hmac.new(b"SEC-1", f"{stamp}\nSEC-1".encode(), hashlib.sha256).digest()
    assert query["sign"] == [base64.b64encode(mac).decode()]
    ended = connection_types()["dingtalk"].proceed(
        errand("dingtalk"), (said({"errcode": 310000, "errmsg": "sign"}, 200),)
    )
    assert isinstance(ended, Outcome)
    assert ended.kind == "PERMANENT"


@pytest.mark.parametrize("name", ["aws_lambda", "azure_faas", "google_faas"])
def test_a_function_gets_the_webhooks_body_and_its_authorization(name: str) -> None:
    request = first(name)
    assert loads(request.body)["eventType"] == "incident-created"
    wanted = SAMPLES[name]["connector"].get("authorization")
    assert dict(request.headers).get("authorization") == wanted


def test_a_webhook_is_signed_with_the_time_of_the_try_and_brings_what_it_was_given() -> None:
    """As docs/how-to/connections.md tells a receiver to check it."""
    kind = connection_types()["webhook"]
    own = {"webhookUrl": "https://u:p%40ss@hooks.example/in", "headers": [{"key": "X-Team", "value": "ops"}]}
    one = replace(errand("webhook", params=own), now=NOON + timedelta(hours=1))
    request = kind.proceed(one, ())
    assert isinstance(request, HttpRequest)
    stamp, given = (part.partition("=")[2] for part in header(request, "x-tocsin-signature").split(","))
    assert int(stamp) == int((NOON + timedelta(hours=1)).timestamp())
    signed = f"{stamp}.".encode() + request.body
    assert hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest() == given
    assert request.url == "https://hooks.example/in"
    assert header(request, "authorization") == f"Basic {base64.b64encode(b'u:p@ss').decode()}"
    assert header(request, "X-Team") == "ops"


def test_a_lambda_by_name_is_signed_and_without_keys_refused_in_words() -> None:
    kind = connection_types()["aws_lambda"]
    keys = {"region": "eu-central-1", "accessKeyId": "AKID", "secretAccessKey": "secret"}
    by_name = decode(kind.params, {"functionName": "page me"})
    assert kind.connector is not None
    one = Errand(occasion=occasion(), params=by_name, connector=decode(kind.connector, keys), now=NOON)
    request = kind.proceed(one, ())
    assert isinstance(request, HttpRequest)
    assert (
        request.url == "https://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/page%20me/invocations"
    )
    assert "Credential=AKID/20260302/eu-central-1/lambda/aws4_request" in header(request, "authorization")
    with pytest.raises(BadInput, match="keys"):
        kind.proceed(
            Errand(occasion=occasion(), params=by_name, connector=decode(kind.connector, {}), now=NOON), ()
        )


def test_the_signature_is_the_one_of_awss_own_example() -> None:
    keys = AwsKeys(
        access_key_id="AKIDEXAMPLE",
        secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        region="us-east-1",
        service="service",
    )
    request = HttpRequest(method="GET", url="https://example.amazonaws.com/")
    done = signed(request, keys, datetime(2015, 8, 30, 12, 36, tzinfo=UTC))
    assert header(done, "authorization").endswith(
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )


def test_mails_go_to_each_address_and_a_refused_one_stops_no_other() -> None:
    kind, one = (
        connection_types()["email"],
        errand("email", params={"subject": "{{ alertStatus }}: {{ alertSummary }}"}),
    )
    answers: tuple[Answer, ...] = ()
    recipients = []
    while isinstance(step := kind.proceed(one, answers), MailRequest):
        recipients.append(step.recipient)
        answers = (*answers, MailAnswer(code=550 if step.recipient.startswith("a@") else 250, text="x"))
        mail = message_from_bytes(step.raw)
    assert recipients == ["a@example.org", "b@example.org"]
    assert mail["Subject"] == "PENDING: Disk full on db-1"
    assert isinstance(step, Outcome)
    assert (step.kind, step.answer) == ("PERMANENT", "550 x")


def test_mails_go_out_with_addresses_as_the_wire_wants_them() -> None:
    one = errand("email", params={"recipients": ["ops@bücher.example"]})
    step = connection_types()["email"].proceed(replace(one, sender="Tocsin <bell@example.org>"), ())
    assert isinstance(step, MailRequest)
    assert (step.sender, step.recipient) == ("bell@example.org", "ops@xn--bcher-kva.example")
    mail = message_from_bytes(step.raw)
    assert (mail["From"], mail["To"]) == ("Tocsin <bell@example.org>", "ops@xn--bcher-kva.example")
    assert mail["Message-ID"].endswith("@example.org>")


# What comes back.


def hub(body: bytes, secret: str = "hub-secret") -> Callback:
    return callback(
        body,
        **{
            "x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
            "x-github-event": "issues",
        },
    )


def zen(body: bytes, secret: str = "zen-secret") -> Callback:
    mac = hmac.new(secret.encode(), b"2026-03-02T12:00:00Z" + body, hashlib.sha256).digest()
    return callback(
        body,
        **{
            "x-zendesk-webhook-signature-timestamp": "2026-03-02T12:00:00Z",
            "x-zendesk-webhook-signature": base64.b64encode(mac).decode(),
        },
    )


def by_header(name: str, secret: str) -> Any:
    return lambda body, given=secret: callback(body, **{name: given})


BACK: list[tuple[str, Any, object, tuple[str, str]]] = [
    (
        "github",
        hub,
        {"action": "closed", "issue": {"number": 7}, "sender": {"login": "mia"}},
        ("7", "RESOLVE"),
    ),
    ("github", hub, {"action": "assigned", "issue": {"number": 7}}, ("7", "ACCEPT")),
    (
        "gitlab",
        by_header("x-gitlab-token", "lab-secret"),
        {"object_kind": "issue", "object_attributes": {"action": "close", "iid": 7}},
        ("7", "RESOLVE"),
    ),
    (
        "gitlab",
        by_header("x-gitlab-token", "lab-secret"),
        {"object_kind": "note", "issue": {"iid": 7}, "object_attributes": {"note": "hm"}},
        ("7", "COMMENT"),
    ),
    (
        "servicenow",
        by_header("x-tocsin-secret", "back-secret"),
        {"sys_id": "abc", "state": 6},
        ("abc", "RESOLVE"),
    ),
    (
        "servicenow",
        by_header("x-tocsin-secret", "back-secret"),
        {"sys_id": "abc", "state": "2"},
        ("abc", "ACCEPT"),
    ),
    ("zendesk", zen, {"ticket_id": 7, "status": "Solved"}, ("7", "RESOLVE")),
    ("zendesk", zen, {"ticket_id": 7, "status": "pending"}, ("7", "ACCEPT")),
    (
        "telegram",
        by_header("x-telegram-bot-api-secret-token", "tg-secret"),
        {"callback_query": {"id": "1", "data": "accept:42", "from": {"id": 9}}},
        ("", "ACCEPT"),
    ),
]


@pytest.mark.parametrize("name, sealed, body, told", BACK, ids=[f"{b[0]} {b[3][1]}" for b in BACK])
def test_what_was_done_there_comes_back_only_with_the_secret(
    name: str, sealed: Any, body: object, told: tuple[str, str]
) -> None:
    kind, one, raw = connection_types()[name], errand(name), dumps(body).encode()
    heard = kind.hear(sealed(raw), one.connector, one.params)
    assert [(t.remote_id, t.action) for t in heard.told] == [told]
    with pytest.raises(Forbidden):
        kind.hear(sealed(raw, "another"), one.connector, one.params)


def test_an_assigned_colleague_in_telegram_is_known_by_their_id() -> None:
    body = dumps(
        {"callback_query": {"id": "1", "data": "resolve:42", "from": {"id": 9, "first_name": "Mia"}}}
    ).encode()
    one = errand("telegram")
    heard = connection_types()["telegram"].hear(
        callback(body, **{"x-telegram-bot-api-secret-token": "tg-secret"}), one.connector, one.params
    )
    assert [(t.incident_id, t.identity, t.redraw) for t in heard.told] == [(42, "9", True)]
    assert loads(heard.answer.body)["method"] == "answerCallbackQuery"


def test_redmine_looks_up_which_status_closes_an_issue_unless_it_is_told() -> None:
    statuses = b'{"issue_statuses":[{"id":1,"name":"New","is_closed":false},{"id":5,"is_closed":true}]}'
    listed = HttpAnswer(status=200, body=statuses)
    server = Server({"GET /issue_statuses.json": listed, "PUT /issues/7.json": 204})
    kind, there = connection_types()["redmine"], Remote(id="7")
    assert server.play(kind, errand("redmine", there, **OVER)).kind == "DONE"
    assert server.bodies[-1]["issue"]["status_id"] == "5"
    told = Server({"PUT /issues/7.json": 204})
    told.play(kind, errand("redmine", there, {"resolvedStatusId": "3"}, **OVER))
    assert told.bodies[-1]["issue"]["status_id"] == "3"
    assert header(told.requests[0], "x-redmine-api-key") == "redmine-key"
    untouched = Server({"PUT /issues/7.json": 204})
    untouched.play(kind, errand("redmine", there, **TAKEN))
    assert "status_id" not in untouched.bodies[0]["issue"]
