"""The form of an e-mail source's rules: what was typed, changed by its buttons, and read as rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from tocsin.core import mail_source
from tocsin.core.events import AlertSource, Creation
from tocsin.core.mail_rules import MAX_PREDICATES, Criteria, MailRules, Operator, Predicate
from tocsin.core.mail_rules import Field as MailField
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import decode, replace
from tocsin.web.visit import Visit, id_in

CREATIONS: tuple[Creation, ...] = get_args(Creation)
FIELDS: tuple[MailField, ...] = get_args(MailField)
CRITERIA: tuple[Criteria, ...] = get_args(Criteria)
KEY_FIELDS = ("EMAIL_SUBJECT", "EMAIL_BODY")
KEY_CRITERIA = ("ALL_TEXT_BEFORE", "ALL_TEXT_AFTER", "MATCHES_REGEX")
_NAMES = {
    "emailPredicates": "predicates",
    "emailResolvePredicates": "resolvePredicates",
    "resolveKeyExtractor": "keyExtractor",
}
"""How the wire calls what the rules call otherwise."""


@dataclass
class Line:
    """One condition, as typed."""

    field: str = "EMAIL_SUBJECT"
    criteria: str = "CONTAINS_STRING"
    value: str = ""


@dataclass
class Filter:
    """Conditions that a mail has to fit."""

    name: str
    """`accept` or `resolve`."""
    on: bool = False
    operator: str = "AND"
    lines: list[Line] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, predicates: Sequence[Predicate], operator: Operator | None, *, on: bool) -> Filter:
        """As the form shows what is stored."""
        lines = [Line(one.field, one.criteria, one.value) for one in predicates]
        return cls(name=name, on=on, operator=operator or "AND", lines=lines)

    @classmethod
    def read(cls, visit: Visit, name: str) -> Filter:
        """What the form sent."""
        count = min(id_in(visit.said(f"{name}.count")) or 0, MAX_PREDICATES)
        return cls(
            name=name,
            on=visit.said(f"{name}.on") == "on",
            operator="OR" if visit.said(f"{name}.operator") == "OR" else "AND",
            lines=[
                Line(*(visit.said(f"{name}.{i}.{part}", 1_001) for part in ("field", "criteria", "value")))
                for i in range(count)
            ],
        )

    @property
    def said(self) -> list[Mapping[str, str]]:
        """The conditions with something to look for, as JSON."""
        return [vars(line) for line in self.lines if line.value]


@dataclass
class Draft:
    """The rules, as typed."""

    creation: str
    accept: Filter
    resolve: Filter
    key: Line

    @classmethod
    def of(cls, source: AlertSource) -> Draft:
        """A source's rules as the form shows them."""
        rules = source.mail or MailRules()
        key = rules.key_extractor
        return cls(
            creation=source.incident_creation,
            accept=Filter.of("accept", rules.predicates, rules.operator, on=rules.filtered),
            resolve=Filter.of(
                "resolve", rules.resolve_predicates, rules.resolve_operator, on=rules.resolve_filtered
            ),
            key=Line(key.field, key.criteria, key.value) if key else Line(criteria="ALL_TEXT_AFTER"),
        )

    @classmethod
    def read(cls, visit: Visit) -> Draft:
        """What the form sent."""
        return cls(
            creation=visit.said("creation", 60),
            accept=Filter.read(visit, "accept"),
            resolve=Filter.read(visit, "resolve"),
            key=Line(*(visit.said(f"key.{part}", 1_001) for part in ("field", "criteria", "value"))),
        )

    def change(self, what: str) -> None:
        """Do what a button of the form says: `add:accept`, `drop:resolve:2`."""
        verb, _, rest = what.partition(":")
        name, _, place = rest.partition(":")
        chosen = {"accept": self.accept, "resolve": self.resolve}.get(name)
        index = id_in(place)
        if chosen and verb == "add" and len(chosen.lines) < MAX_PREDICATES:
            chosen.lines.append(Line())
        elif chosen and verb == "drop" and index is not None and index < len(chosen.lines):
            del chosen.lines[index]

    def applied(self, source: AlertSource) -> AlertSource:
        """The source with these rules. Raises BadInput with the paths of the rules."""
        creation = next((known for known in CREATIONS if known == self.creation), source.incident_creation)
        said: dict[str, Any] = {
            "filtered": self.accept.on,
            "predicates": self.accept.said,
            "operator": self.accept.operator,
            "resolveFiltered": self.resolve.on,
            "resolvePredicates": self.resolve.said,
            "resolveOperator": self.resolve.operator,
            "keyExtractor": vars(self.key) if self.key.value else None,
        }
        rules = decode(MailRules, said)
        try:
            mail_source.check(rules)
        except BadInput as wrong:
            raise BadInput(*(_renamed(problem) for problem in wrong.problems)) from None
        changed = replace(source, incident_creation=creation, mail=rules)
        if mail_source.lacks_key(changed):
            raise BadInput.at("keyExtractor.value", "say where in the mail the key stands")
        return changed


def _renamed(problem: Problem) -> Problem:
    first, dot, rest = problem.path.partition(".")
    return Problem(f"{_NAMES.get(first, first)}{dot}{rest}", problem.message)
