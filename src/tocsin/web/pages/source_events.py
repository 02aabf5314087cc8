"""The event log of an alert source: everything that came, searched, and what one event would do now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from starlette.responses import Response

from tocsin.core.events import Effect
from tocsin.store import documents, events
from tocsin.store.events import Search
from tocsin.store.kinds import POLICIES, SOURCES
from tocsin.store.rehearsal import replay
from tocsin.web.declare import Page
from tocsin.web.pages.sources import BODY_SHOWN, shown_of
from tocsin.web.show import page
from tocsin.web.visit import Visit, id_in

EVENTS_A_PAGE = 25
EFFECTS: tuple[Effect, ...] = get_args(Effect)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody looks for in the log."""

    text: str = ""
    effect: str = ""
    number: int = 1

    @property
    def address(self) -> str:
        """The query that finds the same, to which the number of a page is added."""
        said = {"q": self.text, "effect": self.effect}
        return "".join(f"{urlencode({name: text})}&" for name, text in said.items() if text)


def show_all(visit: Visit) -> Response:
    """What the source sent, with what became of it. Raises NotFound."""
    effect = visit.asked.get("effect", "")
    wanted = Wanted(
        text=visit.asked.get("q", "").strip()[:255],
        effect=effect if effect in EFFECTS else "",
        number=min(id_in(visit.asked.get("page", "")) or 1, 10_000),
    )
    search = Search(effects=(wanted.effect,) if wanted.effect else (), text=wanted.text)
    with visit.deployment.db.read() as tx:
        source = documents.get(tx, SOURCES, visit.number("id"))
        shown = shown_of(tx, source)
        start = (wanted.number - 1) * EVENTS_A_PAGE
        found = events.listing(tx, source.id, start, EVENTS_A_PAGE + 1, search)
    return page(
        visit,
        "source_events.html",
        shown=shown,
        source=source,
        events=found[:EVENTS_A_PAGE],
        more=len(found) > EVENTS_A_PAGE,
        wanted=wanted,
        effects=EFFECTS,
        body_shown=BODY_SHOWN,
    )


def show_one(visit: Visit) -> Response:
    """One event, and what it would do now; nothing is done. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        source = documents.get(tx, SOURCES, visit.number("id"))
        event = events.get(tx, source.id, visit.number("event"))
        found = replay(tx, source, event, visit.deployment.intake.parse)
        shown = shown_of(tx, source)
        policies = documents.many(tx, POLICIES, {one.policy_id for one in found})
    return page(
        visit,
        "source_event.html",
        shown=shown,
        source=source,
        event=event,
        results=found,
        policies=policies,
        body_shown=BODY_SHOWN,
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/sources/{id}/events", action="VIEW_KEYS", get=show_all),
        Page(path="/sources/{id}/events/{event}", action="VIEW_KEYS", get=show_one),
    ]
