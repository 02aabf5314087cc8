"""The first start: an account, its owner, a default policy."""

from __future__ import annotations

from tocsin.core.people import Person, User
from tocsin.core.policies import EscalationPolicy, EscalationRule, UserRef
from tocsin.kit.chance import Chance, digest, same, token
from tocsin.kit.errors import Conflict
from tocsin.store import facts, people, policies
from tocsin.store.database import Transaction

DEFAULT_TIMEOUT_MINUTES = 15


def setup_token(tx: Transaction, chance: Chance) -> str | None:
    """A fresh one-time token for the set-up page; None when the account has its owner already."""
    if people.owners(tx):
        return None
    secret = token(chance)
    facts.put(tx, "setup", {"digest": digest(secret)})
    return secret


def setup_allowed(tx: Transaction, secret: str) -> bool:
    """Whether the token opens the set-up page now."""
    stored = facts.get(tx, "setup")
    return bool(stored) and not people.owners(tx) and same(stored["digest"], digest(secret))


def create_owner(tx: Transaction, owner: User, password_hash: str, account_name: str | None) -> Person:
    """Create the account: its owner and the policy "Default". Raises Conflict when there is an owner."""
    if people.owners(tx):
        raise Conflict("this Tocsin is set up already: it has an owner", code="ALREADY_SET_UP")
    facts.save_account(tx, facts.Account(name=account_name or "Tocsin"))
    person = people.create(tx, owner, password_hash)
    rule = EscalationRule(users=(UserRef(id=person.id),), escalation_timeout=DEFAULT_TIMEOUT_MINUTES)
    policies.create(tx, EscalationPolicy(name="Default", escalation_rules=(rule,), repeating=True))
    facts.put(tx, "setup", {"digest": digest("")})
    return person
