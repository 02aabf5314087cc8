"""The schedule editor, with the next sixty days beside it and gaps in words."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from tocsin.core.on_call import Roster
from tocsin.core.people import BYSTANDERS
from tocsin.core.schedule_edits import edited
from tocsin.core.schedules import BrokenSchedule, Rota, Schedule
from tocsin.kit.errors import BadInput
from tocsin.store import documents, schedules
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES, USERS
from tocsin.web.clockwork import zone
from tocsin.web.declare import Page
from tocsin.web.schedule_form import DAYS, FIELDS, UNITS, Draft
from tocsin.web.show import page, problems_by_field
from tocsin.web.timeline_grid import Window, grid
from tocsin.web.visit import Visit, see_other

STRIPS, STRIP_DAYS = 3, 20
GAPS_SHOWN = 8


def begin(visit: Visit) -> Response:
    """A new schedule: turns, or shifts by hand."""
    with visit.deployment.db.read() as tx:
        kind = "STATIC" if visit.asked.get("kind") == "static" else "RECURRING"
        draft = Draft.blank("STATIC" if kind == "STATIC" else "RECURRING", visit, tx.now)
        return _form(tx, visit, draft, None)


def edit(visit: Visit) -> Response:
    """A schedule as it stands. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        before = documents.get(tx, SCHEDULES, visit.number("id"))
        return _form(tx, visit, Draft.of(before), before)


def save(visit: Visit) -> Response:
    """Save the schedule, or change the form as its buttons say. Raises NotFound."""
    draft, change = Draft.read(visit), visit.said("do", 60)
    if change != "save":
        draft.change(change)
        with visit.deployment.db.read() as tx:
            return _form(tx, visit, draft, _before(tx, visit))
    try:
        with visit.deployment.db.write() as tx:
            before = _before(tx, visit)
            wanted = draft.schedule(before)
            if before:
                saved = schedules.change(tx, wanted, draft.begins(before))
            else:
                saved = schedules.create(tx, wanted)
    except BadInput as wrong:
        with visit.deployment.db.read() as tx:
            return _form(tx, visit, draft, _before(tx, visit), wrong)
    return see_other(f"/schedules/{saved.id}?said={'saved' if before else 'created'}")


def preview(visit: Visit) -> Response:
    """The next sixty days by the schedule in the form: read only."""
    draft = Draft.read(visit)
    with visit.deployment.db.read() as tx:
        number = visit.id_said("schedule")
        found = documents.many(tx, SCHEDULES, (number,), deleted=False) if number is not None else {}
        return page(visit, "schedule_preview.html", **_tried(tx, draft, next(iter(found.values()), None)))


def _before(tx: Transaction, visit: Visit) -> Schedule | None:
    if "id" not in visit.request.path_params:
        return None
    return documents.get(tx, SCHEDULES, visit.number("id"))


def _form(
    tx: Transaction, visit: Visit, draft: Draft, before: Schedule | None, wrong: BadInput | None = None
) -> Response:
    problems = problems_by_field(wrong)
    everybody = documents.listing(tx, USERS)
    return page(
        visit,
        "schedule_form.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        draft=draft,
        before=before,
        able=[user for user in everybody if user.role not in BYSTANDERS],
        names={str(user.id): user for user in everybody},
        layers=[(layer, _of(problems, f"scheduleLayers.{i}")) for i, layer in enumerate(draft.layers)],
        shifts=[(shift, _of(problems, f"shifts.{i}")) for i, shift in enumerate(draft.shifts)],
        problems=problems,
        weekdays=DAYS,
        units=UNITS,
        **_tried(tx, draft, before),
    )


def _of(problems: dict[str, str], start: str) -> list[str]:
    """What is wrong below one place of the form."""
    return [text for path, text in problems.items() if path == start or path.startswith(f"{start}.")]


def _tried(tx: Transaction, draft: Draft, before: Schedule | None) -> dict[str, Any]:
    """What the draft would mean; nothing while it makes no sense."""
    draft = Draft(**{**vars(draft), "name": draft.name or "-"})
    try:
        schedule = draft.schedule(before)
        rota = _rota(tx, draft, schedule, before)
        window = _strips(tx, schedule.timezone)
        users = documents.many(tx, USERS, rota.user_ids)
        roster = Roster(rota)
        return {
            "strips": [grid(rota, users, strip, tx.now, layers=False) for strip in window],
            "gaps": roster.gaps(tx.now, window[-1].end),
            "gaps_shown": GAPS_SHOWN,
            "days": STRIPS * STRIP_DAYS,
            "zone_shown": schedule.timezone,
        }
    except (BadInput, BrokenSchedule):
        return {"strips": (), "gaps": (), "gaps_shown": 0, "days": 0, "zone_shown": ""}


def _rota(tx: Transaction, draft: Draft, schedule: Schedule, before: Schedule | None) -> Rota:
    """With the overrides and absences that stay, and from when on the change holds. Raises BadInput."""
    if before is None:
        return Rota(schedule=schedule)
    until = tx.now + timedelta(days=STRIPS * STRIP_DAYS + 1)
    stored = schedules.load(tx, (before.id,), tx.now, until)[0].get(before.id)
    if stored is None:
        return Rota(schedule=schedule)
    return edited(stored, schedule, max(draft.begins(before) or tx.now, tx.now))


def _strips(tx: Transaction, zone_name: str) -> list[Window]:
    today = tx.now.astimezone(zone(zone_name)).date()
    return [
        Window(first=today + timedelta(days=STRIP_DAYS * n), days=STRIP_DAYS, zone=zone_name)
        for n in range(STRIPS)
    ]


def pages() -> list[Page]:
    """The routes of this file: before those of `pages.schedules`, whose paths are wider."""
    return [
        Page(path="/schedules/new", action="CONFIGURE", get=begin, post=save, fields=FIELDS),
        Page(path="/schedules/preview", action="CONFIGURE", post=preview, fields=FIELDS),
        Page(path="/schedules/{id}/edit", action="CONFIGURE", get=edit, post=save, fields=FIELDS),
    ]
