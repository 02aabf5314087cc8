"""What an e-mail source is told: which mails count, what they belong to, and which of them mean the end.

`core.mail_source` follows these rules.
"""

from __future__ import annotations

from typing import Annotated, Literal

from tocsin.kit.value import MaxLen, value

MAX_PREDICATES = 50

Field = Literal["EMAIL_FROM", "EMAIL_SUBJECT", "EMAIL_BODY"]
Criteria = Literal[
    "CONTAINS_ANY_WORDS",
    "CONTAINS_NOT_WORDS",
    "CONTAINS_STRING",
    "CONTAINS_NOT_STRING",
    "IS_STRING",
    "IS_NOT_STRING",
    "MATCHES_REGEX",
    "MATCHES_NOT_REGEX",
]
Operator = Literal["AND", "OR"]


@value
class Predicate:
    """What one field of a mail must be like."""

    field: Field
    criteria: Criteria
    value: Annotated[str, MaxLen(1_000)]


@value
class KeyExtractor:
    """Where in a mail the key stands."""

    field: Literal["EMAIL_SUBJECT", "EMAIL_BODY"]
    criteria: Literal["ALL_TEXT_BEFORE", "ALL_TEXT_AFTER", "MATCHES_REGEX"]
    value: Annotated[str, MaxLen(1_000)]


@value
class MailRules:
    """Which mails count, what they belong to, and which of them mean the end."""

    filtered: bool = False
    predicates: Annotated[tuple[Predicate, ...], MaxLen(MAX_PREDICATES)] = ()
    operator: Operator | None = None
    """AND if not said."""
    resolve_filtered: bool = False
    resolve_predicates: Annotated[tuple[Predicate, ...], MaxLen(MAX_PREDICATES)] = ()
    resolve_operator: Operator | None = None
    key_extractor: KeyExtractor | None = None
