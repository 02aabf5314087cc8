"""A small telephone world: providers that speak Twilio's wire, lanes driven by hand, callbacks that are signed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.cast import Cast
from tocsin.auth.callback_tokens import callback_url
from tocsin.auth.provider_params import opened, plugin_of, sealed
from tocsin.auth.vault import Vault
from tocsin.channels.twilio import signature as twilio_signature
from tocsin.core.delivery import Notification
from tocsin.core.people import PHONE, Contact, NotificationRule, Person
from tocsin.core.providers import ChannelProvider
from tocsin.engine import escalations, switchboard
from tocsin.engine.callbacks import Callbacks
from tocsin.engine.messages import Addresses
from tocsin.engine.provider_lane import ProviderLane
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.plugins import Answer, Callback, HttpAnswer, HttpReply, HttpRequest, NetworkFailure, Request
from tocsin.store import contacts, documents, incidents, notifications, people, providers
from tocsin.store.kinds import PROVIDERS

WHERE = Addresses(
    public_url="https://t.example", mail_domain="t.example", secret="s" * 32, replies_heard=False
)
TOKEN = "twilio-token"
BO = "+491701234567"


@dataclass
class Post:
    """What reached Twilio."""

    resource: str
    """Messages or Calls."""
    account: str
    fields: dict[str, str]

    @property
    def to(self) -> str:
        return self.fields["To"]

    @property
    def text(self) -> str:
        return self.fields.get("Body") or self.fields.get("Twiml", "")


@dataclass
class Twilio:
    """Twilio, at the level of its HTTP API."""

    posts: list[Post] = field(default_factory=list)
    faults: dict[str, list[Answer]] = field(default_factory=dict)
    """What an account answers instead of accepting, one after the other; the last for ever."""

    async def perform(self, request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        account, resource = urlsplit(request.url).path.split("/")[3:5]
        fields = {name: texts[0] for name, texts in parse_qs(request.body.decode()).items()}
        faults = self.faults.get(account, [])
        if faults:
            return faults.pop(0) if len(faults) > 1 else faults[0]
        self.posts.append(Post(resource.removesuffix(".json"), account, fields))
        sid = f"SM{len(self.posts):032d}"
        return HttpAnswer(status=201, body=f'{{"sid":"{sid}","status":"queued"}}'.encode())


REFUSED = HttpAnswer(status=400, body=b'{"code":21610,"message":"Attempt to send to unsubscribed recipient"}')
AWAY = HttpAnswer(status=503, body=b"no healthy upstream")
LOST = NetworkFailure(reason="connection reset", sent="MAYBE")


def slow_down(seconds: int) -> HttpAnswer:
    return HttpAnswer(
        status=429, headers={"retry-after": str(seconds)}, body=b'{"code":20429,"message":"Too many"}'
    )


@dataclass
class World:
    """A cast with telephones."""

    cast: Cast
    twilio: Twilio = field(default_factory=Twilio)

    def __post_init__(self) -> None:
        self.db = self.cast.db
        self.vault = Vault(WHERE.secret, self.cast.chance)
        self.callbacks = Callbacks(db=self.db, where=WHERE, vault=self.vault, perform=self.perform)

    async def perform(self, request: Request) -> Answer:
        """What the network does."""
        return await self.twilio.perform(request)

    def provider(self, channel: str = "SMS", account: str = "AC1", **changes: Any) -> ChannelProvider:
        """One more Twilio account."""
        fresh = ChannelProvider(channel=channel, type="twilio", name=f"{channel} {account}", **changes)
        params = {"accountSid": account, "authToken": TOKEN, "sender": "+4915735990000"}
        with self.db.write() as tx:
            return documents.insert(
                tx, PROVIDERS, replace(fresh, params=sealed(self.vault, fresh, params, {}))
            )

    def telephone(
        self, person: Person, target: str = BO, verified: tuple[str, ...] = ("SMS", "VOICE")
    ) -> Contact:
        """A proven telephone."""
        blank = Contact(id=0, method=PHONE, target=target, state="OK", verified=verified, main=True)
        with self.db.write() as tx:
            return contacts.add(tx, person.id, blank)

    def rules(self, person: Person, *wanted: tuple[str, int]) -> None:
        """The person's rules for high priority, (method, minutes)."""
        rules = [
            NotificationRule(id=0, kind="HIGH", method=method, delay_min=minutes)
            for method, minutes in wanted
        ]
        with self.db.write() as tx:
            people.replace_rules(tx, person.id, "HIGH", rules)

    def lanes(self) -> list[ProviderLane]:
        with self.db.read() as tx:
            found = providers.active(tx)
        return [
            ProviderLane(
                db=self.db,
                perform=self.twilio.perform,
                where=WHERE,
                chance=self.cast.chance,
                provider=provider,
                plugin=plugin_of(provider),
                config=opened(self.vault, provider),
            )
            for provider in found
        ]

    def run(self) -> list[str]:
        """Let everything that is due happen; what reached Twilio meanwhile, as `SMS 4567`."""
        before = len(self.twilio.posts)
        idle = 0
        for _ in range(50):
            moved = escalations.step(self.db) + switchboard.step(self.db)
            for lane in self.lanes():
                leased = lane.lease(100)
                moved += len(leased)
                for notification, message in leased:
                    lane.settle([(notification, asyncio.run(lane.attempt(message)))])
            # A lane that bundles sends nothing, but wakes itself.
            idle = 0 if moved else idle + 1
            if idle == 2:
                return [
                    f"{'VOICE' if p.resource == 'Calls' else 'SMS'} {p.to[-4:]}"
                    for p in self.twilio.posts[before:]
                ]
        raise AssertionError("it never comes to rest")

    def wait(self, minutes: float) -> list[str]:
        """Time passes."""
        assert isinstance(self.db.clock, ManualClock)
        self.db.clock.advance(timedelta(minutes=minutes))
        return self.run()

    def call_back(self, provider: ChannelProvider, rest: str, token: str = TOKEN, **fields: str) -> HttpReply:
        """Twilio calls us."""
        base = callback_url(WHERE.public_url, WHERE.secret, provider.id)
        url = f"{base}/{rest}".rstrip("/")
        signature = twilio_signature(token, url, {name: [text] for name, text in fields.items()})
        callback = Callback(
            method="POST",
            url=url,
            rest=rest,
            headers={"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"},
            body=urlencode(fields).encode(),
            received_at=self.db.clock.now(),
        )
        return self.callbacks.process(base.rpartition("/")[2], callback).reply

    def report(self, provider: ChannelProvider, status: str, post: Post | None = None, **more: str) -> None:
        """Twilio reports on a message, by default the last."""
        post = post or self.twilio.posts[-1]
        sid = f"SM{self.twilio.posts.index(post) + 1:032d}"
        rest = urlsplit(post.fields["StatusCallback"]).path.partition("/status/")[2]
        name, key = ("CallStatus", "CallSid") if post.resource == "Calls" else ("MessageStatus", "MessageSid")
        self.call_back(provider, f"status/{rest}", **{name: status, key: sid}, **more)

    def text(self, provider: ChannelProvider, body: str, sender: str = BO) -> list[str]:
        """Somebody writes; what they are answered."""
        self.count = getattr(self, "count", 0) + 1
        before = len(self.twilio.posts)
        self.call_back(provider, "", Body=body, From=sender, MessageSid=f"IN{self.count}")
        self.run()
        return [post.text for post in self.twilio.posts[before:]]

    def press(self, provider: ChannelProvider, digits: str, turn: int = 1) -> str:
        """Somebody presses a key in the last call; what is said then."""
        post = self.twilio.posts[-1]
        token = urlsplit(post.fields["StatusCallback"]).path.partition("/status/")[2]
        reply = self.call_back(provider, f"keys/{token}/{turn}", Digits=digits, CallSid="CA1")
        return reply.body.decode()

    def status(self, incident_id: int) -> str:
        with self.db.read() as tx:
            return incidents.get(tx, incident_id).status

    def ledger(self, incident_id: int) -> list[Notification]:
        with self.db.read() as tx:
            return notifications.of_incident(tx, incident_id)

    def states(self, incident_id: int) -> list[str]:
        return [f"{n.method} {n.state}" for n in self.ledger(incident_id)]
