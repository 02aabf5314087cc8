"""`python -m benchmarks [--quick] [--only NAME] [--database KIND] [--json FILE]`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console

from benchmarks import (
    figures,
    footprint,
    hand_over,
    ingest,
    lanes,
    outward,
    parsing,
    rules,
    schedules,
    ticks,
    who,
)
from benchmarks.figures import Figure
from benchmarks.world import World, create

Measure = Callable[[World], Iterator[Figure]]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is measured."""

    ingest: ingest.Size = field(default_factory=ingest.Size)
    singles: int = 200
    burst: int = 500
    few: int = 10_000
    many: int = 1_000_000
    repeat: int = 5
    idle_seconds: float = 10.0
    rounds: int = 3
    connections: int = 1_000
    notifications: int = 10_000
    stalls: int = 7
    schedules: schedules.Size = field(default_factory=schedules.Size)
    parsing: parsing.Size = field(default_factory=parsing.Size)
    rules: rules.Size = field(default_factory=rules.Size)


QUICK = Sizes(
    ingest=ingest.Size(requests=6_000, rounds=1),
    singles=60,
    many=100_000,
    repeat=3,
    idle_seconds=2.0,
    rounds=1,
    notifications=2_000,
    stalls=3,
    schedules=schedules.Size(rounds=5),
    parsing=parsing.Size(rounds=3),
    rules=rules.Size(rounds=3),
)
TINY = Sizes(
    ingest=ingest.Size(requests=60, rounds=1, connections=4),
    singles=3,
    burst=10,
    connections=5,
    notifications=50,
    stalls=1,
    few=1_000,
    many=2_000,
    repeat=1,
    idle_seconds=0.1,
    rounds=1,
    schedules=schedules.Size(rounds=1, schedules=20, sampled=4),
    parsing=parsing.Size(rounds=1, events=1),
    rules=rules.Size(rounds=1, times=10),
)


def measures(sizes: Sizes) -> dict[str, Measure]:
    """Every benchmark of a running Tocsin, by name."""
    return {
        "ingest": lambda world: ingest.measure(world, sizes.ingest),
        "hand-over": lambda world: hand_over.measure(
            world, singles=sizes.singles, burst=sizes.burst, rounds=sizes.rounds
        ),
        "ticks": lambda world: ticks.measure(world, few=sizes.few, many=sizes.many, repeat=sizes.repeat),
        "who": lambda world: who.measure(world, sizes.schedules),
        "outward": lambda world: outward.measure(world, count=sizes.connections),
        "lanes": lambda world: lanes.measure(world, count=sizes.notifications, rounds=sizes.stalls),
        "footprint": lambda world: footprint.measure(
            world, idle_seconds=sizes.idle_seconds, starts=sizes.rounds
        ),
    }


def pure(sizes: Sizes) -> dict[str, Callable[[], Iterator[Figure]]]:
    """Every benchmark of computation alone, by name."""
    return {
        "parsing": lambda: parsing.measure(sizes.parsing),
        "rules": lambda: rules.measure(sizes.rules),
        "schedules": lambda: schedules.measure(sizes.schedules),
    }


def run(sizes: Sizes, folder: Path, kinds: tuple[str, ...], names: tuple[str, ...]) -> Iterator[Figure]:
    """The figures of the named benchmarks; each of a running Tocsin over a fresh database of each kind."""
    for name, compute in pure(sizes).items():
        if name in names:
            yield from compute()
    for name, measure in measures(sizes).items():
        for kind in kinds:
            if name in names:
                yield from measure(create(folder / f"{name}-{kind}", kind))


@click.command()
@click.option("--quick", is_flag=True, help="Smaller and fewer rounds: two minutes instead of ten.")
@click.option("--tiny", is_flag=True, hidden=True, help="Only to see that everything works.")
@click.option(
    "--only", multiple=True, type=click.Choice([*measures(QUICK), *pure(QUICK)]), help="Only these."
)
@click.option("--database", multiple=True, type=click.Choice(["sqlite", "postgresql"]), help="Only these.")
@click.option("--json", "output", type=Path, default=Path("build/benchmarks.json"), show_default=True)
def main(*, quick: bool, tiny: bool, only: tuple[str, ...], database: tuple[str, ...], output: Path) -> None:
    """Measure this machine's Tocsin and print the figures beside their aims."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    sizes = TINY if tiny else QUICK if quick else Sizes()
    on = figures.machine()
    measured: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        kinds = database or ("sqlite", "postgresql")
        for figure in run(sizes, Path(folder), kinds, only or (*pure(sizes), *measures(sizes))):
            measured.append(figure)
            console.print(
                f"{figure.name}, {figure.database}: {figure.value:,.3g} {figure.unit} {figure.note}"
            )
    figures.show(measured, on, console)
    figures.save(measured, on, output)


if __name__ == "__main__":
    main()
