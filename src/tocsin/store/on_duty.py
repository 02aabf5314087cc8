"""Who is on call in a window, over all policies and schedules: what the engine would find then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain

from tocsin.core import on_duty
from tocsin.core.on_call import Roster
from tocsin.core.on_duty import OnDuty, Window
from tocsin.core.policies import EscalationPolicy
from tocsin.core.schedules import BrokenSchedule, Shift
from tocsin.kit.value import value
from tocsin.store import absences, documents, policies, present, schedules, teams
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES


@value
class Wanted:
    """Which duties are asked for; an empty filter lets everything through."""

    policies: tuple[int, ...] = ()
    levels: tuple[tuple[int, int], ...] = ()
    """(policy, level) pairs, beside `policies`."""
    schedules: tuple[int, ...] = ()
    """Also those that no policy asks."""
    users: tuple[int, ...] = ()


def listing(tx: Transaction, wanted: Wanted, window: Window) -> list[OnDuty]:
    """Who is on call, in order of time within each level of each policy."""
    asked = _policies(tx, wanted)
    ids = {i for policy in asked for i in policy.schedule_ids} | set(wanted.schedules)
    shifts = _shifts(tx, ids, window)
    members = teams.asked(tx, {i for policy in asked for i in policy.team_ids})
    users = {i for policy in asked for i in policy.user_ids} | set(chain.from_iterable(members.values()))
    away = chain.from_iterable(absences.of_users(tx, users, window.start, window.end).values())
    around = on_duty.Around(shifts=shifts, members=members, absences=tuple(away))
    found = [duty for policy in asked for duty in on_duty.of_policy(policy, around, window)]
    return [duty for duty in (*found, *_unasked(tx, wanted, shifts)) if _fits(duty, wanted)]


def of_user(tx: Transaction, user_id: int, window: Window) -> list[OnDuty]:
    """When a user is on call: by schedules, and by policies that name them and that an alert source uses."""
    mine = tuple(schedules.planning_with(tx, user_id))
    asked = Wanted(policies=tuple(policies.used(tx)), users=(user_id,))
    direct = (
        [duty for duty in listing(tx, asked, window) if duty.schedule_id is None] if asked.policies else []
    )
    by_schedule = (on_duty.of_schedule(i, shifts) for i, shifts in _shifts(tx, mine, window).items())
    found = [duty for several in by_schedule for duty in several if duty.user_id == user_id]
    return direct + sorted(found, key=lambda duty: duty.start)


def _shifts(tx: Transaction, ids: Iterable[int], window: Window) -> dict[int, tuple[Shift, ...]]:
    """The whole shifts of schedules in a window; what is known of one instant is not computed again."""
    if window.end == window.start + schedules.MOMENT:
        now = present.at(tx, ids, window.start).shifts
        return {number: (shift,) if shift else () for number, shift in now.items()}
    found: dict[int, tuple[Shift, ...]] = {}
    for number, rota in schedules.whole(tx, ids, window.start)[0].items():
        with suppress(BrokenSchedule):
            found[number] = Roster(rota).shifts(window.start, window.end)
    return found


def _policies(tx: Transaction, wanted: Wanted) -> Iterable[EscalationPolicy]:
    named = {*wanted.policies, *(policy_id for policy_id, _ in wanted.levels)}
    if named:
        return list(documents.many(tx, POLICIES, sorted(named), deleted=False).values())
    return documents.listing(tx, POLICIES)


def _unasked(tx: Transaction, wanted: Wanted, shifts: Mapping[int, tuple[Shift, ...]]) -> Iterator[OnDuty]:
    """The schedules asked for by name that no policy asks."""
    if wanted.policies or wanted.levels:
        return
    asked = schedules.policies_asking(tx, wanted.schedules)
    for number in wanted.schedules:
        if number not in asked:
            yield from on_duty.of_schedule(number, shifts.get(number, ()))


def _fits(duty: OnDuty, wanted: Wanted) -> bool:
    if wanted.users and duty.user_id not in wanted.users:
        return False
    if wanted.schedules and duty.schedule_id not in wanted.schedules:
        return False
    if wanted.levels and duty.policy_id not in wanted.policies:
        return (duty.policy_id, duty.level) in wanted.levels
    return True
