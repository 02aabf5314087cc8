"""What was measured, against what was aimed at."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure: the median of its rounds."""

    name: str
    database: str
    unit: str
    rounds: tuple[float, ...]
    at_least: float | None = None
    below: float | None = None
    """The aim, one of the two; None where there is none."""
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The median."""
        return statistics.median(self.rounds)

    @property
    def aim(self) -> str:
        """The aim in words."""
        if self.at_least is not None:
            return f">= {_number(self.at_least)}"
        return f"< {_number(self.below)}" if self.below is not None else ""

    @property
    def met(self) -> bool | None:
        """Whether the aim was met; None where there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.value < self.below if self.below is not None else None


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed (the nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, max(0, round(percent / 100 * len(ranked)) - 1))]


def rounds(count: int, measure: Callable[[], float]) -> tuple[float, ...]:
    """The same measured several times."""
    return tuple(measure() for _ in range(count))


def machine() -> dict[str, Any]:
    """On what it was measured."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memoryGB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "loadBefore": round(os.getloadavg()[0], 2),
    }


def show(figures: Sequence[Figure], on: dict[str, Any], console: Console) -> None:
    """Print the table."""
    caption = ", ".join(f"{name} {value}" for name, value in on.items())
    table = Table(title="Tocsin benchmarks", caption=caption)
    for heading in ("what", "database"):
        table.add_column(heading)
    for heading in ("median", "lowest", "highest", "unit", "aim", "met"):
        table.add_column(heading, justify="right")
    table.add_column("note")
    words = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}
    for each in figures:
        spread = (each.value, min(each.rounds), max(each.rounds))
        row = (each.name, each.database, *map(_number, spread), each.unit, each.aim, words[each.met])
        table.add_row(*row, each.note)
    console.print(table)


def save(figures: Sequence[Figure], on: dict[str, Any], path: Path) -> None:
    """Write everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(each), "median": each.value, "met": each.met} for each in figures]
    path.write_text(json.dumps({"machine": on, "figures": rows}, indent=2) + "\n", "utf-8")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
