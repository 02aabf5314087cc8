"""Who has a schedule now. The answer of the last look is kept with it, for as long as it holds.

The duties loop looks at a schedule whenever something about it was changed, and at every hand-over. So asking
for thousands costs one narrow query and what was changed since: only that is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from tocsin.core.on_call import Roster
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Shift
from tocsin.kit.value import field, value
from tocsin.store import schedules as stored
from tocsin.store.database import Transaction, one_of
from tocsin.store.tables import schedules


@value
class Present:
    """Who has each of several schedules at an instant."""

    shifts: Mapping[int, Shift | None]
    """The whole shift, by schedule; None for a gap. Schedules that are deleted or broken are left out."""
    broken: Mapping[int, str] = field(default_factory=dict)
    """Why those cannot be computed that cannot."""


def at(tx: Transaction, ids: Iterable[int], instant: datetime) -> Present:
    """Who has these schedules at an instant. One that is broken stops no other."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return Present(shifts={})
    table = schedules.c
    query = sa.select(table.id, table.present_user_id, table.present_start, table.present_end).where(
        one_of(table.id, wanted),
        table.deleted_at.is_(None),
        # Of what was before the look it knows less: overrides that had ended were not read.
        table.done_at <= instant,
        table.present_end > instant,
    )
    found: dict[int, Shift | None] = {
        row.id: None
        if row.present_user_id is None
        else Shift(user=UserRef(id=row.present_user_id), start=row.present_start, end=row.present_end)
        for row in tx.all(query)
    }
    rotas, faults = stored.load(tx, (number for number in wanted if number not in found), instant)
    broken = {number: str(wrong) for number, wrong in faults.items()}
    for number, rota in rotas.items():
        try:
            found[number] = Roster(rota).shift_at(instant)
        except stored.FAULTS as wrong:
            broken[number] = str(wrong)
    begun = {number: shift.start for number in rotas if (shift := found.get(number)) is not None}
    for number, rota in stored.recut(tx, rotas, begun, instant).items():
        found[number] = Roster(rota).shift_at(instant)
    return Present(shifts=found, broken=broken)


def kept(shifts: Sequence[Shift], now: datetime, until: datetime) -> dict[str, object]:
    """The columns that keep the answer of a look: `shifts` are those from now `until` an instant, in order."""
    first = shifts[0] if shifts else None
    if first is None or first.start > now:
        end = first.start if first else until
        return {"present_user_id": None, "present_start": now, "present_end": end}
    return {"present_user_id": first.user.id, "present_start": first.start, "present_end": first.end}
