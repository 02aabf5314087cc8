"""What an alert source by mail takes in, what belongs together, and what ends it: tried on the last mails."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from tocsin.core import mail_source
from tocsin.core.events import AlertSource
from tocsin.core.source_settings import SourceRules
from tocsin.kit.errors import BadInput, NotFound
from tocsin.store import documents, sources
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES
from tocsin.web import mail_form
from tocsin.web.declare import Page
from tocsin.web.mail_form import Draft
from tocsin.web.pages.source_rules import Tried, tried
from tocsin.web.pages.sources import shown_of
from tocsin.web.show import page, problems_by_field
from tocsin.web.visit import Visit, see_other

FIELDS = 400


def show(visit: Visit) -> Response:
    """The form. Raises NotFound, also for a source that takes no mail."""
    with visit.deployment.db.read() as tx:
        source = _source(tx, visit)
        return _form(tx, visit, source, Draft.of(source))


def save(visit: Visit) -> Response:
    """Keep the rules: they hold from the next mail on. Or change the form as its buttons say. Raises NotFound."""
    draft, change = Draft.read(visit), visit.said("do", 60)
    wrong: BadInput | None = None
    if change == "save":
        try:
            with visit.deployment.db.write() as tx:
                source = sources.change(tx, draft.applied(_source(tx, visit)))
            return see_other(f"/sources/{source.id}/mail?said=saved")
        except BadInput as refused:
            wrong = refused
    draft.change(change)
    with visit.deployment.db.read() as tx:
        return _form(tx, visit, _source(tx, visit), draft, wrong)


def preview(visit: Visit) -> Response:
    """What the rules in the form make of the last mails: read only. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        return page(
            visit, "source_tried.html", tried=_tried(tx, visit, _source(tx, visit), Draft.read(visit))
        )


def _source(tx: Transaction, visit: Visit) -> AlertSource:
    source = documents.get(tx, SOURCES, visit.number("id"))
    if source.integration_type not in mail_source.TYPES:
        raise NotFound("this alert source takes no mail")
    return source


def _tried(tx: Transaction, visit: Visit, source: AlertSource, draft: Draft) -> list[Tried]:
    """Nothing while the draft makes no sense."""
    try:
        rules = source.rules or SourceRules()
        return tried(tx, draft.applied(source), rules, visit.deployment.intake.parse)
    except BadInput:
        return []


def _form(
    tx: Transaction, visit: Visit, source: AlertSource, draft: Draft, wrong: BadInput | None = None
) -> Response:
    return page(
        visit,
        "mail_rules.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        shown=shown_of(tx, source),
        source=source,
        draft=draft,
        fields=mail_form.FIELDS,
        criteria=mail_form.CRITERIA,
        key_fields=mail_form.KEY_FIELDS,
        key_criteria=mail_form.KEY_CRITERIA,
        creations=mail_form.CREATIONS,
        problems=problems_by_field(wrong),
        tried=_tried(tx, visit, source, draft),
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/sources/{id}/mail", action="CONFIGURE", get=show, post=save, fields=FIELDS),
        Page(path="/sources/{id}/mail/preview", action="CONFIGURE", post=preview, fields=FIELDS),
    ]
