"""Schedules: the list with who is on call now and next, and each as a timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from tocsin.core.coverage import Coverage, coverage
from tocsin.core.intervals import Interval
from tocsin.core.on_call import OnCall, Roster
from tocsin.core.people import BYSTANDERS, User
from tocsin.core.policies import EscalationPolicy, EscalationRule, Ref
from tocsin.core.schedules import BrokenSchedule, Rota, Schedule, Shift
from tocsin.store import calendars, decisions, documents, replacing, schedules
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES, USERS
from tocsin.web.clockwork import is_zone, zone
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.timeline_grid import Grid, Window, grid
from tocsin.web.visit import Visit, see_other

LOOK_AHEAD = timedelta(days=60)
LIST_DAYS = 14
WEEKS = (1, 2, 4)
GAPS_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A schedule and who is on call by it."""

    schedule: Schedule
    now: Shift | None = None
    next: Shift | None = None
    why: OnCall | None = None
    grid: Grid | None = None
    gaps: tuple[Interval, ...] = ()
    """From now on, as far as the page looks ahead."""
    asked_by: list[tuple[int, str]]
    broken: str = ""
    """Why nothing can be said about it."""


def show_list(visit: Visit) -> Response:
    """Every schedule with two weeks of its final line."""
    wanted = visit.asked.get("q", "").strip()[:100]
    with visit.deployment.db.read() as tx:
        found = documents.listing(tx, SCHEDULES)
        total = len(found)
        found = [one for one in found if wanted.casefold() in one.name.casefold()]
        standings, users = _standings(tx, visit, found)
    return page(visit, "schedules.html", standings=standings, users=users, wanted=wanted, total=total)


def _standings(
    tx: Transaction, visit: Visit, found: list[Schedule]
) -> tuple[list[Standing], dict[int, User]]:
    ids = [one.id for one in found]
    today = tx.now.astimezone(zone(visit.zone)).date()
    window = Window(first=today, days=LIST_DAYS, zone=visit.zone)
    rotas, broken = schedules.whole(tx, ids, min(window.start, tx.now))
    used = schedules.policies_asking(tx, ids)
    users = documents.many(tx, USERS, {i for one in rotas.values() for i in one.user_ids})
    standings = []
    for schedule in found:
        asked_by = used.get(schedule.id, [])
        reason = broken.get(schedule.id)
        if schedule.id not in rotas:
            standings.append(Standing(schedule=schedule, asked_by=asked_by, broken=str(reason or "deleted")))
            continue
        try:
            standings.append(_standing(rotas[schedule.id], users, window, tx.now, asked_by))
        except BrokenSchedule as wrong:
            standings.append(Standing(schedule=schedule, asked_by=asked_by, broken=wrong.message))
    return standings, users


def _standing(
    rota: Rota, users: dict[int, User], window: Window, now: datetime, asked_by: list[tuple[int, str]]
) -> Standing:
    roster = Roster(rota)
    current = roster.shift_at(now)
    return Standing(
        schedule=rota.schedule,
        now=current,
        next=roster.next_shift(now),
        why=roster.on_call(now),
        grid=grid(rota, users, window, now, layers=False),
        gaps=roster.gaps(now, window.end),
        asked_by=asked_by,
    )


def show(visit: Visit) -> Response:
    """One schedule on its grid. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        schedule = documents.get(tx, SCHEDULES, visit.number("id"))
        view = chosen_view(visit, schedule, tx.now)
        used = schedules.policies_asking(tx, (schedule.id,)).get(schedule.id, [])
        everybody = documents.listing(tx, USERS)
        common: dict[str, Any] = {"schedule": schedule, "view": view, "asked_by": used, "weeks": WEEKS}
        try:
            context = _detail(tx, view, schedule) | {"cover": _cover(tx, schedule)}
        except BrokenSchedule as wrong:
            return page(visit, "schedule_broken.html", wrong=wrong.message, **common)
    able = [user for user in everybody if user.role not in BYSTANDERS]
    return page(visit, "schedule.html", able=able, gaps_shown=GAPS_SHOWN, **context, **common)


@dataclass(frozen=True, kw_only=True)
class View:
    """Which days are looked at, in whose zone."""

    schedule: int
    weeks: int
    first: date
    today: date
    zone_choice: str
    zone: str

    def address(self, **changes: object) -> str:
        """The address of this view with changes."""
        said = {"weeks": self.weeks, "from": self.first, "zone": self.zone_choice} | changes
        return f"/schedules/{self.schedule}?weeks={said['weeks']}&from={said['from']}&zone={said['zone']}"

    def moved(self, weeks: int) -> str:
        """The address of the window that many weeks on."""
        return self.address(**{"from": self.first + timedelta(weeks=weeks)})


def chosen_view(visit: Visit, schedule: Schedule, now: datetime) -> View:
    """Read the address; what makes no sense is ignored."""
    choice = visit.asked.get("zone", "schedule")
    zones = {"schedule": schedule.timezone, "mine": visit.zone, "utc": "UTC"}
    zone_name = zones.get(choice, schedule.timezone)
    zone_name = zone_name if is_zone(zone_name) else "UTC"
    today = now.astimezone(zone(zone_name)).date()
    try:
        first = date.fromisoformat(visit.asked.get("from", ""))
        first = first if 1990 < first.year < 2190 else today
    except ValueError:
        first = today - timedelta(days=today.weekday())
    said = visit.asked.get("weeks", "")
    weeks = int(said) if said in map(str, WEEKS) else 2
    return View(
        schedule=schedule.id,
        weeks=weeks,
        first=first,
        today=today - timedelta(days=today.weekday()),
        zone_choice=choice if choice in zones else "schedule",
        zone=zone_name,
    )


def _detail(tx: Transaction, view: View, schedule: Schedule) -> dict[str, Any]:
    window = Window(first=view.first, days=7 * view.weeks, zone=view.zone)
    rota = schedules.rota(tx, schedule.id, min(window.start, tx.now))
    users = documents.many(tx, USERS, rota.user_ids)
    roster = Roster(rota)
    return {
        "grid": grid(rota, users, window, tx.now),
        "users": users,
        "current": roster.shift_at(tx.now),
        "next_shift": roster.next_shift(tx.now),
        "gaps": roster.gaps(tx.now, tx.now + LOOK_AHEAD),
        "overrides": replacing.upcoming(tx, schedule.id),
        "calendar": calendars.of_schedule(tx, schedule.id),
    }


def _cover(tx: Transaction, schedule: Schedule) -> Coverage:
    """Who of it is hard to reach, and which shifts have a change of clocks: as of a policy that asks it alone."""
    rule = EscalationRule(schedules=(Ref(id=schedule.id),))
    policy = EscalationPolicy(name=schedule.name, escalation_rules=(rule,))
    around = decisions.surroundings_of_policy(tx, policy, tx.now)
    return coverage(around, tx.now, tx.now + LOOK_AHEAD)


def remove(visit: Visit) -> Response:
    """Delete a schedule that no policy asks. Raises NotFound, Conflict."""
    with visit.deployment.db.write() as tx:
        schedules.remove(tx, visit.number("id"))
    return see_other("/schedules?said=deleted")


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/schedules", action="VIEW", get=show_list),
        Page(path="/schedules/{id}", action="VIEW", get=show),
        Page(path="/schedules/{id}/delete", action="CONFIGURE", post=remove),
    ]
