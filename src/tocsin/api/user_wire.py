"""Users on the wire: the product's fields over our user, contacts and notification rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from tocsin.api.contact_wire import methods
from tocsin.api.parameters import Instant
from tocsin.core.older_methods import method_of
from tocsin.core.people import (
    DutyPreference,
    Person,
    PhoneNumber,
    RuleKind,
    UpdateState,
    User,
    is_mail_address,
)
from tocsin.core.phones import read_phone
from tocsin.core.policies import UserRef
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import Ge, Le, MaxLen, replace, value
from tocsin.languages import Language

Short = Annotated[str, MaxLen(255)]
ShownRole = Literal["STAKEHOLDER", "GUEST", "RESPONDER", "USER", "ADMIN"]


@value
class Preference:
    """“Tell me by `method`, `delay` minutes after an incident is assigned to me”."""

    delay: Annotated[int, Ge(0), Le(10_080)] = 0
    """Minutes."""
    method: Short
    """`EMAIL`."""


@value
class UserWire:
    """Somebody with a login."""

    id: int | None = None
    username: Short | None = None
    """For signing in; the e-mail address when not given."""
    first_name: Short
    last_name: Short
    email: Annotated[str, MaxLen(254)]
    """The login; also the first address for notifications."""
    mobile: PhoneNumber | None = None
    landline: PhoneNumber | None = None
    position: Short | None = None
    department: Short | None = None
    timezone: Short | None = None
    """A name of the IANA database, `Europe/Berlin`."""
    language: Language | None = None
    role: ShownRole | None = None
    """The owner of the account shows as ADMIN."""
    notification_preferences: Annotated[tuple[Preference, ...], MaxLen(50)] | None = None
    """For incidents of high priority. Left out in a PUT: unchanged."""
    low_priority_notification_preferences: Annotated[tuple[Preference, ...], MaxLen(50)] | None = None
    on_call_notification_preferences: Annotated[tuple[DutyPreference, ...], MaxLen(50)] | None = None
    """Reminders before a shift."""
    subscribed_incident_update_states: Annotated[tuple[UpdateState, ...], MaxLen(10)] | None = None
    """Changes by others, on incidents the person was told of, that are worth a message."""
    subscribed_incident_update_notification_types: Annotated[tuple[Short, ...], MaxLen(10)] | None = None
    subscription_notification_types: Annotated[tuple[Short, ...], MaxLen(10)] | None = None
    """How the person hears of incidents that they are a stakeholder of."""
    muted_until: Instant | None = None
    """Until then the person is told nothing, except as the account's last resort. A past instant ends it."""
    reachable: bool | None = None
    """Read only: whether there is any way to tell this person something."""


def shown(person: Person) -> UserWire:
    """A user as the API shows one."""
    return UserWire(
        id=person.id,
        username=person.username or None,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        mobile=person.mobile,
        landline=person.landline,
        position=person.position or None,
        department=person.department or None,
        timezone=person.timezone,
        language=person.language,
        role="ADMIN" if person.role == "OWNER" else person.role,
        notification_preferences=_preferences(person, "HIGH"),
        low_priority_notification_preferences=_preferences(person, "LOW"),
        on_call_notification_preferences=person.duty_preferences,
        subscribed_incident_update_states=person.update_states,
        subscribed_incident_update_notification_types=person.update_methods,
        subscription_notification_types=tuple(
            dict.fromkeys(r.sent_as or r.method for r in person.rules if r.kind == "SUBSCRIPTION")
        ),
        muted_until=person.muted_until,
        reachable=any(contact.usable for contact in person.contacts),
    )


def reference(user: User) -> UserRef:
    """A user as others refer to one."""
    return UserRef(
        id=user.id,
        username=user.username or None,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
    )


def read(wire: UserWire, before: User) -> User:
    """What `wire` makes of the user `before` (a blank one when new). Raises BadInput."""
    _check(wire)
    role = wire.role or before.role
    if before.role == "OWNER" and role == "ADMIN":
        role = "OWNER"
    return replace(
        before,
        username=(wire.username or before.username or wire.email).strip(),
        first_name=wire.first_name.strip(),
        last_name=wire.last_name.strip(),
        email=wire.email.strip(),
        role=role,
        mobile=wire.mobile,
        landline=wire.landline,
        position=wire.position or "",
        department=wire.department or "",
        timezone=wire.timezone or before.timezone,
        language=wire.language or before.language,
        **_kept(wire, before),
    )


def _kept(wire: UserWire, before: User) -> dict[str, object]:
    """Preferences change only when they are sent: newer clients no longer know them."""
    states = wire.subscribed_incident_update_states
    methods = wire.subscribed_incident_update_notification_types
    duties = wire.on_call_notification_preferences
    return {
        "update_states": before.update_states if states is None else tuple(dict.fromkeys(states)),
        "update_methods": before.update_methods if methods is None else methods,
        "duty_preferences": before.duty_preferences if duties is None else duties,
        "muted_until": before.muted_until if wire.muted_until is None else wire.muted_until,
    }


def _preferences(person: Person, kind: RuleKind) -> tuple[Preference, ...]:
    rules = sorted((r for r in person.rules if r.kind == kind), key=lambda r: (r.delay_min, r.id))
    return tuple(Preference(delay=rule.delay_min, method=rule.sent_as or rule.method) for rule in rules)


def _check(wire: UserWire) -> None:
    problems: list[Problem] = []
    if not is_mail_address(wire.email.strip()):
        problems.append(Problem("email", "is not an e-mail address"))
    if wire.timezone and not _known_zone(wire.timezone):
        problems.append(Problem("timezone", f"there is no time zone {wire.timezone!r}"))
    problems.extend(_method_problems(wire))
    problems.extend(_number_problems(wire))
    if problems:
        raise BadInput(*problems)


def _method_problems(wire: UserWire) -> list[Problem]:
    known = methods()
    lists: dict[str, Sequence[Preference | DutyPreference]] = {
        "notificationPreferences": wire.notification_preferences or (),
        "lowPriorityNotificationPreferences": wire.low_priority_notification_preferences or (),
        "onCallNotificationPreferences": wire.on_call_notification_preferences or (),
    }
    used = [
        (f"{name}.{index}.method", preference.method)
        for name, preferences in lists.items()
        for index, preference in enumerate(preferences)
    ]
    wanted = wire.subscribed_incident_update_notification_types or ()
    used.extend((f"subscribedIncidentUpdateNotificationTypes.{i}", m) for i, m in enumerate(wanted))
    subscribed = wire.subscription_notification_types or ()
    used.extend((f"subscriptionNotificationTypes.{i}", m) for i, m in enumerate(subscribed))
    allowed = ", ".join(sorted(known))
    return [
        Problem(path, f"{method!r} is not available; use {allowed}")
        for path, method in used
        if method_of(method) not in known
    ]


def _number_problems(wire: UserWire) -> list[Problem]:
    found: list[Problem] = []
    for name, number in (("mobile", wire.mobile), ("landline", wire.landline)):
        try:
            if number is not None and number.number.strip():
                read_phone(number.number, number.region_code, f"{name}.number")
        except BadInput as wrong:
            found.extend(wrong.problems)
    return found


def _known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
