"""What a provider renders and its peer hands back, through the whole engine: the button that was sent accepts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlencode

import pytest

from tests.cast import assemble
from tests.channels.providers import ADDRESSES, NUMBER, account, answer, signed_by_slack, signed_by_vonage
from tests.engine.telephones import WHERE, Twilio, World
from tocsin.auth.callback_tokens import callback_url
from tocsin.auth.provider_params import sealed
from tocsin.channels.twilio import signature as twilio_signature
from tocsin.channels.vonage_sms import signature as vonage_signature
from tocsin.core.people import PHONE, Contact
from tocsin.core.providers import ChannelProvider
from tocsin.kit.errors import NotFound
from tocsin.kit.value import encode, replace
from tocsin.plugins import Answer, Callback, HttpRequest, NetworkFailure, Request, providers
from tocsin.store import contacts, documents
from tocsin.store.database import Database
from tocsin.store.kinds import PROVIDERS

Key = tuple[str, str]


@dataclass
class Peer(Twilio):
    """Any provider, at the level of its HTTP API: takes everything."""

    says: Answer = field(default_factory=lambda: answer(200))
    asked: list[HttpRequest] = field(default_factory=list)

    async def perform(self, request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        self.asked.append(request)
        return self.says


@dataclass
class Called:
    """How to call us back."""

    base: str
    at: datetime

    def __call__(self, url: str, body: bytes, **headers: str) -> Callback:
        assert url.startswith(self.base)
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        rest = url.removeprefix(self.base).strip("/")
        return Callback(method="POST", url=url, rest=rest, headers=named, body=body, received_at=self.at)


def press_telegram(request: HttpRequest, call: Called) -> Callback:
    data = json.loads(request.body)["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    chat = {"message_id": 77, "chat": {"id": 987654321}}
    query = {"id": "q1", "from": {"id": 987654321}, "message": chat, "data": data}
    body = json.dumps({"update_id": 1, "callback_query": query}).encode()
    return call(call.base, body, x_telegram_bot_api_secret_token="tg-secret")


def press_slack(request: HttpRequest, call: Called) -> Callback:
    value = json.loads(request.body)["blocks"][-1]["elements"][0]["value"]
    container = {"message_ts": "1.5", "channel_id": "D1"}
    actions = [{"value": value, "action_ts": "2.5"}]
    said = {"type": "block_actions", "user": {"id": "U012AB3CD"}, "container": container, "actions": actions}
    body = urlencode({"payload": json.dumps(said)}).encode()
    return signed_by_slack(call(call.base, body), at=call.at)


def press_mattermost(request: HttpRequest, call: Called) -> Callback:
    button = json.loads(request.body)["attachments"][0]["actions"][0]["integration"]
    said = {"user_name": "ann.miller", "post_id": "p1", "trigger_id": "t1", "context": button["context"]}
    return call(button["url"], json.dumps(said).encode())


def press_pushover(request: HttpRequest, call: Called) -> Callback:
    url = parse_qs(request.body.decode())["callback"][0]
    return call(url, urlencode({"receipt": "r1", "acknowledged": "1"}).encode())


def press_vonage_voice(request: HttpRequest, call: Called) -> Callback:
    url = json.loads(request.body)["ncco"][2]["eventUrl"][0]
    said = {"uuid": "u-1", "dtmf": {"digits": "1", "timed_out": False}}
    return signed_by_vonage(call(url, json.dumps(said).encode()), at=call.at)


def text_vonage(request: HttpRequest, call: Called) -> Callback:
    fields = {
        "msisdn": NUMBER[1:],
        "text": "Ack",
        "messageId": "m1",
        "timestamp": f"{call.at.timestamp():.0f}",
    }
    fields["sig"] = vonage_signature(fields, "v-sign", "SHA256")
    return call(call.base, urlencode(fields).encode())


def text_whatsapp(request: HttpRequest, call: Called) -> Callback:
    fields = {"From": f"whatsapp:{NUMBER}", "Body": "ack", "MessageSid": "SM9"}
    signature = twilio_signature("twilio-secret", call.base, {name: [text] for name, text in fields.items()})
    return call(call.base, urlencode(fields).encode(), x_twilio_signature=signature)


PEERS: dict[Key, tuple[Answer, Callable[[HttpRequest, Called], Callback], str]] = {
    ("TELEGRAM", "telegram"): (
        answer(200, {"ok": True, "result": {"message_id": 77, "chat": {"id": 987654321}}}),
        press_telegram,
        "answerCallbackQuery",
    ),
    ("SLACK", "slack"): (answer(200, {"ok": True, "channel": "D1", "ts": "1.5"}), press_slack, ""),
    ("MATTERMOST", "mattermost"): (answer(200, b"ok"), press_mattermost, "Disk full"),
    ("PUSH", "pushover"): (answer(200, {"status": 1, "receipt": "r1"}), press_pushover, ""),
    ("VOICE", "vonage"): (answer(201, {"uuid": "u-1", "status": "started"}), press_vonage_voice, "Disk full"),
    ("SMS", "vonage"): (answer(200, {"messages": [{"status": "0", "message-id": "m0"}]}), text_vonage, ""),
    ("WHATSAPP", "twilio"): (answer(201, {"sid": "SM1", "status": "queued"}), text_whatsapp, "<Response/>"),
}


ONE_WAY: dict[Key, Answer] = {
    ("MATRIX", "matrix"): answer(200, {"event_id": "$1"}),
    ("PUSH", "apns"): answer(200, b"", apns_id="A1"),
    ("PUSH", "gotify"): answer(200, {"id": 5}),
    ("PUSH", "ntfy"): answer(200, {"id": "n1", "event": "message"}),
    ("PUSH", "web"): answer(201, b"", location="https://push.example.net/m/1"),
    ("SMS", "http"): answer(202, b"0: Accepted for delivery"),
    ("TEAMS", "teams"): answer(202),
}
"""Those whose answers are not heard from the provider, or are heard elsewhere in the tests."""


@dataclass
class Google(Peer):
    """Firebase: a token that lasts, until it does not."""

    tokens: int = 0
    good: str = "t1"

    async def perform(self, request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        if request.url.startswith("https://oauth2.googleapis.com/"):
            self.tokens += 1
            return answer(200, {"access_token": f"t{self.tokens}", "expires_in": 3599})
        self.asked.append(request)
        if ("Authorization", f"Bearer {self.good}") in request.headers:
            return answer(200, {"name": "projects/pages-1234/messages/1"})
        return answer(401, {"error": {"status": "UNAUTHENTICATED"}})


def prepare(db: Database, key: Key, peer: Peer | None = None) -> tuple[World, Peer, ChannelProvider]:
    """Ann with one provider and one address."""
    peer = peer or Peer(says=PEERS[key][0])
    world = World(assemble(db), twilio=peer)
    fresh = ChannelProvider(channel=key[0], type=key[1], name=f"{key[0]} {key[1]}")
    params = sealed(world.vault, fresh, encode(providers()[key].config, account(key)), {})
    telephone = key[0] in ("SMS", "VOICE", "WHATSAPP")
    contact = Contact(
        id=0,
        method=PHONE if telephone else key[0],
        target=ADDRESSES[key],
        verified=(key[0],) if telephone else (),
    )
    with db.write() as tx:
        stored: ChannelProvider = documents.insert(tx, PROVIDERS, replace(fresh, params=params))
        contacts.add(tx, world.cast.ann.id, contact)
    world.rules(world.cast.ann, (key[0], 0))
    return world, peer, stored


@pytest.mark.parametrize("key", sorted(PEERS), ids="-".join)
def test_a_page_is_accepted_where_it_arrived_and_a_second_press_changes_nothing(
    db: Database, key: Key
) -> None:
    world, peer, provider = prepare(db, key)
    incident = world.cast.alert("Disk full")
    world.run()
    assert len(peer.asked) == 1
    assert [line for line in world.states(incident) if not line.startswith("EMAIL")] == [f"{key[0]} SENT"]

    base = callback_url(WHERE.public_url, WHERE.secret, provider.id)
    _, press, told = PEERS[key]
    callback = press(peer.asked[0], Called(base, db.clock.now()))
    reply = world.callbacks.process(base.rpartition("/")[2], callback).reply
    assert world.status(incident) == "ACCEPTED"
    assert told in reply.body.decode()
    assert f"{key[0]} ANSWERED" in world.states(incident)

    assert world.callbacks.process(base.rpartition("/")[2], callback).reply.status == 200
    assert world.status(incident) == "ACCEPTED"
    world.run()
    assert world.states(incident).count(f"{key[0]} ANSWERED") == 1


def test_every_provider_is_sent_through_here_or_in_the_twilio_world() -> None:
    twilio = {("SMS", "twilio"), ("VOICE", "twilio")}
    assert {*PEERS, *ONE_WAY, ("PUSH", "fcm")} | twilio == set(providers())


@pytest.mark.parametrize("key", sorted(ONE_WAY), ids="-".join)
def test_a_page_leaves_by_every_other_provider(db: Database, key: Key) -> None:
    world, peer, _ = prepare(db, key, Peer(says=ONE_WAY[key]))
    incident = world.cast.alert("Disk full")
    world.run()
    assert len(peer.asked) == 1
    assert f"{key[0]} SENT" in world.states(incident)


def test_a_token_is_fetched_once_and_anew_when_it_is_refused(db: Database) -> None:
    google = Google()
    world, _, _ = prepare(db, ("PUSH", "fcm"), google)
    lanes = world.lanes()
    world.lanes = lambda: lanes  # type: ignore[method-assign]  # a lane lives on, with its token
    first, second = (world.cast.alert(key=key) for key in ("a", "b"))
    world.run()
    assert (google.tokens, len(google.asked)) == (1, 2)
    google.good = "t2"
    third = world.cast.alert(key="c")
    world.run()
    assert (google.tokens, len(google.asked)) == (2, 4)
    assert all("PUSH SENT" in world.states(number) for number in (first, second, third))


def test_slack_shows_nobody_that_a_button_was_pressed_so_a_message_does(db: Database) -> None:
    world, peer, provider = prepare(db, ("SLACK", "slack"))
    world.cast.alert("Disk full")
    world.run()
    base = callback_url(WHERE.public_url, WHERE.secret, provider.id)
    callback = press_slack(peer.asked[0], Called(base, db.clock.now()))
    for _ in range(2):
        world.callbacks.process(base.rpartition("/")[2], callback)
        world.run()
    assert [b"Accepted: #1 Disk full" in request.body for request in peer.asked] == [False, True]


def test_a_message_in_slack_is_redrawn_and_an_answer_does_not_wait_for_that(db: Database) -> None:
    world, peer, provider = prepare(db, ("SLACK", "slack"))
    incident = world.cast.alert("Disk full")
    world.run()
    base = callback_url(WHERE.public_url, WHERE.secret, provider.id)
    callback = press_slack(peer.asked[0], Called(base, db.clock.now()))
    peer.says = NetworkFailure(reason="reset", sent="MAYBE")
    assert asyncio.run(world.callbacks.receive(base.rpartition("/")[2], callback)).status == 200
    assert world.status(incident) == "ACCEPTED"
    redrawn = peer.asked[-1]
    assert redrawn.url.endswith("/chat.update")
    said = json.loads(redrawn.body)
    assert (said["channel"], said["ts"], said["text"]) == ("D1", "1.5", "ACCEPTED #1: Disk full")
    assert [each["action_id"] for each in said["blocks"][-1]["elements"]] == ["resolve", "escalate", "open"]


def test_an_address_that_we_did_not_hand_out_changes_nothing(db: Database) -> None:
    world, peer, provider = prepare(db, ("MATTERMOST", "mattermost"))
    incident = world.cast.alert("Disk full")
    world.run()
    base = callback_url(WHERE.public_url, WHERE.secret, provider.id)
    callback = press_mattermost(peer.asked[0], Called(base, db.clock.now()))
    for forged in (f"{provider.id}x00", f"{provider.id + 1}{base.rpartition('/')[2][1:]}", ""):
        with pytest.raises(NotFound):
            world.callbacks.process(forged, callback)
    assert world.status(incident) == "PENDING"


def test_a_call_that_nobody_says_anything_in_acknowledges_nothing_and_ends(db: Database) -> None:
    world, peer, provider = prepare(db, ("VOICE", "vonage"))
    incident = world.cast.alert("Disk full")
    world.run()
    base = callback_url(WHERE.public_url, WHERE.secret, provider.id)
    script = json.loads(peer.asked[0].body)["ncco"]
    turns = 0
    while script[-1]["action"] == "input":
        turns += 1
        body = json.dumps({"uuid": "u-1", "dtmf": {"digits": "", "timed_out": True}}).encode()
        call = Called(base, db.clock.now())(script[-1]["eventUrl"][0], body)
        script = json.loads(
            world.callbacks.process(
                base.rpartition("/")[2], signed_by_vonage(call, at=call.received_at)
            ).reply.body
        )
    assert turns == 3
    assert "Nothing was pressed" in script[0]["text"]
    assert world.status(incident) == "PENDING"
    assert [line for line in world.states(incident) if line.startswith("VOICE")] == ["VOICE SENT"]
