"""Run one seed and ask the oracle; what it finds comes with the trace and the command to replay it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tests.sim.oracle import Oracle, about
from tests.sim.simulator import Simulation, Stuck, Wiring

SHOWN = 120


@dataclass
class Judgement:
    seed: int
    wrong: list[str]
    trace: list[str]
    judged: Counter[str]

    def report(self) -> str:
        words = [word for verdict in self.wrong for word in about(verdict)]
        concerned = [line for line in self.trace if _mentions(line, words)] if words else self.trace
        return "\n".join(
            [
                f"seed {self.seed}:",
                *self.wrong,
                f"--- what happened to it (day time, who, what), the last {SHOWN} lines",
                *concerned[-SHOWN:],
                f"--- replay: pytest tests/sim --seed {self.seed}",
            ]
        )


def judge(seed: int, url: str, wiring: Wiring | None = None, nodes: int | None = None) -> Judgement:
    """Simulate one seed on an empty database."""
    simulation = Simulation(seed, url, wiring, nodes)
    try:
        simulation.run()
        oracle = Oracle(simulation.nodes[0].db.engine, simulation.world, simulation.diary)
        return Judgement(seed, oracle.verdicts(), simulation.diary.trace, oracle.judged)
    except Stuck as stuck:
        return Judgement(seed, [str(stuck)], simulation.diary.trace, Counter())
    finally:
        simulation.close()


def _mentions(line: str, words: list[str]) -> bool:
    return "DIED" in line or any(f"{word} " in f"{line} ".replace(":", " ") for word in words)
