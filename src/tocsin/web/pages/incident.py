"""One incident: what, since when, who has it, what happens next, and the ledger of who was told."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from tocsin.core.connections import Connection, Errand, Remote
from tocsin.core.incidents import (
    ANSWERS,
    AssignToPolicy,
    AssignToUser,
    Command,
    Incident,
    Raise,
    Remark,
)
from tocsin.core.people import BYSTANDERS, Person, User
from tocsin.core.policies import EscalationPolicy
from tocsin.kit.errors import BadInput, NotFound, Refused
from tocsin.store import (
    connections,
    decisions,
    documents,
    errands,
    events,
    incidents,
    log,
    notifications,
    people,
)
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, USERS
from tocsin.web.declare import Page
from tocsin.web.ledger import Told, lines
from tocsin.web.rows import rows
from tocsin.web.show import page
from tocsin.web.timeline import timeline
from tocsin.web.visit import Visit, id_in, local_path, see_other

LONGEST_LOG = 200
LONGEST_COMMENT = 4096


@dataclass(frozen=True, kw_only=True)
class Doing:
    """A connection of the incident's source: its button, its ticket, how it went last."""

    connection: Connection
    remote: Remote | None
    last: Errand | None
    actor: User | None = None
    """Who pressed the button last, when somebody did."""

    @property
    def can_run(self) -> bool:
        """Whether it has a button that works."""
        return self.connection.active and self.connection.trigger_mode == "MANUAL"


def show(visit: Visit) -> Response:
    """The page. Raises NotFound."""
    number = visit.number("id")
    with visit.deployment.db.read() as tx:
        incident = incidents.get(tx, number)
        row = rows(tx, visit, [incident])[0]
        if visit.someone.id not in row.around.subscribers:
            visit.require("VIEW")
        ledger = lines(tx, notifications.of_incident(tx, number))
        asked = incidents.responders_of(tx, [number]).get(number, [])
        known = _known(tx, [r.user_id for r in asked], ledger)
        entries = log.timeline(tx, number, limit=LONGEST_LOG)
        event = events.latest_of_incident(tx, number)
        names = _names(tx, entries, ledger)
        targets = _targets(tx) if incident.open and visit.may("RESPOND") else ([], [])
        doings = _doings(tx, incident)
    # Who is only kept informed reads what happens, not who was told at which address.
    quiet = visit.asked.get("log") == "quiet" or not visit.may("VIEW")
    return page(
        visit,
        "incident.html",
        row=row,
        incident=incident,
        ledger=ledger,
        responders=[(known[r.user_id], r) for r in asked if r.user_id in known],
        lines=timeline(
            entries,
            [] if quiet else [(told.notification, told.ended) for told in ledger],
            names,
            visit.language,
        ),
        quiet=quiet,
        event=event,
        targets=targets,
        doings=doings,
        notice=visit.request.query_params.get("notice", ""),
    )


def _known(tx: Transaction, asked: list[int], ledger: list[Told]) -> dict[int, Person]:
    found = {told.person.id: told.person for told in ledger if told.person}
    return found | people.load(tx, set(asked) - found.keys(), deleted=True)


def _names(tx: Transaction, entries: list[log.Entry], ledger: list[Told]) -> dict[int, str]:
    """What the people are called whom the timeline names."""
    known = {told.person.id: told.person.name for told in ledger if told.person}
    named = {user_id for entry in entries for user_id in _users_of(entry)}
    return known | {i: user.name for i, user in documents.many(tx, USERS, named - known.keys()).items()}


def _users_of(entry: log.Entry) -> set[int]:
    said = [*entry.vars.get("users", ()), entry.vars.get("userId")]
    return {user_id for user_id in said if isinstance(user_id, int)}


def _targets(tx: Transaction) -> tuple[list[User], list[EscalationPolicy]]:
    """Whom and what an incident can be assigned to."""
    able = [user for user in documents.listing(tx, USERS) if user.role not in BYSTANDERS]
    return able, documents.listing(tx, POLICIES)


def act(visit: Visit) -> Response:
    """Do what the button says, then go back. A refusal is said there. Raises NotFound, BadInput."""
    number, notice = visit.number("id"), ""
    with visit.deployment.db.write() as tx:
        command = _command(tx, visit, str(visit.request.path_params["verb"]))
        try:
            decisions.perform(tx, number, command)
        except Refused as refusal:
            notice = refusal.code
    back = local_path(visit.said("back", 500), f"/incidents/{number}")
    if notice:
        back = f"/incidents/{number}?notice={quote(notice)}"
    return see_other(back)


def _command(tx: Transaction, visit: Visit, verb: str) -> Command:
    by = visit.actor()
    match verb:
        case "accept" | "resolve" | "escalate":
            return ANSWERS[verb.upper()](by=by)
        case "raise":
            return Raise(by=by)
        case "assign":
            return _assignment(tx, visit)
        case "comment":
            return _remark(visit)
        case _:
            raise NotFound("there is no such action")


def _assignment(tx: Transaction, visit: Visit) -> Command:
    kind, _, text = visit.said("to").partition(":")
    number = id_in(text)
    if kind not in ("user", "policy") or number is None:
        raise BadInput.at("to", "choose who is to have it")
    if kind == "policy":
        return AssignToPolicy(by=visit.actor(), policy=documents.get(tx, POLICIES, number))
    return AssignToUser(by=visit.actor(), user_id=documents.get(tx, USERS, number).id)


def _remark(visit: Visit) -> Command:
    text = visit.said("text", LONGEST_COMMENT)
    if not text:
        raise BadInput.at("text", "write something first")
    return Remark(by=visit.actor(), text=text, to_subscribers=bool(visit.said("update")))


def run(visit: Visit) -> Response:
    """Press the button of a manual connection. Raises NotFound, BadInput."""
    number = visit.number("id")
    with visit.deployment.db.write() as tx:
        incident = incidents.get(tx, number)
        chosen = next(
            (d for d in _doings(tx, incident) if str(d.connection.id) == visit.said("connection")), None
        )
        if chosen is None or not chosen.can_run:
            raise BadInput.at("connection", "there is no such action for this incident")
        errands.by_hand(tx, chosen.connection, number, visit.actor())
    return see_other(f"/incidents/{number}")


def _doings(tx: Transaction, incident: Incident) -> list[Doing]:
    """What other products have of the incident, and what can be done there."""
    found = connections.of_sources(tx, (incident.source_id,)).get(incident.source_id, [])
    if not found:
        return []
    last = {e.connection_id: e for e in reversed(errands.of_incident(tx, incident.id))}
    there = errands.remotes_of(tx, incident.id)
    actors = documents.many(tx, USERS, {e.actor_id for e in last.values() if e.actor_id})
    doings = [
        Doing(
            connection=c,
            remote=there.get(c.id),
            last=last.get(c.id),
            actor=actors.get(last[c.id].actor_id or 0) if c.id in last else None,
        )
        for c in found
    ]
    return [d for d in doings if d.can_run or d.last or d.remote]


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/incidents/{id}", action="FOLLOW", get=show),
        Page(path="/incidents/{id}/run", action="RESPOND", post=run),
        Page(path="/incidents/{id}/{verb}", action="RESPOND", post=act),
    ]
