"""What a source is told about its events: conditions and templates, tried on what it sent last."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import Response

from tocsin.core.events import AlertSource, Event, NothingToReport
from tocsin.core.source_rules import Circumstances, Sent, checked, shape
from tocsin.core.source_settings import LinkTemplate, SourceRules
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
}


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
            sources.change(tx, replace(source, rules=_kept(checked(_links_checked(visit, rules)))))
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
    return replace(before, **texts, links=links)


def _links_checked(visit: Visit, rules: SourceRules) -> SourceRules:
    if any(not link.href for link in rules.links):
        raise BadInput(Problem("links", "write each as Text | https://address"))
    del visit
    return rules


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
        problems=problems,
        tried=tried(tx, source, rules, visit.deployment.intake.parse),
    )


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
