"""Instants and durations as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tocsin.languages import Language, msgid, say

MINUTE, HOUR, DAY = 60, 3600, 86_400


def zone(name: str) -> ZoneInfo:
    """The time zone, UTC for a name that is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def is_zone(name: str) -> bool:
    """Whether this names a time zone."""
    return name in available_timezones()


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that a form offers: those of places, and UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and "Etc/" not in name))


def age(span: timedelta) -> str:
    """`12 s`, `4 min`, `2 h 05 m`, `3 d 4 h`. The page's script writes the same."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE:02d} m"
    return f"{seconds // DAY} d {seconds % DAY // HOUR} h"


def size(count: int) -> str:
    """`812 B`, `14 KB`, `1.3 MB` of so many bytes."""
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1_000:.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def countdown(span: timedelta) -> str:
    """`4:18`, or `1:02:09`; `0:00` when it is over."""
    seconds = max(0, int(span.total_seconds()))
    hours, minutes = seconds // HOUR, seconds % HOUR // MINUTE
    return f"{hours}:{minutes:02d}:{seconds % MINUTE:02d}" if hours else f"{minutes}:{seconds % MINUTE:02d}"


_DAYS = msgid("Mon Tue Wed Thu Fri Sat Sun")
_MONTHS = msgid("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")


def weekday(local: datetime, language: Language) -> str:
    """`Mon`, or `Mo`, of a local time."""
    return say(language, _DAYS).split()[local.weekday()]


def day(at: datetime, zone_name: str, language: Language) -> str:
    """`Mon 23 Nov`, or `Mo 23. Nov.`."""
    local = at.astimezone(zone(zone_name))
    month = say(language, _MONTHS).split()[local.month - 1]
    return say(
        language, "{weekday} {day} {month}", weekday=weekday(local, language), day=local.day, month=month
    )


def moment(at: datetime, now: datetime, zone_name: str, language: Language) -> str:
    """`Mon 23 Nov 09:00`, with the year in other years."""
    local, today = at.astimezone(zone(zone_name)), now.astimezone(zone(zone_name))
    year = f" {local.year}" if local.year != today.year else ""
    return f"{day(at, zone_name, language)}{year} {local:%H:%M}"


def day_time(at: datetime, now: datetime, zone_name: str, language: Language) -> str:
    """`09:00` today, as `moment` on other days."""
    local, today = at.astimezone(zone(zone_name)), now.astimezone(zone(zone_name))
    return f"{local:%H:%M}" if local.date() == today.date() else moment(at, now, zone_name, language)


def full(at: datetime, zone_name: str) -> str:
    """`2026-11-23 03:14:07`, in the person's zone."""
    return f"{at.astimezone(zone(zone_name)):%Y-%m-%d %H:%M:%S}"


def clock(at: datetime, now: datetime, zone_name: str) -> str:
    """`03:14:07` today, with the date on other days."""
    local, today = at.astimezone(zone(zone_name)), now.astimezone(zone(zone_name))
    return f"{local:%H:%M:%S}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M:%S}"
