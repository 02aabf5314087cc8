"""What a source is told about its events: conditions and templates, tried on what it sent last."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import get_args

from starlette.responses import Response

from tocsin.core.events import AlertSource, Event, NothingToReport
from tocsin.core.incidents import Priority
from tocsin.core.source_rules import Circumstances, Sent, checked, shape
from tocsin.core.source_settings import (
    MAX_MAPPINGS,
    LinkTemplate,
    PriorityMeaning,
    PriorityTemplate,
    SourceRules,
)
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import replace
from tocsin.store import documents, events, sources, support_hours
from tocsin.store.database import Transaction
from tocsin.store.events import StoredEvent
from tocsin.store.intake import Parse, parsed
from tocsin.store.kinds import SOURCES
from tocsin.store.rehearsal import received
from tocsin.web.declare import Page
from tocsin.web.pages.sources import shown_of
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other

TRIED = 5
LONGEST = 20_000
TEXTS = ("event_filter", "create_when", "accept_when", "resolve_when", "key", "summary", "details", "routing")
_WIRE = {
    "eventFilter": "event_filter",
    "eventTypeFilterCreate": "create_when",
    "eventTypeFilterAccept": "accept_when",
    "eventTypeFilterResolve": "resolve_when",
    "summaryTemplate": "summary",
    "detailsTemplate": "details",
    "routingTemplate": "routing",
    "incidentKeyTemplate": "key",
    "linkTemplates": "links",
    "priorityTemplate": "priority",
}
PRIORITIES: tuple[Priority, ...] = get_args(Priority)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What the rules make of an event that came."""

    event: StoredEvent
    made: Event | None = None
    dropped: str = ""


def show(visit: Visit) -> Response:
    """The form. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        source = documents.get(tx, SOURCES, visit.number("id"))
        return _form(tx, visit, source, source.rules or SourceRules(), Problems())


def save(visit: Visit) -> Response:
    """Keep the rules: they hold from the next event on. Raises NotFound."""
    wrong: BadInput | None = None
    with visit.deployment.db.write() as tx:
        source = documents.get(tx, SOURCES, visit.number("id"))
        rules = _read(visit, source.rules or SourceRules())
        try:
            _check_lines(visit, rules)
            sources.change(tx, replace(source, rules=_kept(checked(rules))))
        except BadInput as refused:
            wrong = refused
    if wrong is not None:
        with visit.deployment.db.read() as tx:
            return _form(tx, visit, source, rules, _problems(wrong))
    return see_other(f"/sources/{source.id}/rules?said=saved")


def preview(visit: Visit) -> Response:
    """What the rules in the form make of the last events: read only. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        source = documents.get(tx, SOURCES, visit.number("id"))
        rules = _read(visit, source.rules or SourceRules())
        return page(visit, "source_tried.html", tried=tried(tx, source, rules, visit.deployment.intake.parse))


def _read(visit: Visit, before: SourceRules) -> SourceRules:
    """The rules of the form; what it does not show stays."""
    texts = {name: visit.form.get(name, "").strip()[:LONGEST] for name in TEXTS}
    pairs = (line.partition("|") for line in visit.form.get("links", "").splitlines()[:10] if line.strip())
    links = tuple(LinkTemplate(text=text.strip(), href=href.strip()) for text, _, href in pairs)
    return replace(before, **texts, links=links, priority=_priority(visit))


def _priority(visit: Visit) -> PriorityTemplate | None:
    """The template of the priority; lines that cannot be read are left out."""
    said = _meanings(visit)
    means = tuple(PriorityMeaning(value=value[:255], means=means) for value, means in said if value and means)
    text = visit.said("priority", LONGEST)
    return PriorityTemplate(value=text, mappings=means) if text or means else None


def _meanings(visit: Visit) -> list[tuple[str, Priority | None]]:
    """`critical = HIGH`, line by line; None where it names no priority."""
    pairs = (line.rpartition("=") for line in visit.form.get("means", "").splitlines() if line.strip())
    return [
        (value.strip(), next((p for p in PRIORITIES if p == means.strip().upper()), None))
        for value, _, means in pairs
    ]


def _check_lines(visit: Visit, rules: SourceRules) -> None:
    """Refuse lines that cannot be read. Raises BadInput."""
    wrong: list[Problem] = []
    if any(not link.href for link in rules.links):
        wrong.append(Problem("links", "write each as Text | https://address"))
    said = _meanings(visit)
    if len(said) > MAX_MAPPINGS or not all(value and means for value, means in said):
        wrong.append(Problem("means", "write each as critical = HIGH, a hundred at the most"))
    if rules.priority is not None and not rules.priority.value:
        wrong.append(Problem("priority", "say which value it goes by"))
    if wrong:
        raise BadInput(*wrong)


def _kept(rules: SourceRules) -> SourceRules | None:
    """None when they say nothing: then they cost an event nothing."""
    return None if rules == SourceRules() else rules


def _problems(wrong: BadInput) -> Problems:
    """By the names of the form's fields."""
    found = problems_by_field(wrong)
    return Problems({_WIRE.get(path.split(".")[0], path.split(".")[0]): text for path, text in found.items()})


def _form(
    tx: Transaction, visit: Visit, source: AlertSource, rules: SourceRules, problems: Problems
) -> Response:
    return page(
        visit,
        "source_rules.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        shown=shown_of(tx, source),
        source=source,
        rules=rules,
        links="\n".join(f"{link.text} | {link.href}" for link in rules.links),
        means=visit.form.get("means", _shown_meanings(rules)),
        problems=problems,
        tried=tried(tx, source, rules, visit.deployment.intake.parse),
    )


def _shown_meanings(rules: SourceRules) -> str:
    return "\n".join(f"{m.value} = {m.means}" for m in rules.priority.mappings) if rules.priority else ""


def tried(tx: Transaction, source: AlertSource, rules: SourceRules, parse: Parse) -> list[Tried]:
    """What a source with these rules makes of the last events that came."""
    covers = support_hours.covering(tx)
    ruled = replace(source, rules=rules)
    found = []
    for event in events.listing(tx, source.id, 0, TRIED):
        payload = received(tx, source, event, event.at)
        try:
            read = parsed(ruled, payload, parse)
        except BadInput as wrong:
            found.append(Tried(event=event, dropped=str(wrong)))
            continue
        except NothingToReport as nothing:
            found.append(Tried(event=event, dropped=nothing.message))
            continue
        around = Circumstances(sent=Sent(payload.body), now=event.at, covers=covers)
        for one in read[:3]:
            shaped = shape(rules, one, around)
            made = None if shaped.dropped else shaped.event
            found.append(Tried(event=event, made=made, dropped=shaped.dropped))
    return found[: 2 * TRIED]


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/sources/{id}/rules", action="CONFIGURE", get=show, post=save),
        Page(path="/sources/{id}/rules/preview", action="CONFIGURE", post=preview),
    ]
