"""The fields of e-mail sources on the wire: flat among the others, one value inside."""

from __future__ import annotations

from typing import Annotated, Any

from tocsin.api.call import Calling
from tocsin.core.events import AlertSource
from tocsin.core.heartbeats import slug_of
from tocsin.core.mail_rules import MAX_PREDICATES, MailRules, Predicate
from tocsin.core.mail_source import address_of
from tocsin.kit.value import MaxLen

Predicates = Annotated[tuple[Predicate, ...], MaxLen(MAX_PREDICATES)]


def shown(rules: MailRules | None) -> dict[str, Any]:
    """The wire's fields for these rules; none for a source of another type."""
    if rules is None:
        return {}
    return {
        "email_filtered": rules.filtered,
        "email_predicates": rules.predicates,
        "filter_operator": rules.operator,
        "email_resolve_filtered": rules.resolve_filtered,
        "email_resolve_predicates": rules.resolve_predicates,
        "resolve_filter_operator": rules.resolve_operator,
        "resolve_key_extractor": rules.key_extractor,
    }


def address(wanted: str | None, name: str, before: AlertSource | None, call: Calling) -> str:
    """The address of an e-mail source: the one wanted, the one it has, or a new one after its name."""
    if wanted:
        return address_of(wanted, call.deployment.mail_domain)
    if before is not None:
        return before.integration_key
    stem = slug_of(name)[:40].strip("-_") or "alerts"
    return address_of(f"{stem}-{call.deployment.chance.bytes(4).hex()}", call.deployment.mail_domain)
