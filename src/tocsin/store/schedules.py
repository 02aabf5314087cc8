"""On-call schedules: what they say now, what they said since when, and whom they plan with.

The past is immutable: an edit is a revision that holds from an instant on, and never from before now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain

import sqlalchemy as sa

from tocsin.core.on_call import Roster
from tocsin.core.people import BYSTANDERS, User
from tocsin.core.policies import UserRef
from tocsin.core.recurrence import zone
from tocsin.core.schedules import BrokenSchedule, Revision, Rota, Schedule
from tocsin.kit.errors import BadInput, Conflict, Problem, TocsinError
from tocsin.kit.value import decode_json, encode_json, replace
from tocsin.languages import msgid
from tocsin.store import absences, documents, overrides, owners
from tocsin.store.database import WANTED, Transaction, one_of
from tocsin.store.kinds import POLICIES, SCHEDULES, USERS
from tocsin.store.tables import absences as absence_rows
from tocsin.store.tables import (
    calendar_events,
    calendar_feeds,
    policy_schedules,
    schedule_calendars,
    schedule_overrides,
    schedule_revisions,
    schedule_users,
    schedules,
)

FORGOTTEN: dict[str, object] = {"present_user_id": None, "present_start": None, "present_end": None}
"""The columns of a schedule of which nobody knows who has it: see `store.present`."""
MOMENT = timedelta(microseconds=1)
KEPT = 20_000
SKEW = timedelta(minutes=5)
"""What a caller's clock may be behind ours: their "now" is meant as now."""
FAULTS = (TocsinError, ArithmeticError, LookupError, TypeError, ValueError)
"""What one odd row may provoke; the database being away is none of them."""


def create(tx: Transaction, schedule: Schedule) -> Schedule:
    """Store a new schedule. Raises BadInput for users who are unknown or are never on call."""
    _check_users(tx, schedule)
    schedule = documents.insert(tx, SCHEDULES, _plain(schedule), due_at=tx.now, done_at=tx.now)
    _revise(tx, schedule, tx.now)
    tx.wake("duties")
    return schedule


def change(tx: Transaction, schedule: Schedule, effective_from: datetime | None = None) -> Schedule:
    """Replace a schedule from now, or from a later instant, on; type and zone stay. Raises NotFound, BadInput.

    Revisions that were to begin later than this one are given up: the newest word holds.
    """
    before = documents.get(tx, SCHEDULES, schedule.id)
    if effective_from is not None and effective_from < tx.now:
        raise BadInput.at("effectiveFrom", msgid("the past stays as it was: choose an instant from now on"))
    schedule = replace(in_its_zone(schedule, before), type=before.type)
    _check_users(tx, schedule)
    if schedule.timezone != before.timezone:
        # What was said in a zone that nobody knows any more cannot be shown, and would stand in the way.
        tx.run(sa.delete(schedule_revisions).where(schedule_revisions.c.schedule_id == schedule.id))
    schedule = documents.save(tx, SCHEDULES, _plain(schedule))
    _revise(tx, schedule, effective_from or tx.now)
    touch(tx, (schedule.id,))
    return schedule


def in_its_zone(schedule: Schedule, before: Schedule) -> Schedule:
    """An edited schedule in the zone that it was made in; one whose zone is no longer known may have another."""
    try:
        zone(before.timezone)
    except BadInput:
        return schedule
    return replace(schedule, timezone=before.timezone)


def remove(tx: Transaction, schedule_id: int) -> None:
    """Delete a schedule. Raises NotFound, and Conflict naming the policies that ask it."""
    schedule = documents.get(tx, SCHEDULES, schedule_id)
    used = policies_asking(tx, (schedule_id,)).get(schedule_id, [])
    if used:
        names = ", ".join(f"escalation policy {name!r}" for _, name in used)
        raise Conflict(f"the schedule {schedule.name!r} is asked by {names}", code="IN_USE")
    for table in (schedule_users, schedule_calendars):
        tx.run(sa.delete(table).where(table.c.schedule_id == schedule_id))
    revoked = calendar_feeds.c.schedule_id == schedule_id
    tx.run(sa.update(calendar_feeds).where(revoked).values(revoked_at=tx.now))
    tx.run(sa.update(schedules).where(schedules.c.id == schedule_id).values(due_at=None, quarantined=None))
    _call_off(tx, schedule_id)
    owners.take(tx, SCHEDULES, schedule_id)
    documents.delete(tx, SCHEDULES, schedule_id)


def _call_off(tx: Transaction, schedule_id: int) -> None:
    """Calendars are told that nothing comes of what they were told: nobody looks at the schedule again."""
    told = calendar_events.c
    waiting = sa.update(calendar_events).where(
        told.schedule_id == schedule_id, told.end > tx.now, told.cancelled_at.is_(None)
    )
    change = {"sequence": told.sequence + 1, "changed_at": tx.now}
    tx.run(waiting.where(told.start < tx.now).values({"end": tx.now, **change}))
    tx.run(waiting.where(told.start >= tx.now).values({"cancelled_at": tx.now, **change}))


def rota(tx: Transaction, schedule_id: int, since: datetime) -> Rota:
    """What decides a schedule's whole shifts from an instant on. Raises NotFound, BrokenSchedule."""
    schedule = documents.get(tx, SCHEDULES, schedule_id)
    found, broken = whole(tx, (schedule_id,), since)
    if schedule_id in broken:
        raise BrokenSchedule(schedule, broken[schedule_id])
    return found[schedule_id]


def whole(
    tx: Transaction, ids: Iterable[int], since: datetime
) -> tuple[dict[int, Rota], dict[int, Exception]]:
    """As `load`, and what decides where the shifts began that `since` lies in: it may be over by then."""
    rotas, broken = load(tx, ids, since)
    begun: dict[int, datetime] = {}
    for number, rota in rotas.items():
        with suppress(*FAULTS):  # whoever asks it finds out
            begun[number] = Roster(rota).begun(since)
    return {**rotas, **recut(tx, rotas, begun, since)}, broken


def recut(
    tx: Transaction, rotas: Mapping[int, Rota], begun: Mapping[int, datetime], at: datetime
) -> dict[int, Rota]:
    """Those of the rotas in whose shifts, which run `at` an instant and began so, something is over by then.

    With it: whose stand-in has left began anew.
    """
    since = min(begun.values(), default=at)
    if since >= at:
        return {}
    overridden = _last_ends(tx, schedule_overrides.c.schedule_id, begun, since, at)
    members = {number: rotas[number].user_ids for number in begun}
    users = set(chain.from_iterable(members.values()))
    returned = _last_ends(tx, absence_rows.c.user_id, users, since, at)
    cut = [
        number
        for number, start in begun.items()
        if overridden.get(number, start) > start
        or any(returned.get(i, start) > start for i in members[number])
    ]
    return load(tx, cut, min(begun[number] for number in cut))[0] if cut else {}


def _last_ends(
    tx: Transaction, whose: sa.Column[int], ids: Iterable[int], since: datetime, until: datetime
) -> dict[int, datetime]:
    """When the last of each one's overrides or absences ended that ended after `since`, `until` at the latest."""
    end = whose.table.c.end
    query = sa.select(whose.label("id"), sa.func.max(end).label("last")).group_by(whose)
    rows = tx.all(query.where(one_of(whose, ids), end > since, end <= until))
    return {row.id: row.last for row in rows}


def load(
    tx: Transaction, ids: Iterable[int], since: datetime, until: datetime | None = None
) -> tuple[dict[int, Rota], dict[int, Exception]]:
    """What decides who is on call by these schedules in that time, and which rows cannot be read, by id.

    Deleted ones are left out. `until` None is open.
    """
    broken: dict[int, Exception] = {}
    wanted = list(dict.fromkeys(ids))
    rows = tx.all(_BODIES, {"wanted": wanted}) if wanted else ()
    bodies = _read_all(((r.id, r.version, r.json) for r in rows), broken)
    if not bodies and not broken:
        return {}, broken
    revised = _revisions(tx, bodies, broken)
    replaced = overrides.of_schedules(tx, bodies, since, until)
    found = {
        number: Rota(
            schedule=schedule,
            revisions=tuple(revised[number]),
            overrides=tuple(replaced.get(number, ())),
        )
        for number, schedule in bodies.items()
        if number not in broken
    }
    members = {number: rota.user_ids for number, rota in found.items()}
    away = absences.of_users(tx, set(chain.from_iterable(members.values())), since, until)
    for number, users in members.items() if away else ():
        gone = tuple(absence for i in users for absence in away.get(i, ()))
        found[number] = replace(found[number], absences=gone)
    return found, broken


def live(tx: Transaction) -> list[int]:
    """The ids of all schedules."""
    query = sa.select(schedules.c.id).where(schedules.c.deleted_at.is_(None)).order_by(schedules.c.id)
    return [row.id for row in tx.all(query)]


def planning_with(tx: Transaction, user_id: int) -> list[int]:
    """The ids of the live schedules that plan with this user: in their turns, or by an override to come."""
    turns = sa.select(schedule_users.c.schedule_id).where(schedule_users.c.user_id == user_id)
    replaced = sa.select(schedule_overrides.c.schedule_id).where(
        schedule_overrides.c.user_id == user_id, schedule_overrides.c.end > tx.now
    )
    query = sa.select(schedules.c.id).where(
        schedules.c.id.in_(sa.union(turns, replaced)), schedules.c.deleted_at.is_(None)
    )
    return [row.id for row in tx.all(query.order_by(schedules.c.id))]


def planned(tx: Transaction, ids: Iterable[int]) -> list[int]:
    """The users whom these schedules plan with."""
    query = sa.select(schedule_users.c.user_id).where(schedule_users.c.schedule_id.in_(list(ids))).distinct()
    return [row.user_id for row in tx.all(query)]


def named_with(tx: Transaction, user_id: int) -> list[str]:
    """The names of the schedules that plan with this user."""
    return [s.name for s in documents.many(tx, SCHEDULES, planning_with(tx, user_id)).values()]


def policies_asking(tx: Transaction, ids: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """(id, name) of the live policies that ask these schedules, by schedule."""
    query = (
        sa.select(policy_schedules.c.schedule_id, policy_schedules.c.policy_id, POLICIES.table.c.name)
        .join(POLICIES.table, POLICIES.table.c.id == policy_schedules.c.policy_id)
        .where(policy_schedules.c.schedule_id.in_(list(ids)), POLICIES.table.c.deleted_at.is_(None))
        .order_by(policy_schedules.c.policy_id)
    )
    found: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for row in tx.all(query):
        found[row.schedule_id].append((row.policy_id, row.name))
    return dict(found)


def touch(tx: Transaction, ids: Iterable[int]) -> None:
    """Something about these schedules changed: who has them is unknown, and they are looked at now."""
    wanted = list(ids)
    if wanted:
        same = sa.and_(schedules.c.id.in_(wanted), schedules.c.deleted_at.is_(None))
        tx.run(sa.update(schedules).where(same).values(due_at=tx.now, **FORGOTTEN))
        tx.wake("duties")


def _check_users(tx: Transaction, schedule: Schedule) -> None:
    known = documents.many(tx, USERS, (user_id for _, user_id in _named(schedule)), deleted=False)
    wrong = [
        Problem(path, _why_not(user_id, known))
        for path, user_id in _named(schedule)
        if user_id not in known or known[user_id].role in BYSTANDERS
    ]
    if wrong:
        raise BadInput(*wrong)


def _why_not(user_id: int, known: Mapping[int, User]) -> str:
    if user_id not in known:
        return f"there is no user with the id {user_id}"
    return f"{known[user_id].name} is a {known[user_id].role.lower()}: they are never on call"


def _named(schedule: Schedule) -> list[tuple[str, int]]:
    """Whom a schedule plans with, and where it says so."""
    layers = [
        (f"scheduleLayers.{index}.users.{turn}", user.id)
        for index, layer in enumerate(schedule.schedule_layers)
        for turn, user in enumerate(layer.users)
    ]
    return layers + [(f"shifts.{index}.user", shift.user.id) for index, shift in enumerate(schedule.shifts)]


def _revise(tx: Transaction, schedule: Schedule, since: datetime) -> None:
    same = schedule_revisions.c.schedule_id == schedule.id
    tx.run(sa.delete(schedule_revisions).where(same, schedule_revisions.c.since >= since))
    body = encode_json(Schedule, schedule)
    tx.run(sa.insert(schedule_revisions), {"schedule_id": schedule.id, "since": since, "body": body})
    _plan(tx, schedule.id)


def _plan(tx: Transaction, schedule_id: int) -> None:
    """Note whom the schedule plans with from now on: what it says now, and what it will say."""
    broken: dict[int, Exception] = {}
    revisions = _revisions(tx, (schedule_id,), broken).get(schedule_id, [])
    begun = max((r.effective_from for r in revisions if r.effective_from <= tx.now), default=tx.now)
    ids = {
        user_id
        for revision in revisions
        if revision.effective_from >= begun
        for user_id in _to_come(revision.schedule, tx.now)
    }
    tx.run(sa.delete(schedule_users).where(schedule_users.c.schedule_id == schedule_id))
    if ids:
        tx.run(sa.insert(schedule_users), [{"schedule_id": schedule_id, "user_id": i} for i in sorted(ids)])


def _to_come(schedule: Schedule, now: datetime) -> set[int]:
    """Whom a schedule plans with from now on: layers that go on, shifts that are not over."""
    layers = (layer for layer in schedule.schedule_layers if layer.ends_on is None or layer.ends_on > now)
    return {user.id for layer in layers for user in layer.users} | {
        shift.user.id for shift in schedule.shifts if shift.end > now
    }


def _plain(schedule: Schedule) -> Schedule:
    """The stored form: users by id only."""
    return replace(
        schedule,
        schedule_layers=tuple(
            replace(layer, users=tuple(UserRef(id=user.id) for user in layer.users))
            for layer in schedule.schedule_layers
        ),
        shifts=tuple(replace(shift, user=UserRef(id=shift.user.id)) for shift in schedule.shifts),
    )


_BODIES = sa.select(
    schedules.c.id, schedules.c.version, sa.cast(schedules.c.body, sa.Text).label("json")
).where(schedules.c.id.in_(WANTED), schedules.c.deleted_at.is_(None))
_REVISIONS = (
    sa.select(
        schedule_revisions.c.schedule_id,
        schedule_revisions.c.since,
        sa.cast(schedule_revisions.c.body, sa.Text).label("json"),
    )
    .where(schedule_revisions.c.schedule_id.in_(WANTED))
    .order_by(schedule_revisions.c.schedule_id, schedule_revisions.c.since)
)


@lru_cache(maxsize=KEPT)
def _decoded(json: str) -> Schedule:
    """Schedules change rarely and are asked often: reading one took longer than answering from it."""
    return decode_json(Schedule, json)


def _read_all(rows: Iterable[tuple[int, int, str]], broken: dict[int, Exception]) -> dict[int, Schedule]:
    found = {}
    for number, version, json in rows:
        try:
            found[number] = replace(_decoded(json), id=number, version=version)
        except TocsinError as wrong:
            broken[number] = wrong
    return found


def _revisions(
    tx: Transaction, ids: Iterable[int], broken: dict[int, Exception]
) -> dict[int, list[Revision]]:
    found: dict[int, list[Revision]] = {number: [] for number in ids}
    for row in tx.all(_REVISIONS, {"wanted": list(found)}):
        try:
            revision = Revision(
                effective_from=row.since, schedule=replace(_decoded(row.json), id=row.schedule_id)
            )
        except TocsinError as wrong:
            broken[row.schedule_id] = wrong
        else:
            found[row.schedule_id].append(revision)
    return found
