"""Schedules: pure computation, in processor time, and as a ratio to a model that only steps through time.

The model counts every turn from the layer's start, and asks again for every minute of a window. A few of its
minutes are measured and multiplied: all of them would take days.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from benchmarks.figures import Figure, rounds
from tocsin.core.coverage import coverage
from tocsin.core.incidents import Surroundings
from tocsin.core.on_call import on_call, shifts
from tocsin.core.people import Contact, Person
from tocsin.core.policies import EscalationPolicy, EscalationRule, Ref, UserRef
from tocsin.core.recurrence import period, zone
from tocsin.core.schedules import Layer, Override, Restriction, Rota, Schedule, TimeOfWeek
from tocsin.core.turns import DAYS
from tocsin.kit.value import replace

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
MINUTE = timedelta(minutes=1)
ROTATIONS = ("P1D", "P7D", "PT12H", "P1M")
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    rounds: int = 15
    schedules: int = 10_000
    sampled: int = 40


def measure(size: Size) -> Iterator[Figure]:
    """The three questions."""
    yield _final(size)
    yield _now(size)
    yield _coverage(size)


def _final(size: Size) -> Figure:
    rota = busy(layers=10, overrides=200)
    found = shifts(rota, START, START + YEAR)
    taken = rounds(size.rounds, lambda: milliseconds(lambda: shifts(rota, START, START + YEAR)))
    stepping = stepping_through([rota], size) * (YEAR / MINUTE)
    return _figure(
        "final schedule of a year, 10 layers, 200 overrides", taken, 20.0, stepping, f"{len(found):,} shifts"
    )


def _now(size: Size) -> Figure:
    rotas = [replace(r, schedule=replace(r.schedule, id=n)) for n, r in enumerate(small(size.schedules))]

    def ask() -> None:
        zone.cache_clear()
        period.cache_clear()
        for rota in rotas:
            on_call(rota, START + YEAR)

    taken = rounds(min(size.rounds, 5), lambda: milliseconds(ask))
    stepping = stepping_through(rotas, size) * len(rotas)
    what = f"who is on call, {len(rotas):,} schedules"
    return _figure(f"{what}, cold", taken, 2_000.0, stepping, "3 layers each")


def _coverage(size: Size) -> Figure:
    rotas = {n: busy(layers=10, overrides=50, zone_name=ZONES[n % len(ZONES)]) for n in range(1, 5)}
    rules = tuple(EscalationRule(schedules=(Ref(id=n),), escalation_timeout=5) for n in rotas)
    users = {i for rota in rotas.values() for i in rota.user_ids}
    contact = Contact(id=1, method="EMAIL", target="a@example.com")
    around = Surroundings(
        policy=EscalationPolicy(id=1, name="p", escalation_rules=rules),
        people={i: Person(id=i, contacts=(contact,)) for i in users},
        rotas=rotas,
    )
    taken = rounds(size.rounds, lambda: milliseconds(lambda: coverage(around, START, START + YEAR)))
    stepping = stepping_through(list(rotas.values()), size) * len(rotas) * (YEAR / MINUTE)
    return _figure("coverage of 12 months, 4 schedules of 10 layers", taken, 1_000.0, stepping, "")


def _figure(name: str, taken: tuple[float, ...], below: float, stepping: float, note: str) -> Figure:
    ratio = stepping / sorted(taken)[len(taken) // 2]
    said = f"{ratio:,.0f} times as fast as stepping"
    return Figure(
        name=name, database="none", unit="ms", rounds=taken, below=below,
        note=f"{note}, {said}" if note else said, details={"ratio": ratio},
    )  # fmt: skip


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1_000


# What is measured.


def busy(layers: int, overrides: int, zone_name: str = "America/New_York") -> Rota:
    """A base layer, others over it at some hours of the working days, and overrides of nine hours."""
    made = [_layer(number) for number in range(layers)]
    others = (
        Override(
            id=n, user=UserRef(id=50 + n % 7),
            start=START + timedelta(hours=43 * n), end=START + timedelta(hours=43 * n + 9),
        )
        for n in range(overrides)
    )  # fmt: skip
    schedule = Schedule(id=1, name="busy", timezone=zone_name, schedule_layers=tuple(made))
    return Rota(schedule=schedule, overrides=tuple(others))


def _layer(number: int) -> Layer:
    working = [
        Restriction(
            from_=TimeOfWeek(day_of_week=day, time=f"{8 + number:02}:00"),
            to=TimeOfWeek(day_of_week=day, time=f"{9 + number:02}:30"),
        )
        for day in DAYS[:5]
    ]
    return Layer(
        users=tuple(UserRef(id=i) for i in (1, 2, 3, 4, number + 10)),
        starts_on=START - YEAR + timedelta(hours=12),
        rotation=ROTATIONS[number % len(ROTATIONS)],
        restrictions=tuple(working) if number else (),
    )


def small(count: int) -> list[Rota]:
    kinds = [busy(layers=3, overrides=2, zone_name=name) for name in ZONES]
    return [kinds[n % len(kinds)] for n in range(count)]


# The model.


def stepping_through(rotas: list[Rota], size: Size) -> float:
    """Milliseconds that the model takes for one schedule at one instant, on average."""
    moments = [START + n * (YEAR / size.sampled) for n in range(size.sampled)]
    asked = [(rotas[n % len(rotas)], moment) for n, moment in enumerate(moments)]
    return milliseconds(lambda: [step_to(rota, moment) for rota, moment in asked]) / len(asked)


def step_to(rota: Rota, at: datetime) -> int | None:
    """Who is on call, by stepping through the turns of every layer."""
    claims = [o.user.id for o in sorted(rota.overrides, key=lambda o: -o.id) if o.start <= at < o.end]
    for layer in reversed(rota.schedule.schedule_layers):
        info = ZoneInfo(layer.timezone or rota.schedule.timezone)
        shown = at.astimezone(info).replace(tzinfo=None)
        if layer.starts_on <= at and (
            not layer.restrictions or any(_open(r, shown) for r in layer.restrictions)
        ):
            claims.append(_stepped(layer, layer.starts_on.astimezone(info).replace(tzinfo=None), shown))
    return claims[0] if claims else None


def _stepped(layer: Layer, turn: datetime, shown: datetime) -> int:
    length, number = period(layer.rotation), -1
    while turn <= shown:
        number += 1
        if length.months:
            turn = (turn.replace(day=1) + timedelta(days=31)).replace(day=turn.day)
        else:
            turn += timedelta(hours=length.hours)
    return layer.users[number % len(layer.users)].id


def _open(restriction: Restriction, shown: datetime) -> bool:
    opens, closes = (
        f"{DAYS.index(e.day_of_week or 'MONDAY')} {e.time}" for e in (restriction.from_, restriction.to)
    )
    return opens <= f"{shown.weekday()} {shown:%H:%M}" < closes
