"""What a process takes that has nothing to do: time to start, memory."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.figures import Figure
from benchmarks.world import World, serving


def measure(world: World, *, idle_seconds: float, starts: int) -> Iterator[Figure]:
    """Starts over a migrated database, and the memory of the last one."""
    ready, used = [], []
    for _ in range(starts):
        with serving(world) as server:
            ready.append(server.ready_after)
            used.append(server.processor_seconds())
    with serving(world) as server:
        time.sleep(idle_seconds)
        resident = server.memory()
    yield Figure(
        name="start, over a migrated database",
        database=world.kind,
        unit="s",
        rounds=tuple(ready),
        below=3.0,
        note=f"{min(used):.2f} s of a processor",
    )
    yield Figure(
        name=f"resident memory after {idle_seconds:.0f} s idle",
        database=world.kind,
        unit="MB",
        rounds=(resident,),
        below=120.0,
    )
