"""Whether people can be told: one by one, and for everybody a policy asks. And the monthly test page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Path

from tocsin.api.call import Call
from tocsin.api.contacts import owner
from tocsin.api.incident_history import NotificationWire, shown_notifications
from tocsin.api.parameters import Id, Number, Reference, user_id
from tocsin.api.routing import Resource
from tocsin.core.readiness import Readiness, Trial
from tocsin.kit.errors import NotFound
from tocsin.kit.value import value
from tocsin.store import documents, notifications, people, trials
from tocsin.store import readiness as stored
from tocsin.store.kinds import POLICIES

user_readiness = Resource("users")
policy_readiness = Resource("escalation-policies")
MOST_SHOWN = 50


@value
class TestSwitch:
    """Whether test pages are sent."""

    on: bool


@value
class TestSent:
    """Test messages are on their way."""

    messages: int


@value
class PolicyReadiness:
    """Whether everybody whom a policy asks can be told."""

    policy_id: int
    ready: bool
    users: tuple[Readiness, ...]


@user_readiness.get("/{id}/readiness", "SELF")
def get_readiness(call: Call, reference: Reference) -> Readiness:
    """Whether this person can be told: proven channels, two independent kinds, last delivery, last test."""
    with call.read() as tx:
        number = user_id(tx, reference, call)
        if number != call.caller.user_id:
            call.require("VIEW")
        return stored.of_users(tx, (number,))[0]


@policy_readiness.get("/{id}/readiness", "VIEW")
def get_policy_readiness(call: Call, number: Id) -> PolicyReadiness:
    """Everybody whom the policy names, by themselves or as a team, or whose shifts it asks, and who cannot be told."""
    with call.read() as tx:
        users = tuple(stored.of_policy(tx, documents.get(tx, POLICIES, number)))
        return PolicyReadiness(policy_id=number, ready=all(user.ready for user in users), users=users)


@user_readiness.put("/{id}/test-page", "SELF")
def switch_test_page(call: Call, reference: Reference, body: Annotated[TestSwitch, Body()]) -> Trial:
    """Switch the monthly test page on or off."""
    with call.write() as tx:
        page = trials.switch(tx, owner(tx, call, reference), on=body.on)
        return Trial(next_at=page.due_at, sent_at=page.sent_at, answered_at=page.answered_at)


@user_readiness.post("/{id}/test-page", "SELF", status_code=202)
def send_test_page(call: Call, reference: Reference) -> TestSent:
    """Send a test page now, by every way that a page of high priority takes."""
    with call.write() as tx:
        return TestSent(messages=trials.send(tx, people.one(tx, owner(tx, call, reference))))


@user_readiness.get("/{id}/notifications", "SELF")
def list_user_notifications(call: Call, reference: Reference) -> list[NotificationWire]:
    """The last messages to a user, newest first, with what became of them."""
    with call.read() as tx:
        found = notifications.of_user(tx, owner(tx, call, reference), MOST_SHOWN)
        return shown_notifications(tx, found)


@user_readiness.get("/{id}/notifications/{notification_id}", "SELF")
def get_user_notification(
    call: Call, reference: Reference, number: Annotated[Number, Path(alias="notification_id")]
) -> NotificationWire:
    """One message to a user: what became of a test, for example."""
    with call.read() as tx:
        user = owner(tx, call, reference)
        found = notifications.one(tx, number)
        if found is None or found.user_id != user:
            raise NotFound(f"the user has no notification with the id {number}")
        return shown_notifications(tx, [found])[0]
