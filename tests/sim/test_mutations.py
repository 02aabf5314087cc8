"""Planted bugs: a simulation that does not find them would find nothing else either."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sim.judge import Judgement, judge
from tests.sim.simulator import Wiring
from tests.sim.world import FIRST_WITH_DUTIES
from tocsin.core import duties as rules
from tocsin.core.delivery import Failover, Receipt
from tocsin.core.escalation import decide
from tocsin.core.incidents import Fire
from tocsin.core.on_call import OnCall, Roster
from tocsin.core.policies import EscalationPolicy
from tocsin.core.recurrence import Turns
from tocsin.engine import deliveries, duties, escalations
from tocsin.engine.deliveries import Leased
from tocsin.engine.messages import Addresses
from tocsin.kit.chance import SeededChance
from tocsin.plugins import Channel
from tocsin.store import decisions, incidents, providers, schedules
from tocsin.store.database import Database

pytestmark = pytest.mark.sim

SEEDS = 16
Run = Callable[[int, Wiring | None], Judgement]


@pytest.fixture
def run(migrated_sqlite: Path, tmp_path: Path) -> Run:
    def one(seed: int, wiring: Wiring | None) -> Judgement:
        path = tmp_path / f"{seed}-{wiring is None}.db"
        path.write_bytes(migrated_sqlite.read_bytes())
        return judge(seed, f"sqlite:///{path}", wiring)

    return one


def first_caught(
    run: Run, wiring: Wiring, seeds: Sequence[int] = range(1, SEEDS + 1)
) -> tuple[int, Judgement]:
    for seed in seeds:
        judgement = run(seed, wiring)
        if judgement.wrong:
            return seed, judgement
    pytest.fail(f"the planted bug lived through {len(seeds)} seeds")


def sent_before_sending(db: Database, channel: Channel, where: Addresses, limit: int) -> list[Leased]:
    """The notification is marked SENT, and only then handed over."""
    leased = deliveries.lease_step(db, channel, where, limit)
    sent = [(notification, Receipt(outcome="SENT")) for notification, _ in leased]
    if sent:
        deliveries.settle_step(db, sent, SeededChance(0))
    return leased


def state_before_effects(db: Database) -> int:
    """The incident climbs in one transaction, and its pages and log lines follow in the next."""
    with db.write() as tx:
        due = incidents.due(tx, 200)
        around = decisions.surroundings(tx, due)
        made = [decide(incident, Fire(), tx.now, around[incident.id]) for incident in due]
        incidents.save(tx, [decision.incident for decision in made])
    if made:
        with db.write() as tx:
            decisions.store(tx, made)
    with db.write() as tx:
        return len(made) + escalations._auto_resolve(tx, 200)


@pytest.mark.parametrize(
    "wiring, said",
    [
        (Wiring(lease=sent_before_sending), ("was never told", "nobody was told", "not told of the end")),
        (Wiring(fire=state_before_effects), ("expected", "asked []", "was never told", "did not end")),
    ],
    ids=["sent-before-sending", "state-before-effects"],
)
def test_a_planted_bug_is_caught(run: Run, wiring: Wiring, said: tuple[str, ...]) -> None:
    seed, judgement = first_caught(run, wiring)
    assert any(word in verdict for verdict in judgement.wrong for word in said), judgement.report()
    assert f"pytest tests/sim --seed {seed}" in judgement.report()
    unplanted = run(seed, None)
    assert not unplanted.wrong, unplanted.report()


@pytest.fixture
def one_pass_too_few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """“Repeated n times” read as n passes."""
    passes = property(lambda policy: policy.frequency if policy.repeating else 1)
    monkeypatch.setattr(EscalationPolicy, "passes", passes)
    yield
    monkeypatch.undo()


def test_repeats_off_by_one_are_caught(
    run: Run, one_pass_too_few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed, judgement = first_caught(run, Wiring())
    assert any("passes" in verdict for verdict in judgement.wrong), judgement.report()
    monkeypatch.undo()
    unplanted = run(seed, None)
    assert not unplanted.wrong, unplanted.report()


def test_turns_counted_in_seconds_are_caught(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The night has a clock change: after it, it is another one's turn, or the hand-over is an hour late."""

    def start(turns: Turns, number: int) -> int:
        return turns.zone.instant(turns._anchor) + number * turns._step

    monkeypatch.setattr(Turns, "start", start)
    monkeypatch.setattr(Turns, "number", lambda turns, instant: (instant - start(turns, 0)) // turns._step)
    seed, judgement = first_caught(run, Wiring())
    assert any("was never told" in verdict or "nobody asks" in verdict for verdict in judgement.wrong)
    monkeypatch.undo()
    unplanted = run(seed, None)
    assert not unplanted.wrong, unplanted.report()


@pytest.fixture
def winter_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Schedules go on handing over as if summer time had not begun."""
    real, summer = Roster.on_call, datetime(2026, 3, 29, 1, tzinfo=UTC)

    def forgetful(roster: Roster, at: datetime) -> OnCall:
        return real(roster, at - timedelta(hours=1) if at >= summer else at)

    monkeypatch.setattr(Roster, "on_call", forgetful)


def test_a_forgotten_clock_change_is_caught(
    run: Run, winter_for_ever: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed, judgement = first_caught(run, Wiring())
    words = ("whom nobody asks", "was never told")
    assert any(word in verdict for verdict in judgement.wrong for word in words), judgement.report()
    monkeypatch.undo()
    unplanted = run(seed, None)
    assert not unplanted.wrong, unplanted.report()


def test_a_refusal_that_no_other_provider_hears_of_is_caught(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom the first provider cannot reach, the second is to reach."""
    monkeypatch.setattr(providers, "failover", lambda *_, **__: Failover())
    seed, judgement = first_caught(run, Wiring())
    assert any("no other provider was asked" in verdict for verdict in judgement.wrong), judgement.report()
    monkeypatch.undo()
    unplanted = run(seed, None)
    assert not unplanted.wrong, unplanted.report()


def no_hand_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only reminders are sent."""
    tell = duties._tell
    monkeypatch.setattr(duties, "_tell", lambda *all_: tell(*all_) if all_[2].kind == "SOON" else None)


def no_return(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shift that goes on after somebody stood in is taken for the whole that it would have been."""
    monkeypatch.setattr(schedules, "recut", lambda *_: {})


def told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last look is forgotten: a shift that has begun is news at each look."""
    due = rules.due
    monkeypatch.setattr(
        rules,
        "due",
        lambda shifts, people, fresh, _, now: due(shifts, people, fresh, now - timedelta(hours=1), now),
    )


@pytest.mark.parametrize(
    "plant, said",
    [(no_hand_over, "was not told so"), (no_return, "two at once"), (told_twice, "was told so again")],
    ids=["no-hand-over", "no-return", "told-twice"],
)
def test_a_slip_about_duties_is_caught(
    run: Run, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], said: str
) -> None:
    plant(monkeypatch)
    seed, judgement = first_caught(run, Wiring(), range(FIRST_WITH_DUTIES, FIRST_WITH_DUTIES + 5 * SEEDS, 5))
    assert any(said in verdict for verdict in judgement.wrong), judgement.report()
    monkeypatch.undo()
    unplanted = run(seed, None)
    assert not unplanted.wrong, unplanted.report()
