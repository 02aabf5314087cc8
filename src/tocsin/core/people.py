"""Who can be told, where, and by which rules."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from tocsin.kit.value import Ge, Le, value
from tocsin.languages import Language

Role = Literal["STAKEHOLDER", "GUEST", "RESPONDER", "USER", "ADMIN", "OWNER"]
BYSTANDERS: tuple[Role, ...] = ("STAKEHOLDER", "GUEST")
"""Roles whose holders are on call nowhere."""
Method = str
"""How a person is told: `EMAIL`. Every registered channel adds one, also those of third parties."""
ContactState = Literal["OK", "UNVERIFIED", "UNPROVEN", "BOUNCED", "UNSUBSCRIBED"]
RuleKind = Literal["HIGH", "LOW", "UPDATE", "SUBSCRIPTION", "DUTY"]
UpdateState = Literal["ACCEPTED", "ESCALATED", "RESOLVED"]
PHONE: Method = "PHONE"
"""The kind of a contact that is a telephone number: one address for several methods."""
PHONE_METHODS: tuple[Method, ...] = ("SMS", "VOICE", "WHATSAPP")
_MAIL_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")


def is_mail_address(text: str) -> bool:
    """Whether mail could be sent there; only sending proves it."""
    return len(text) <= 254 and _MAIL_ADDRESS.fullmatch(text) is not None


Via = Literal["API", "UI", "LINK", "EMAIL", "SMS", "VOICE", "PUSH", "CHAT", "EVENT", "ENGINE", "CONNECTION"]


@value
class Contact:
    """An address of a person."""

    id: int
    method: Method
    """What kind of address it is: a method's own (EMAIL, PUSH), or PHONE."""
    target: str
    """The address itself, for e-mail `ann@example.com`, for telephones `+491701234567`."""
    state: ContactState = "OK"
    """UNVERIFIED (the login address) is used, and marked; UNPROVEN waits for its code; the others are not used."""
    state_reason: str = ""
    """Why the address is not used, in the words of the mail server or the person."""
    verified: tuple[Method, ...] = ()
    """The methods whose code came back: what a telephone is used for."""
    stopped: tuple[Method, ...] = ()
    """Methods that the person forbade, by answering STOP."""
    region_code: str | None = None
    """ISO 3166 code of a telephone's country."""
    main: bool = False
    """The telephone that is taken when a rule names none."""
    label: str = ""
    """What the person calls it, as “iPhone”."""

    @property
    def usable(self) -> bool:
        """Whether a notification may go there."""
        return bool(self.methods)

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods that it may be used for now."""
        if self.state not in ("OK", "UNVERIFIED"):
            return ()
        served = self.verified if self.method == PHONE else (self.method,)
        return tuple(method for method in served if method not in self.stopped)

    def is_for(self, method: Method) -> bool:
        """Whether it is an address of that method, whatever its state."""
        return method == self.method or (self.method == PHONE and method in PHONE_METHODS)

    def serves(self, method: Method) -> bool:
        """Whether a notification by `method` may go there."""
        return method in self.methods

    @property
    def shown(self) -> str:
        """The address as it is shown: a device's own is long, and partly secret."""
        if self.method in ("EMAIL", PHONE):
            return self.target
        return self.label or self.target[:40]


@value
class NotificationRule:
    """“Tell me by `method` at `contact`, `delay_min` minutes after an incident is assigned to me”."""

    id: int
    kind: RuleKind
    """Which of the five lists: by priority of the incident, for updates by others, for subscribers, before a shift."""
    method: Method
    delay_min: int = 0
    """Minutes after the assignment; DUTY: before the shift."""
    contact_id: int | None = None
    """None means the first usable contact for the method; for PUSH, every device."""
    on_state: UpdateState | None = None
    """UPDATE: which change."""
    sent_as: str | None = None
    """The method's older name, if a client used one (`VOICE_MOBILE`)."""


@value
class PhoneNumber:
    """A telephone number in the product's form."""

    region_code: str | None = None
    """ISO 3166 code of the country, `DE`."""
    number: str


@value
class DutyPreference:
    """“Tell me by `method`, `before_min` minutes before I go on call”."""

    before_min: Annotated[int, Ge(0), Le(10_080)] = 0
    method: Method


@value
class User:
    """Somebody with a login."""

    id: int = 0
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    """The login; also the first contact."""
    role: Role = "USER"
    language: Language = "en"
    timezone: str = "UTC"
    position: str = ""
    department: str = ""
    mobile: PhoneNumber | None = None
    landline: PhoneNumber | None = None
    update_states: tuple[UpdateState, ...] = ()
    """Changes by others, on incidents this person was told of, that are worth a message."""
    update_methods: tuple[Method, ...] = ()
    """How the person asked to be told of them; kept as sent."""
    duty_preferences: tuple[DutyPreference, ...] = ()
    """When and how to be reminded of a shift. The rows of kind DUTY say the same, with addresses."""
    muted_until: datetime | None = None
    """Until then this person is told nothing, except as the account's fallback."""
    version: int = 0

    def muted(self, now: datetime) -> bool:
        """Whether the person is told nothing at `now`."""
        return self.muted_until is not None and now < self.muted_until

    @property
    def name(self) -> str:
        """First and last name, or the address when there are none."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@value
class Person(User):
    """A user as the engine sees one: with addresses and rules."""

    contacts: tuple[Contact, ...] = ()
    rules: tuple[NotificationRule, ...] = ()

    def contact(self, contact_id: int) -> Contact | None:
        """The contact with that id, if the person has it."""
        return next((c for c in self.contacts if c.id == contact_id), None)


@value
class Actor:
    """Who does something, and by which way it reached us."""

    kind: Literal["USER", "SOURCE", "SYSTEM"]
    id: int | None = None
    name: str = ""
    via: Via = "ENGINE"
    connection_id: int | None = None
    """The connection whose product reported it: that one is not told of it again."""

    @classmethod
    def of(cls, person: Person, via: Via) -> Actor:
        """A person acting over one of the ways in."""
        return cls(kind="USER", id=person.id, name=person.name, via=via)


SYSTEM = Actor(kind="SYSTEM", name="Tocsin", via="ENGINE")


@value
class Paged:
    """A person who was told of an incident, and where: whom an update goes to."""

    user_id: int
    contact_id: int
    method: Method
    target: str
    since: datetime
