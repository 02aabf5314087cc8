"""What may be asked of an Opsgenie alert besides being told something: to escalate it, and to hand it over."""

from __future__ import annotations

from tocsin.core.events import AlertSource, storable_key
from tocsin.core.incidents import AssignToUser, Command, Escalate
from tocsin.core.people import Actor
from tocsin.deployment import Deployment
from tocsin.integrations import foreign
from tocsin.kit.errors import Refused
from tocsin.store import decisions, incidents, people, sources
from tocsin.store.database import Transaction


def wish(deployment: Deployment, key: str, verb: str, alias: str, body: bytes) -> None:
    """Do what is asked of an open incident. What cannot be done stands as a remark on it already."""
    if verb not in ("escalate", "assign"):
        return
    with deployment.db.write() as tx:
        source = sources.by_keys(tx, [key]).get(key)
        found = incidents.newest_of_key(tx, source.id, storable_key(alias)) if source else None
        if source is None or found is None or not found.open:
            return
        command = _command(tx, source, verb, body)
        if command is None:
            return
        try:
            decisions.perform(tx, found.id, command)
        except Refused:
            return


def _command(tx: Transaction, source: AlertSource, verb: str, body: bytes) -> Command | None:
    by = Actor(kind="SOURCE", id=source.id, name=source.name, via="EVENT")
    if verb == "escalate":
        return Escalate(by=by)
    owner = foreign.inner(foreign.mapping(body), "owner") if body.strip() else {}
    login = foreign.text(owner.get("username"))
    known = people.by_login(tx, login)
    return AssignToUser(by=by, user_id=known[0].id) if login and known else None
