"""Rendering: Jinja2 with escaping, the words of the visitor's language, and designed errors."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from tocsin.channels.mail_source import read_mail
from tocsin.core.mail_source import CONTENT_TYPE, Attachment
from tocsin.core.people import Person
from tocsin.core.phones import shown_phone
from tocsin.kit.clock import rfc3339
from tocsin.kit.errors import BadInput, Conflict, Forbidden, NotFound, Overloaded, Refused, TocsinError
from tocsin.languages import own_names, say_many
from tocsin.store.database import DatabaseAway
from tocsin.store.events import StoredEvent
from tocsin.web import clockwork
from tocsin.web.navigation import Navigation
from tocsin.web.visit import Visit
from tocsin.web.when import field_of
from tocsin.web.words import translate

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
HUES = 12
_STATUS: dict[type[TocsinError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Forbidden: HTTPStatus.FORBIDDEN,
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    Refused: HTTPStatus.CONFLICT,
    Overloaded: HTTPStatus.TOO_MANY_REQUESTS,
    DatabaseAway: HTTPStatus.SERVICE_UNAVAILABLE,
}


def page(visit: Visit, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page, or its inside when htmx asks."""
    text = _environment().get_template(template).render(**_frame(visit), **context)
    return HTMLResponse(text, status_code=status)


def failure(visit: Visit, status: HTTPStatus, wrong: TocsinError | None = None) -> Response:
    """The page that says what went wrong and what to do."""
    problems = [problem.message for problem in wrong.problems] if isinstance(wrong, BadInput) else []
    message = "" if wrong is None or problems else wrong.message
    shown = {"code": status.value, "message": message, "problems": problems}
    return page(visit, "error.html", status=status, **shown)


def status_of(wrong: TocsinError) -> HTTPStatus:
    """What the answer to a refused request is in HTTP."""
    return next((s for kind, s in _STATUS.items() if isinstance(wrong, kind)), HTTPStatus.BAD_REQUEST)


class Problems(dict[str, str]):
    """What is wrong with a form, by field: with the field itself, or with a part of it; nothing with the others."""

    def __missing__(self, field: str) -> str:
        return next((text for path, text in self.items() if path.startswith(f"{field}.")), "")


def problems_by_field(wrong: BadInput | None) -> Problems:
    """What is wrong with a form, by field."""
    return Problems({problem.path: problem.message for problem in wrong.problems} if wrong else {})


def _frame(visit: Visit) -> dict[str, Any]:
    now = visit.now
    return {
        "visit": visit,
        "person": visit.person,
        "language": visit.language,
        "now": now,
        "zone": visit.zone,
        "scale": visit.deployment.time_scale,
        "nav": Navigation(visit),
        "mail_kept": not visit.deployment.smtp_configured,
        "t": partial(translate, visit.language),
        "tn": partial(say_many, visit.language),
        "languages": own_names,
        "asset": asset,
        "zones": clockwork.zone_names,
    }


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The address of a static file; it changes when the file does, so that browsers may keep it."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        outward=outward,
        age=_age,
        left=_left,
        clock=_clock,
        stamp=_stamp,
        day_time=_day_time,
        at_in=_at_in,
        at_text=_at_text,
        day_in=_day_in,
        field_in=field_of,
        weekday=_weekday,
        initials=initials,
        effect="effect:{}".format,
        event="event:{}".format,
        role_help="role:{}".format,
        changed="changed:{}".format,
        beat="beat:{}".format,
        ping="ping:{}".format,
        finding="finding:{}".format,
        priority_help="priority help:{}".format,
        span=clockwork.age,
        hue=hue,
        rfc3339=rfc3339,
        attachments=_attachments,
        bytes=clockwork.size,
        telephone=shown_phone,
    )
    return made


def _time(at: datetime, zone: str, text: str, kind: Markup = Markup()) -> Markup:  # noqa: B008 - immutable
    return Markup('<time datetime="{}" title="{} ({})"{}>{}</time>').format(
        rfc3339(at), clockwork.full(at, zone), zone, kind, text
    )


@pass_context
def _age(context: Context, at: datetime) -> Markup:
    """How long ago, kept running by the page's script."""
    return _time(at, context["zone"], clockwork.age(context["now"] - at), Markup(" data-age"))


@pass_context
def _left(context: Context, at: datetime) -> Markup:
    """How long until then, kept running by the page's script."""
    return _time(at, context["zone"], clockwork.countdown(at - context["now"]), Markup(" data-left"))


@pass_context
def _clock(context: Context, at: datetime) -> Markup:
    """The time of day, with the date on other days."""
    return _time(at, context["zone"], clockwork.clock(at, context["now"], context["zone"]))


@pass_context
def _day_time(context: Context, at: datetime) -> Markup:
    """Hour and minute, with the day on other days."""
    zone = context["zone"]
    return _time(at, zone, clockwork.day_time(at, context["now"], zone, context["language"]))


@pass_context
def _at_in(context: Context, at: datetime, zone: str) -> Markup:
    """Day, hour and minute in a zone that the page names."""
    return _time(at, zone, clockwork.moment(at, context["now"], zone, context["language"]))


@pass_context
def _at_text(context: Context, at: datetime, zone: str) -> str:
    """The same as plain text, for what is read aloud or shown by the browser."""
    return clockwork.moment(at, context["now"], zone, context["language"])


@pass_context
def _day_in(context: Context, at: datetime, zone: str) -> str:
    """The day, in a zone that the page names."""
    return clockwork.day(at, zone, context["language"])


@pass_context
def _weekday(context: Context, at: datetime) -> str:
    """The short name of a local day."""
    return clockwork.weekday(at, context["language"])


@pass_context
def _stamp(context: Context, at: datetime) -> Markup:
    """Date and time."""
    return _time(at, context["zone"], clockwork.full(at, context["zone"]))


def _attachments(event: StoredEvent) -> tuple[Attachment, ...]:
    """The files of an event that is a mail."""
    return read_mail(event.raw.encode()).attachments if event.content_type == CONTENT_TYPE else ()


def outward(address: str) -> str:
    """A link from outside, if it leads to a web page or a mailbox; nowhere otherwise."""
    return address if address.lower().startswith(("http://", "https://", "mailto:")) else "#"


def initials(person: Person) -> str:
    """Two letters for a person."""
    letters = f"{person.first_name[:1]}{person.last_name[:1]}".strip() or person.email[:2]
    return letters.upper()


def hue(person: Person) -> int:
    """Which of the colours is this person's."""
    return person.id % HUES
