"""The parameters of connectors and connections: checked by their type's class, secrets sealed.

They are stored in the form of their JSON, with a sealed secret as {"sealed": "…"} in its place. So is a web address
that holds a user and password, with what others may see of it beside: {"sealed": "…", "shown": "https://********@…"}.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import Any

from pydantic.alias_generators import to_camel

from tocsin.auth.vault import MASK, Vault
from tocsin.core import templates
from tocsin.core.connections import Connector
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import decode, encode
from tocsin.languages import Filled, msgid
from tocsin.plugins import ConnectionType

_PURPOSE = "connection parameter "
_PASSWORD = re.compile(r"(?i)\b(https?://)[^/?#@\s]*@")
"""The user and password of a web address."""
_NO_NETWORK = msgid(
    "{text} is no network: write one as in 10.0.0.0/8, with nothing but zeros after its prefix"
)


def seal(
    vault: Vault, kind: ConnectionType, params: type[Any], given: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """Parameters to be stored. Raises BadInput with paths below `params`, also for templates that cannot be read.

    A secret sent back masked keeps its value of `before`.
    """
    wanted = dict(given)
    for name, stored in before.items():
        shown = _mask(stored)
        if shown != stored and wanted.get(name) == shown:
            wanted[name] = _open_one(vault, kind, name, stored)
    try:
        checked = encode(params, decode(params, wanted))
    except BadInput as wrong:
        raise BadInput(
            *(Problem(f"params.{p.path}".rstrip("."), p.message) for p in wrong.problems)
        ) from None
    for name, text in checked.items():
        if text and is_template(kind, name):
            templates.compile(text, f"params.{name}")
    for index, own in enumerate(checked.get(kind.own_fields, ())):
        templates.compile(own["value"], f"params.{kind.own_fields}.{index}.value")
    return {name: _seal_one(vault, kind, name, text) for name, text in checked.items()}


def is_template(kind: ConnectionType, name: str) -> bool:
    """Whether a parameter of this JSON name is one."""
    return name.endswith("Template") or name in kind.templates


def opened(vault: Vault, kind: ConnectionType, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored parameters in clear. Raises CannotOpen."""
    return {name: _open_one(vault, kind, name, kept) for name, kept in stored.items()}


def kept(kind: ConnectionType, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What a form sent, where a secret that was left empty stays as it is stored."""
    return {**{n: MASK for n in secret_names(kind) if n in before and _sealed(before[n])}, **given}


def check_networks(texts: Iterable[str], path: str) -> None:
    """Raise BadInput unless each is a network (CIDR)."""
    for index, text in enumerate(texts):
        try:
            ip_network(text)
        except ValueError:
            raise BadInput.at(f"{path}.{index}", Filled(_NO_NETWORK, text=text)) from None


def masked(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored parameters for those who may not see secrets; passwords in addresses are secrets too."""
    return {name: _mask(kept) for name, kept in stored.items()}


def _mask(kept: Any) -> Any:
    if _sealed(kept):
        return kept.get("shown", MASK)
    # An earlier release kept addresses as they were.
    return _PASSWORD.sub(rf"\1{MASK}@", kept) if isinstance(kept, str) else kept


def instance(vault: Vault, kind: ConnectionType, params: type[Any], stored: Mapping[str, Any]) -> Any:
    """Stored parameters as the type's class. Raises CannotOpen, BadInput."""
    return decode(params, opened(vault, kind, stored))


def account(vault: Vault, kind: ConnectionType, connector: Connector | None) -> Any:
    """Who we are at a product, as its class; None for one without connectors. Raises CannotOpen, BadInput."""
    if kind.connector is None or connector is None:
        return None
    return instance(vault, kind, kind.connector, connector.params)


def _seal_one(vault: Vault, kind: ConnectionType, name: str, clear: Any) -> Any:
    secret, shown = name in secret_names(kind), _mask(clear)
    if not clear or (not secret and shown == clear):
        return clear
    sealed = {"sealed": vault.seal(clear, _purpose(kind, name))}
    return sealed if secret else {**sealed, "shown": shown}


def _open_one(vault: Vault, kind: ConnectionType, name: str, kept: Any) -> Any:
    return vault.open(kept["sealed"], _purpose(kind, name)) if _sealed(kept) else kept


def _sealed(kept: Any) -> bool:
    return isinstance(kept, dict) and {"sealed"} <= set(kept) <= {"sealed", "shown"}


def secret_names(kind: ConnectionType) -> set[str]:
    """The JSON names of the parameters that are kept sealed."""
    return {to_camel(name) for name in kind.secrets}


def _purpose(kind: ConnectionType, name: str) -> str:
    return f"{_PURPOSE}{kind.type}.{name}"
