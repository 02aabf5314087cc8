"""The settings of an alert source's broker: checked, the password sealed where they are stored, masked where they are shown."""

from __future__ import annotations

from tocsin.auth.vault import MASK, Vault
from tocsin.core.brokers import PASSWORD_FOR, TYPES, Broker, checked
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import replace


def sealed(vault: Vault, kind: str, wanted: Broker, before: Broker | None) -> Broker | None:
    """The settings for storing; None if neither servers nor topics are named. Raises BadInput.

    A password that is left out or masked stays, but never goes to other servers than it was entered for.
    """
    if not wanted.servers and not wanted.topics:
        return None
    if kind not in TYPES:
        raise BadInput.at(
            "servers", f"only a source of type {' or '.join(sorted(TYPES))} listens to a broker"
        )
    checked(kind, wanted)
    if not wanted.username:
        return replace(wanted, password="")
    if wanted.password not in ("", MASK):
        return replace(wanted, password=vault.seal(wanted.password, PASSWORD_FOR))
    if before is None or not before.password:
        return replace(wanted, password="")
    if (before.servers, before.username) != (wanted.servers, wanted.username):
        raise BadInput.at("password", "enter it again: the servers or the user name are others now")
    return replace(wanted, password=before.password)


def masked(broker: Broker) -> Broker:
    """The settings as everybody may see them."""
    return replace(broker, password=MASK) if broker.password else broker


def under(path: str, wrong: BadInput) -> BadInput:
    """The same complaint about fields below `path`."""
    return BadInput(*(Problem(f"{path}.{p.path}", p.message) for p in wrong.problems))
