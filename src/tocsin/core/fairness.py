"""Who carries how much: hours, nights, weekends and holidays of each person in a window.

Over a window in the future it is a forecast. Nights, weekends and holidays are those of the zone that is
asked about; what is counted is how many of them somebody was (or will be) on call in, for a minute or more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from tocsin.core.on_call import clipped
from tocsin.core.recurrence import DAY, HOUR, WEEK, Windows, Zone, local, windows
from tocsin.core.schedules import Shift
from tocsin.kit.clock import to_micros
from tocsin.kit.value import value

NIGHT = (22 * HOUR, 6 * HOUR)
WEEKEND = (5 * DAY, 7 * DAY)


@value
class Load:
    """One person's share."""

    user_id: int
    hours: float
    shifts: int
    nights: int
    """22:00 to 06:00."""
    weekends: int
    """Saturday and Sunday together are one."""
    holidays: int


def loads(
    shifts: Iterable[Shift],
    in_zone: Zone,
    start: datetime,
    end: datetime,
    holidays: Collection[date] = (),
) -> tuple[Load, ...]:
    """What shifts (of one schedule or several) mean for each person in [start, end), the busiest first."""
    mine: dict[int, list[Shift]] = defaultdict(list)
    for shift in clipped(shifts, start, end):
        mine[shift.user.id].append(shift)
    nights, weekends = windows(in_zone, DAY, [NIGHT]), windows(in_zone, WEEK, [WEEKEND])
    assert nights
    assert weekends
    found = [
        Load(
            user_id=user_id,
            hours=round(sum((s.end - s.start for s in held), timedelta()) / timedelta(hours=1), 2),
            shifts=len(held),
            nights=_touched(nights, held),
            weekends=_touched(weekends, held),
            holidays=len({day for s in held for day in _days(s, in_zone) if day in holidays}),
        )
        for user_id, held in mine.items()
    ]
    return tuple(sorted(found, key=lambda load: (-load.hours, load.user_id)))


def _touched(times: Windows, held: list[Shift]) -> int:
    return len({window for s in held for window in times.within(to_micros(s.start), to_micros(s.end))})


def _days(shift: Shift, in_zone: Zone) -> Iterable[date]:
    first = local(shift.start, in_zone).date()
    last = local(shift.end - timedelta(microseconds=1), in_zone).date()
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
