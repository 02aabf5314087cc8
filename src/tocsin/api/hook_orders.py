"""Commands typed into a chat of another product: who is on call, open an incident. Answered in plain text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial

from tocsin.core.access import Caller, can
from tocsin.core.connections import Connection
from tocsin.core.events import Event
from tocsin.core.on_duty import Window
from tocsin.core.people import Actor, User
from tocsin.deployment import Deployment
from tocsin.languages import SOURCE, msgid, say
from tocsin.plugins import HttpReply, Ordered
from tocsin.store import contacts, documents, intake, on_duty, people, schedules
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SOURCES

MOST_POLICIES = 50
"""In one answer; a chat shows no more."""
Speaking = Callable[..., str]
"""`say`, in the language of whoever is answered."""
LONGEST_NAME = 255
"""Of somebody over there."""


def obey(deployment: Deployment, connection: Connection, ordered: Ordered) -> HttpReply:
    """Do what was typed and say what came of it, in the language of whoever it was."""
    with deployment.db.read() as tx:
        user = (
            contacts.by_identity(tx, connection.type.upper(), ordered.identity) if ordered.identity else None
        )
        t = partial(say, user.language if user else SOURCE)
        text = (
            _on_call(tx, t)
            if ordered.order == "ON_CALL"
            else t("Write “oncall” to see who is on call, or “new” and what is wrong to open an incident.")
        )
    if ordered.order == "OPEN" and user is not None and not may_respond(user):
        text = t("Your role does not allow this.")
    elif ordered.order == "OPEN":
        by = linked(user) if user else stranger(connection, ordered.by)
        text = _open(deployment, connection, ordered.summary, by, t)
    return HttpReply(body=text.encode())


def may_respond(user: User) -> bool:
    """Whether a linked user may answer and open incidents."""
    return can(Caller(user_id=user.id, name=user.name, role=user.role), "RESPOND")


def linked(user: User, came: int | None = None) -> Actor:
    """A user who acts in the other product. `came`: the connection that is not told of it."""
    return Actor(kind="USER", id=user.id, name=user.name, via="CONNECTION", connection_id=came)


def stranger(connection: Connection, name: str, came: int | None = None) -> Actor:
    """Somebody there whom we do not know: the product itself acts."""
    shown = f"{name[:LONGEST_NAME]} ({connection.name})" if name else connection.name
    return Actor(kind="SOURCE", name=shown, via="CONNECTION", connection_id=came)


def _on_call(tx: Transaction, t: Speaking) -> str:
    """One line for each policy, level by level."""
    policies = documents.listing(tx, POLICIES, 0, MOST_POLICIES)
    if not policies:
        return t(msgid("There is no escalation policy yet.", "in a chat"))
    wanted = on_duty.Wanted(policies=tuple(policy.id for policy in policies))
    duties = on_duty.listing(tx, wanted, Window(start=tx.now, end=tx.now + schedules.MOMENT))
    known = people.load(tx, {duty.user_id for duty in duties})
    names: dict[tuple[int | None, int | None], list[str]] = defaultdict(list)
    for duty in duties:
        if duty.user_id in known:
            names[duty.policy_id, duty.level].append(known[duty.user_id].name)
    return "\n".join(
        f"{policy.name} – "
        + "; ".join(
            t(
                "level {level}: {names}",
                level=level,
                names=", ".join(dict.fromkeys(names[policy.id, level])) or t("nobody"),
            )
            for level in range(1, len(policy.escalation_rules) + 1)
        )
        for policy in policies
    )


def _open(deployment: Deployment, connection: Connection, summary: str, by: Actor, t: Speaking) -> str:
    """An incident on the connection's first alert source that is still there."""
    with deployment.db.write() as tx:
        found = documents.many(tx, SOURCES, connection.source_ids, deleted=False)
        source = next((found[number] for number in connection.source_ids if number in found), None)
        if source is None:
            return t("This connection has no alert source: nothing was opened.")
        event = Event(event_type="ALERT", summary=summary)
        made = intake.report(tx, source, event, by, deployment.chance)
    return t("Opened: {url}", url=f"{deployment.public_url}/incidents/{made.id}")
