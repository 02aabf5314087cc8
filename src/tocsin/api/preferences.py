"""A user's notification preferences: four lists, as today's clients know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Body, Path
from starlette.responses import Response

from tocsin.api import contact_wire
from tocsin.api.call import Call
from tocsin.api.contact_wire import ContactWire
from tocsin.api.contacts import declare, owner
from tocsin.api.parameters import IdRef, Number, Reference
from tocsin.api.routing import Resource
from tocsin.core.people import NotificationRule, Person, RuleKind, UpdateState
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, Le, MaxLen, value
from tocsin.store import people
from tocsin.store import preferences as stored

user_preferences = Resource("users")
PreferenceId = Annotated[Number, Path(alias="preference_id")]
BEFORE = (0, 15, 30, 60, 180, 360, 720, 1440)
_STATES: tuple[UpdateState, ...] = ("ACCEPTED", "RESOLVED", "ESCALATED")


@value
class PreferenceBody:
    """One preference."""

    method: Annotated[str, MaxLen(40)]
    """EMAIL, SMS, VOICE (only for alerts), PUSH, WHATSAPP, TELEGRAM and so on."""
    contact: IdRef | None = None
    """Which address; none for PUSH, which goes to every device. Left out: the first that works."""
    type: Annotated[str, MaxLen(40)] | None = None
    """alerts: HIGH_PRIORITY or LOW_PRIORITY; updates: ALERT_ACCEPTED, ALERT_ESCALATED or ALERT_RESOLVED;
    duties: ON_CALL."""
    delay_min: Annotated[int, Ge(0), Le(120)] | None = None
    """alerts: minutes after the assignment."""
    before_min: int | None = None
    """duties: minutes before the shift: 0, 15, 30, 60, 180, 360, 720 or 1440."""


@value
class NotificationPreference:
    """One preference, as it is shown."""

    id: int
    method: str
    contact: ContactWire | None = None
    type: str | None = None
    delay_min: int | None = None
    before_min: int | None = None


@dataclass(frozen=True, kw_only=True)
class Family:
    """One list."""

    path: str
    noun: str
    kinds: tuple[RuleKind, ...]
    voice: bool = False
    """Whether people may be called for it."""


FAMILIES = (
    Family(path="alerts", noun="alert_preference", kinds=("HIGH", "LOW"), voice=True),
    Family(path="duties", noun="duty_preference", kinds=("DUTY",)),
    Family(path="updates", noun="update_preference", kinds=("UPDATE",)),
    Family(path="subscriptions", noun="subscription_preference", kinds=("SUBSCRIPTION",)),
)


def _declare_lists(family: Family) -> None:
    """The routes of one list as a whole."""
    base = f"/{{id}}/notification-preferences/{family.path}"

    def listing(call: Call, reference: Reference) -> list[NotificationPreference]:
        """Every one, in order of their ids."""
        with call.read() as tx:
            person = people.one(tx, owner(tx, call, reference))
            return [_shown(person, rule) for rule in person.rules if rule.kind in family.kinds]

    def create(
        call: Call, reference: Reference, body: Annotated[PreferenceBody, Body()], response: Response
    ) -> NotificationPreference:
        """Add one."""
        with call.write() as tx:
            number = owner(tx, call, reference)
            person = people.one(tx, number)
            added = stored.add(tx, number, _read(family, body, person, 0))
        where = f"users/{number}/notification-preferences/{family.path}"
        response.headers["location"] = call.location(where, added.id)
        return _shown(person, added)

    declare(user_preferences, ("GET", base), f"list_{family.noun}s", listing)
    declare(user_preferences, ("POST", base), f"create_{family.noun}", create, 201)


def _declare_single(family: Family) -> None:
    """The routes of one preference of a list."""
    one = f"/{{id}}/notification-preferences/{family.path}/{{preference_id}}"

    def get(call: Call, reference: Reference, number: PreferenceId) -> NotificationPreference:
        """One of them."""
        with call.read() as tx:
            person = people.one(tx, owner(tx, call, reference))
            return _shown(person, stored.one(person, number, family.kinds))

    def update(
        call: Call, reference: Reference, number: PreferenceId, body: Annotated[PreferenceBody, Body()]
    ) -> NotificationPreference:
        """Replace one. Pages that wait already keep their time."""
        with call.write() as tx:
            person = people.one(tx, owner(tx, call, reference))
            rule = stored.one(person, number, family.kinds)
            changed = _read(family, body, person, rule.id)
            stored.save(tx, person.id, changed)
            return _shown(person, changed)

    def delete(call: Call, reference: Reference, number: PreferenceId) -> None:
        """Delete one. Without any for high priority a person is told everywhere, at once."""
        with call.write() as tx:
            person = people.one(tx, owner(tx, call, reference))
            stored.remove(tx, person.id, stored.one(person, number, family.kinds).id)

    declare(user_preferences, ("GET", one), f"get_{family.noun}", get)
    declare(user_preferences, ("PUT", one), f"update_{family.noun}", update)
    declare(user_preferences, ("DELETE", one), f"delete_{family.noun}", delete, 204)


def _read(family: Family, body: PreferenceBody, person: Person, number: int) -> NotificationRule:
    """The rule that a body asks for. Raises BadInput."""
    method = body.method.upper()
    known = contact_wire.methods()
    if method not in known or (method == "VOICE" and not family.voice):
        allowed = ", ".join(sorted(known - (set() if family.voice else {"VOICE"})))
        raise BadInput.at("method", f"{body.method!r} is not available here; use {allowed}")
    kind, state = _kind(family, body.type)
    return NotificationRule(
        id=number,
        kind=kind,
        method=method,
        delay_min=_minutes(kind, body),
        contact_id=_contact(body, method, person),
        on_state=state,
    )


def _kind(family: Family, given: str | None) -> tuple[RuleKind, UpdateState | None]:
    kind = family.kinds[0]
    word = (given or "").upper()
    if kind == "UPDATE":
        state = word.removeprefix("ALERT_").removeprefix("INCIDENT_")
        for known in _STATES:
            if state == known:
                return kind, known
        raise BadInput.at("type", "choose ALERT_ACCEPTED, ALERT_ESCALATED or ALERT_RESOLVED")
    if kind == "HIGH":
        if word not in ("", "HIGH_PRIORITY", "LOW_PRIORITY"):
            raise BadInput.at("type", "choose HIGH_PRIORITY or LOW_PRIORITY")
        return ("LOW" if word == "LOW_PRIORITY" else "HIGH"), None
    if kind == "DUTY" and word not in ("", "ON_CALL"):
        raise BadInput.at("type", "choose ON_CALL")
    return kind, None


def _minutes(kind: RuleKind, body: PreferenceBody) -> int:
    if kind == "DUTY":
        if body.before_min not in (None, *BEFORE):
            raise BadInput.at("beforeMin", f"choose one of {', '.join(map(str, BEFORE))}")
        return body.before_min or 0
    return (body.delay_min or 0) if kind in ("HIGH", "LOW") else 0


def _contact(body: PreferenceBody, method: str, person: Person) -> int | None:
    if body.contact is None:
        return None
    if method == "PUSH":
        raise BadInput.at("contact", "PUSH goes to every device: leave the contact out")
    contact = person.contact(body.contact.id)
    if contact is None or not contact.is_for(method):
        raise BadInput.at("contact.id", f"the user has no address {body.contact.id} for {method}")
    return contact.id


def _shown(person: Person, rule: NotificationRule) -> NotificationPreference:
    contact = person.contact(rule.contact_id) if rule.contact_id is not None else None
    kinds: dict[RuleKind, Literal["HIGH_PRIORITY", "LOW_PRIORITY", "ON_CALL"]] = {
        "HIGH": "HIGH_PRIORITY",
        "LOW": "LOW_PRIORITY",
        "DUTY": "ON_CALL",
    }
    return NotificationPreference(
        id=rule.id,
        method=rule.method,
        contact=contact_wire.shown(contact) if contact else None,
        type=f"ALERT_{rule.on_state}" if rule.kind == "UPDATE" else kinds.get(rule.kind),
        delay_min=rule.delay_min if rule.kind in ("HIGH", "LOW") else None,
        before_min=rule.delay_min if rule.kind == "DUTY" else None,
    )


for _family in FAMILIES:
    _declare_lists(_family)
    _declare_single(_family)
