"""Single facts about the installation, by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.kit.clock import from_micros, to_micros
from tocsin.kit.value import decode, encode, value
from tocsin.store import people
from tocsin.store.database import Transaction
from tocsin.store.tables import facts


@value
class Account:
    """The account: one deployment is one."""

    name: str = "Tocsin"
    fallback_user_ids: tuple[int, ...] = ()
    """Whom to tell when a policy reaches nobody; empty means the owner."""


def account(tx: Transaction) -> Account:
    """The account's settings."""
    return decode(Account, get(tx, "account") or {})


def save_account(tx: Transaction, settings: Account) -> None:
    """Store the account's settings."""
    put(tx, "account", encode(Account, settings))


def fallback(tx: Transaction) -> tuple[int, ...]:
    """Whom to tell when nobody else can be: the account's setting, else its owner."""
    return account(tx).fallback_user_ids or tuple(people.owners(tx))


_FACT = sa.select(facts.c.body).where(facts.c.name == sa.bindparam("wanted"))


def get(tx: Transaction, name: str, *, hold: bool = False) -> Any:
    """The fact's data, None when it is not there; `hold` keeps others from changing it until the commit."""
    return tx.scalar(_FACT.with_for_update() if hold else _FACT, {"wanted": name})


def put(tx: Transaction, name: str, body: Any) -> None:
    """Store a fact, in place of what it said before."""
    change = {"body": body, "at": tx.now}
    if not tx.run(sa.update(facts).where(facts.c.name == name).values(change)).rowcount:
        tx.run(sa.insert(facts), {"name": name, **change})


def remove(tx: Transaction, name: str) -> None:
    """Forget a fact."""
    tx.run(sa.delete(facts).where(facts.c.name == name))


def listening_since(tx: Transaction, silence_seconds: float) -> datetime:
    """Note that we hear pings now; returns since when we have, without a pause over `silence_seconds`."""
    known = get(tx, "listening")
    since = to_micros(tx.now)
    if known and since - known["at"] <= silence_seconds * 1_000_000:
        since = known["since"]
    put(tx, "listening", {"at": to_micros(tx.now), "since": since})
    return from_micros(since)
