"""The schedule editor's form: what was typed, changed by its buttons, and read as a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from tocsin.core.recurrence import period
from tocsin.core.schedule_edits import checked
from tocsin.core.schedules import Day, Layer, Schedule
from tocsin.kit.clock import rfc3339
from tocsin.kit.errors import BadInput
from tocsin.kit.value import decode, replace
from tocsin.languages import msgid
from tocsin.web.clockwork import is_zone, zone
from tocsin.web.visit import Visit, id_in
from tocsin.web.when import field_of, instant_in

FIELDS = 4_000
MOST_LAYERS, MOST_USERS, MOST_WINDOWS, MOST_SHIFTS = 50, 200, 100, 1_000
DAYS: tuple[Day, ...] = get_args(Day)
UNITS = (msgid("hours"), msgid("days"), msgid("weeks"), msgid("months"))
_ISO = {"hours": "PT{}H", "days": "P{}D", "months": "P{}M"}
Kind = Literal["RECURRING", "STATIC"]


@dataclass
class Span:
    """A window of the day or the week, as typed."""

    from_day: str = "MONDAY"
    from_time: str = "09:00"
    to_day: str = "FRIDAY"
    to_time: str = "17:00"


@dataclass
class Turns:
    """One layer, as typed."""

    name: str = ""
    users: list[str] = field(default_factory=list)
    count: str = "1"
    unit: str = "weeks"
    starts: str = ""
    ends: str = ""
    when: str = ""
    """Empty: always. DAY, WEEK: in windows of the day or the week."""
    windows: list[Span] = field(default_factory=list)
    skip: bool = False
    zone: str = ""


@dataclass
class Hand:
    """One shift by hand, as typed."""

    user: str = ""
    start: str = ""
    end: str = ""


@dataclass
class Draft:
    """A schedule, as typed."""

    kind: Kind = "RECURRING"
    name: str = ""
    zone: str = "UTC"
    layers: list[Turns] = field(default_factory=list)
    shifts: list[Hand] = field(default_factory=list)
    effective: str = ""
    """Local time from which a change holds; empty: now."""

    @classmethod
    def of(cls, schedule: Schedule) -> Draft:
        """A schedule as the form shows it."""
        at = schedule.timezone
        return cls(
            kind=schedule.type,
            name=schedule.name,
            zone=at,
            layers=[_turns(layer, at) for layer in schedule.schedule_layers],
            shifts=[
                Hand(user=str(s.user.id), start=field_of(s.start, at), end=field_of(s.end, at))
                for s in schedule.shifts
            ],
        )

    @classmethod
    def blank(cls, kind: Kind, visit: Visit, now: datetime) -> Draft:
        """A new schedule: begins with the visitor, this Monday at nine."""
        local = now.astimezone(zone(visit.zone))
        monday = f"{local.date() - timedelta(days=local.weekday())}T09:00"
        draft = cls(kind=kind, zone=visit.zone)
        if kind == "RECURRING":
            draft.layers = [Turns(users=[str(visit.someone.id)], starts=monday)]
        else:
            draft.change("add-shift", monday)
        return draft

    @classmethod
    def read(cls, visit: Visit) -> Draft:
        """What the form sent."""
        return cls(
            kind="STATIC" if visit.said("kind") == "STATIC" else "RECURRING",
            name=visit.said("name", 300),
            zone=visit.said("timezone", 64),
            layers=[_read_layer(visit, i) for i in range(_number(visit, "layers", MOST_LAYERS))],
            shifts=[
                Hand(
                    user=visit.said(f"shifts.{i}.user", 18),
                    start=visit.said(f"shifts.{i}.start", 30),
                    end=visit.said(f"shifts.{i}.end", 30),
                )
                for i in range(_number(visit, "shifts", MOST_SHIFTS))
            ],
            effective=visit.said("effective", 30),
        )

    def change(self, what: str, monday: str = "") -> None:
        """Do what a button of the form says: `add-layer`, `drop-user:0:2`, `up:1`, ..."""
        verb, *places = what.split(":")
        numbers = [int(place) for place in places if place.isdecimal()]
        match verb, numbers:
            case "add-layer", [] if len(self.layers) < MOST_LAYERS:
                self.layers.append(Turns(starts=self.layers[-1].starts if self.layers else monday))
            case "add-shift", [] if len(self.shifts) < MOST_SHIFTS:
                self.shifts.append(self._following(monday))
            case "drop-shift", [i] if i < len(self.shifts):
                del self.shifts[i]
            case _, [i, *rest] if i < len(self.layers):
                self._change_layer(verb, i, rest)
            case _:
                pass

    def _following(self, monday: str) -> Hand:
        """A shift after the last one, of the same length."""
        if not self.shifts:
            return Hand(start=monday, end=_later(monday, timedelta(days=7)))
        last = self.shifts[-1]
        try:
            length = datetime.fromisoformat(last.end) - datetime.fromisoformat(last.start)
        except ValueError:
            return Hand(start=last.end)
        return Hand(start=last.end, end=_later(last.end, length))

    def _change_layer(self, verb: str, i: int, rest: list[int]) -> None:
        layer = self.layers[i]
        match verb, rest:
            case "drop-layer", []:
                del self.layers[i]
            case "up", [] if i:
                self.layers.insert(i - 1, self.layers.pop(i))
            case "down", []:
                self.layers.insert(i + 1, self.layers.pop(i))
            case "drop-user", [j] if j < len(layer.users):
                del layer.users[j]
            case "earlier", [j] if 0 < j < len(layer.users):
                layer.users.insert(j - 1, layer.users.pop(j))
            case "add-window", [] if len(layer.windows) < MOST_WINDOWS:
                layer.windows.append(Span())
            case "drop-window", [j] if j < len(layer.windows):
                del layer.windows[j]
            case _:
                pass

    def schedule(self, before: Schedule | None = None) -> Schedule:
        """The schedule it describes, checked. Raises BadInput with the paths of the fields."""
        at = before.timezone if before else self.zone
        if not is_zone(at):
            raise BadInput.at("timezone", "write a name like Europe/Berlin")
        said: dict[str, Any] = {
            "name": self.name,
            "timezone": at,
            "type": before.type if before else self.kind,
        }
        if said["type"] == "STATIC":
            said["shifts"] = [_hand(shift, at) for shift in self.shifts]
        else:
            said["scheduleLayers"] = [_layer(layer) for layer in self.layers]
        made = decode(Schedule, said)
        if before:
            made = replace(before, name=made.name, schedule_layers=made.schedule_layers, shifts=made.shifts)
        return checked(made)

    def begins(self, before: Schedule) -> datetime | None:
        """When a change takes effect; None: now. Raises BadInput."""
        if not self.effective:
            return None
        at = instant_in(self.effective, before.timezone)
        if at is None:
            raise BadInput.at("effectiveFrom", "write a date and a time")
        return at


def _number(visit: Visit, name: str, most: int) -> int:
    said = visit.said(name, 4)
    return min(int(said), most) if said.isdecimal() else 0


def _read_layer(visit: Visit, i: int) -> Turns:
    name = f"layers.{i}"
    users = [*visit.chosen(f"{name}.user", MOST_USERS), visit.said(f"{name}.add")]
    when = visit.said(f"{name}.when", 9)
    windows = [
        Span(
            from_day=visit.said(f"{name}.windows.{j}.from_day", 9),
            from_time=visit.said(f"{name}.windows.{j}.from_time", 8),
            to_day=visit.said(f"{name}.windows.{j}.to_day", 9),
            to_time=visit.said(f"{name}.windows.{j}.to_time", 8),
        )
        for j in range(_number(visit, f"{name}.windows", MOST_WINDOWS))
    ]
    return Turns(
        name=visit.said(f"{name}.name", 300),
        users=[user for user in users if id_in(user) is not None],
        count=visit.said(f"{name}.count", 5),
        unit=visit.said(f"{name}.unit", 9),
        starts=visit.said(f"{name}.starts", 30),
        ends=visit.said(f"{name}.ends", 30),
        when=when if when in ("DAY", "WEEK") else "",
        windows=windows or ([Span()] if when in ("DAY", "WEEK") else []),
        skip=visit.said(f"{name}.skip") == "on",
        zone=visit.said(f"{name}.zone", 64),
    )


def _layer(layer: Turns) -> Mapping[str, Any]:
    """A layer in the JSON form of `core.schedules.Layer`."""
    said: dict[str, Any] = {
        "name": layer.name,
        "users": [{"id": int(user)} for user in layer.users],
        "rotation": _rotation(layer.count or "1", layer.unit),
        "startsOn": layer.starts or None,
        "endsOn": layer.ends or None,
        "timezone": layer.zone or None,
        "skipRestricted": layer.skip,
    }
    if layer.when:
        weekly = layer.when == "WEEK"
        said["restrictionType"] = "TIMES_OF_WEEK" if weekly else "TIMES_OF_DAY"
        said["restrictions"] = [
            {"from": _time(w.from_day, w.from_time, weekly), "to": _time(w.to_day, w.to_time, weekly)}
            for w in layer.windows
        ]
    return said


def _rotation(count: str, unit: str) -> str:
    """Weeks are written as the product writes them: P7D."""
    if unit not in _ISO:
        return f"P{7 * int(count)}D" if count.isdecimal() else f"P{count}W"
    return _ISO[unit].format(count)


def _time(day: str, time: str, weekly: bool) -> Mapping[str, str]:  # noqa: FBT001 - two callers above
    return {"time": time, "dayOfWeek": day} if weekly else {"time": time}


def _hand(shift: Hand, at: str) -> Mapping[str, Any]:
    start, end = instant_in(shift.start, at), instant_in(shift.end, at)
    return {
        "user": {"id": shift.user},
        "start": rfc3339(start) if start else shift.start,
        "end": rfc3339(end) if end else shift.end,
    }


def _turns(layer: Layer, zone_name: str) -> Turns:
    at = layer.timezone or zone_name
    count, unit = turn_of(layer.rotation)
    windows = [
        Span(
            from_day=r.from_.day_of_week or "MONDAY",
            from_time=r.from_.time,
            to_day=r.to.day_of_week or "MONDAY",
            to_time=r.to.time,
        )
        for r in layer.restrictions
    ]
    kind = {"TIMES_OF_DAY": "DAY", "TIMES_OF_WEEK": "WEEK"}
    return Turns(
        name=layer.name,
        users=[str(user.id) for user in layer.users],
        count=str(count),
        unit=unit,
        starts=field_of(layer.starts_on, at),
        ends=field_of(layer.ends_on, at) if layer.ends_on else "",
        when=kind.get(layer.restriction_type or "", "WEEK") if windows else "",
        windows=windows,
        skip=layer.skip_restricted,
        zone=layer.timezone or "",
    )


def turn_of(rotation: str) -> tuple[int, str]:
    """How long a turn is, in its largest unit."""
    found = period(rotation)
    if found.months:
        return found.months, "months"
    for unit, hours in (("weeks", 168), ("days", 24)):
        if found.hours % hours == 0:
            return found.hours // hours, unit
    return found.hours, "hours"


def _later(text: str, by: timedelta) -> str:
    """Wall time that much later, as the field shows it: the form's suggestion."""
    try:
        return (datetime.fromisoformat(text) + by).isoformat()[:16]
    except ValueError:
        return ""
