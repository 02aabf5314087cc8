"""Who can be told, where, and by which rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from tocsin.kit.value import Ge, Le, value

Role = Literal["STAKEHOLDER", "GUEST", "RESPONDER", "USER", "ADMIN", "OWNER"]
Method = str
"""How a person is told: `EMAIL`. Every registered channel adds one, also those of third parties."""
ContactState = Literal["OK", "UNVERIFIED", "BOUNCED", "UNSUBSCRIBED"]
RuleKind = Literal["HIGH", "LOW"]
UpdateState = Literal["ACCEPTED", "ESCALATED", "RESOLVED"]


@value
class Contact:
    """An address of a person."""

    id: int
    method: Method
    target: str
    """The address itself, for e-mail `ann@example.com`."""
    state: ContactState = "OK"
    """UNVERIFIED addresses are used, and marked; BOUNCED and UNSUBSCRIBED ones are not."""
    state_reason: str = ""
    """Why the address is not used, in the words of the mail server or the person."""

    @property
    def usable(self) -> bool:
        """Whether a notification may go there."""
        return self.state in ("OK", "UNVERIFIED")


@value
class NotificationRule:
    """“Tell me by `method` at `contact`, `delay_min` minutes after an incident is assigned to me”."""

    id: int
    kind: RuleKind
    """Which priority of incident the rule is for."""
    method: Method
    delay_min: int = 0
    contact_id: int | None = None
    """None means the first usable contact for the method."""


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
    language: Literal["en", "de"] = "en"
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
    """Kept as sent, for when there are schedules."""
    version: int = 0

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
    via: Literal["API", "UI", "LINK", "EMAIL", "EVENT", "ENGINE", "CONNECTION"] = "ENGINE"
    connection_id: int | None = None
    """The connection whose product reported it: that one is not told of it again."""

    @classmethod
    def of(cls, person: Person, via: Literal["API", "UI", "LINK", "EMAIL"]) -> Actor:
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
