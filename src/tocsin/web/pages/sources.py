"""Alert sources: what reports, how it reaches us, and what it sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import Response

from tocsin.core import mail_source
from tocsin.core.doors import url_of
from tocsin.core.events import AlertSource, Standing, standing
from tocsin.core.policies import EscalationPolicy
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import replace
from tocsin.plugins import integrations
from tocsin.store import (
    brokers,
    connections,
    documents,
    errands,
    events,
    heartbeats,
    incidents,
    maintenance,
    sources,
)
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SOURCES, SUPPORT_HOURS
from tocsin.web import settings_form, source_form
from tocsin.web.declare import Page
from tocsin.web.pages.source_test import TESTABLE
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.source_ways import doors, ways
from tocsin.web.visit import Visit, see_other

BODY_SHOWN = 4_000


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A source and how it stands."""

    source: AlertSource
    kind: source_form.Kind
    policy: EscalationPolicy | None
    standing: Standing
    open: int


def show_list(visit: Visit) -> Response:
    """Every source."""
    wanted = visit.asked.get("q", "").strip()[:100]
    with visit.deployment.db.read() as tx:
        shown = _shown(tx, documents.listing(tx, SOURCES))
        failing = errands.failing_sources(tx)
    total = len(shown)
    if wanted:
        shown = [one for one in shown if _fits(one, wanted.casefold())]
    return page(visit, "sources.html", sources=shown, failing=failing, wanted=wanted, total=total)


def show(visit: Visit) -> Response:
    """One source: how to reach it, and its settings. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        shown = _shown(tx, [documents.get(tx, SOURCES, visit.number("id"))])[0]
        beat = heartbeats.of_source(tx, shown.source.id)
        broker = brokers.standing(tx, shown.source)
        recent = events.listing(tx, shown.source.id, 0, 5)
        maintained = maintenance.maintained(tx, (shown.source.id,)).get(shown.source.id)
        carried = connections.of_sources(tx, (shown.source.id,)).get(shown.source.id, [])
        failing = errands.failing(tx) if carried else {}
    base = visit.deployment.public_url
    return page(
        visit,
        "source.html",
        shown=shown,
        source=shown.source,
        url=url_of(base, shown.source),
        ways=ways(base, shown.source),
        doors=doors(base, shown.source),
        tool=integrations().get(shown.source.integration_type),
        beat=beat,
        broker=broker,
        maintained=maintained,
        carried=carried,
        failing=failing,
        events=recent,
        body_shown=BODY_SHOWN,
        testable=shown.source.integration_type in TESTABLE and shown.source.active,
    )


def choose(visit: Visit) -> Response:
    """The first step of a new source: what reports."""
    return page(visit, "source_kinds.html", kinds=source_form.kinds())


def begin(visit: Visit) -> Response:
    """The second step: its name and whom it rings. Raises NotFound."""
    kind = str(visit.request.path_params["type"]).upper()
    if kind not in {known.type for known in source_form.kinds()}:
        raise NotFound("there is no such kind of alert source")
    return _form(visit, AlertSource(name="", integration_type=kind))


def create(visit: Visit) -> Response:
    """Create the source and lead to its key."""
    kind = visit.said("type", 100).upper()
    if kind not in {known.type for known in source_form.kinds()}:
        raise BadInput.at("type", "choose one")
    blank = AlertSource(name="", integration_type=kind)
    try:
        with visit.deployment.db.write() as tx:
            wanted = source_form.read(visit, blank)
            source = sources.create(tx, wanted, visit.deployment.chance)
    except BadInput as wrong:
        return _form(visit, blank, problems_by_field(wrong), HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(f"/sources/{source.id}?said=created")


def edit(visit: Visit) -> Response:
    """The settings of a source. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        source = documents.get(tx, SOURCES, visit.number("id"))
    return _form(visit, source)


def save(visit: Visit) -> Response:
    """Change the settings. Raises NotFound."""
    try:
        with visit.deployment.db.write() as tx:
            before = documents.get(tx, SOURCES, visit.number("id"))
            sources.change(tx, source_form.read(visit, before))
    except BadInput as wrong:
        return _form(visit, before, problems_by_field(wrong), HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(f"/sources/{before.id}?said=saved")


def switch(visit: Visit) -> Response:
    """Let it take events, or stop it. Raises NotFound."""
    with visit.deployment.db.write() as tx:
        source = documents.get(tx, SOURCES, visit.number("id"))
        sources.change(tx, replace(source, active=visit.said("active") == "on"))
    return see_other(f"/sources/{source.id}?said=saved")


def remove(visit: Visit) -> Response:
    """Delete a source without open incidents. Raises NotFound, Conflict."""
    with visit.deployment.db.write() as tx:
        sources.remove(tx, visit.number("id"))
    return see_other("/sources?said=deleted")


def _form(
    visit: Visit, source: AlertSource, problems: Problems | None = None, status: int = HTTPStatus.OK
) -> Response:
    with visit.deployment.db.read() as tx:
        policies = documents.listing(tx, POLICIES)
        hours = documents.listing(tx, SUPPORT_HOURS)
    said = dict(visit.form) or _said(source, policies)
    broker = source_form.broker_fields(source)
    return page(
        visit,
        "source_edit.html",
        status=status,
        source=source,
        kind=source_form.kind_of(source.integration_type),
        policies=[(policy.id, policy.name) for policy in policies],
        hours=[("", "–"), *((one.id, one.name) for one in hours)],
        mail_domain=visit.deployment.mail_domain,
        by_mail=source.integration_type in mail_source.TYPES,
        priorities=source_form.PRIORITIES,
        creations=source_form.CREATIONS,
        units=tuple(source_form.BEAT_UNITS),
        broker=settings_form.typed(visit, broker),
        problems=problems or Problems(),
        said=Problems(said),
    )


def _said(source: AlertSource, policies: list[EscalationPolicy]) -> Mapping[str, str]:
    """What the form shows of a source."""
    after, window = source.auto_resolution_timeout, source.grouping_window
    count, unit = source_form.interval_of(source)
    return {
        "name": source.name,
        "policy": str(source.policy_id or (policies[0].id if policies else "")),
        "priority": source.incident_priority_rule,
        "hours": str(source.support_hours_id or ""),
        "address": source.integration_key.partition("@")[0] if "@" in source.integration_key else "",
        "creation": source.incident_creation,
        "resolve_after": str(int(after.total_seconds() // 60)) if after else "",
        "window": str(int(window.total_seconds() // 60)) if window else "",
        "alike": "" if source.score_threshold is None else f"{source.score_threshold * 100:g}",
        "auto_raise": "on" if source.auto_raise else "",
        "interval": str(count),
        "unit": unit,
        "overdue": source.heartbeat.summary if source.heartbeat else "",
    }


def _fits(one: Shown, wanted: str) -> bool:
    names = (one.source.name, one.kind.name, one.policy.name if one.policy else "")
    return any(wanted in name.casefold() for name in names)


def shown_of(tx: Transaction, source: AlertSource) -> Shown:
    """How one source stands."""
    return _shown(tx, [source])[0]


def _shown(tx: Transaction, found: list[AlertSource]) -> list[Shown]:
    policies = documents.many(tx, POLICIES, {source.policy_id for source in found})
    counts = incidents.open_counts(tx, [source.id for source in found])
    return [
        Shown(
            source=source,
            kind=source_form.kind_of(source.integration_type),
            policy=policies.get(source.policy_id),
            standing=standing(source, counts.get(source.id, {})),
            open=sum(counts.get(source.id, {}).values()),
        )
        for source in found
    ]


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/sources", action="VIEW", get=show_list),
        Page(path="/sources/new", action="CONFIGURE", get=choose, post=create),
        Page(path="/sources/new/{type}", action="CONFIGURE", get=begin),
        Page(path="/sources/{id}", action="VIEW_KEYS", get=show),
        Page(path="/sources/{id}/edit", action="CONFIGURE", get=edit, post=save),
        Page(path="/sources/{id}/active", action="CONFIGURE", post=switch),
        Page(path="/sources/{id}/delete", action="CONFIGURE", post=remove),
    ]
