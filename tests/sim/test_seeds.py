"""Simulated hours with faults: what the oracle says of each seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.sim.judge import judge
from tests.sim.world import FIRST_WITH_DUTIES

pytestmark = pytest.mark.sim


def test_nothing_is_lost_late_or_silent(request: pytest.FixtureRequest, sim_kind: str, sim_seed: int) -> None:
    judgement = judge(sim_seed, request.getfixturevalue(f"{sim_kind}_url"))
    assert not judgement.wrong, judgement.report()


def test_a_seed_says_all(sqlite_url: str, postgresql_url: str) -> None:
    """The same seed does the same, to the microsecond; also on the other database (one node)."""
    one, two = (judge(seed=0, url=url, nodes=1) for url in (sqlite_url, postgresql_url))
    assert one.trace
    assert one.trace == two.trace


@pytest.mark.timeout(300)
def test_every_invariant_is_put_to_the_test(migrated_sqlite: Path, tmp_path: Path) -> None:
    """An oracle that judges nothing finds nothing wrong."""
    judged = judged_in(range(28), migrated_sqlite, tmp_path)
    wanted = {
        "events": 150,
        "grouped": 150,
        "sent": 200,
        "sent twice": 20,
        "asked": 300,
        "told": 120,
        "climbs": 80,
        "ended": 8,
        "repeated": 2,
        "unreached": 40,
        "pages": 300,
        "resolved told": 30,
        "silent": 1,
        "silences": 3,
        "explained": 5,
        "explained pages": 20,
        "on call": 300,
        "on call in summer": 50,
        "stood in": 20,
        "handed on": 3,
        "sent by SMS": 15,
        "sent by VOICE": 4,
        "sent by PUSH": 20,
        "sent by TELEGRAM": 10,
        "informed": 20,
    }
    assert {name: judged[name] for name, least in wanted.items() if judged[name] < least} == {}


def test_everything_about_duties_is_put_to_the_test(migrated_sqlite: Path, tmp_path: Path) -> None:
    seeds = range(FIRST_WITH_DUTIES + 2, FIRST_WITH_DUTIES + 30, 5)
    judged = judged_in(seeds, migrated_sqlite, tmp_path)
    wanted = {"absent": 5, "handed over": 15, "reminded": 10, "in calendars": 20}
    assert {name: judged[name] for name, least in wanted.items() if judged[name] < least} == {}


def judged_in(seeds: Iterable[int], migrated: Path, folder: Path) -> Counter[str]:
    judged: Counter[str] = Counter()
    for seed in seeds:
        path = folder / f"{seed}.db"
        path.write_bytes(migrated.read_bytes())
        judged += judge(seed, f"sqlite:///{path}").judged
    return judged
