"""The past is told by the ledger: what was sent and said, whatever has been changed since."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.cast import Cast, assemble
from tocsin.core.events import AlertSource
from tocsin.core.explain import Explanation
from tocsin.core.incidents import Fire, Resolve
from tocsin.core.people import Actor
from tocsin.core.policies import EscalationRule, Ref, UserRef
from tocsin.core.teams import Team, TeamMember
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.store import decisions, documents, explaining, people, policies, teams
from tocsin.store.database import Database
from tocsin.store.kinds import POLICIES

HOUR = timedelta(hours=1)


def explained(cast: Cast, at: datetime, source: AlertSource | None = None) -> Explanation:
    with cast.db.read() as tx:
        if source:
            return explaining.of_source(tx, source, at)
        policy = documents.get(tx, POLICIES, cast.policy.id)
        return explaining.of_policy(tx, policy, at, "HIGH")


def told(found: Explanation) -> list[tuple[int, int, str | None, str | None]]:
    return [(page.level, page.user_id, page.team, page.state) for page in found.pages]


def test_what_was_sent_stays_what_was_sent(db: Database, clock: ManualClock) -> None:
    cast = assemble(db)
    with cast.db.write() as tx:
        team = teams.create(tx, Team(name="Ops", members=(TeamMember(user=UserRef(id=cast.bo.id)),)))
        empty = teams.create(tx, Team(name="Gone"))
        rules = tuple(EscalationRule(teams=(Ref(id=one.id),), escalation_timeout=5) for one in (empty, team))
        policies.change(tx, replace(cast.policy, escalation_rules=rules))
    number = cast.alert()
    opened = clock.now()
    clock.advance(timedelta(minutes=1))
    with cast.db.write() as tx:
        decisions.perform(tx, number, Fire())
    clock.advance(HOUR)
    with cast.db.write() as tx:
        decisions.perform(tx, number, Resolve(by=Actor.of(cast.ann, "API")))
        nobody_else = EscalationRule(users=(UserRef(id=cast.chi.id),), escalation_timeout=5)
        policies.change(tx, replace(cast.policy, escalation_rules=(nobody_else,)))
        people.set_contact_target(tx, cast.bo.contacts[0].id, "new@example.org")
    clock.advance(HOUR)

    found = explained(cast, opened + timedelta(seconds=30))
    assert found.basis == "LEDGER"
    assert told(found) == [(2, cast.bo.id, "Ops", "CANCELLED")]
    assert (found.pages[0].target, found.pages[0].incident_id) == ("bo@example.org", number)
    assert [(s.level, s.team, s.reason, s.incident_id) for s in found.silences] == [
        (1, "Gone", "NobodyInTeam", number),
        (1, None, "LevelReachedNobody", number),
    ]
    assert explained(cast, opened, cast.source).basis == "LEDGER"
    assert explained(cast, opened, replace(cast.source, id=cast.source.id + 1)).basis == "COMPUTED"


def test_where_nothing_happened_and_from_now_on_it_is_computed(db: Database, clock: ManualClock) -> None:
    cast = assemble(db)
    before = clock.now() - HOUR
    number = cast.alert()
    with cast.db.write() as tx:
        decisions.perform(tx, number, Fire())
        decisions.perform(tx, number, Resolve(by=Actor.of(cast.ann, "API")))
    resolved = clock.now()
    clock.advance(HOUR)
    for at in (before, resolved, clock.now(), clock.now() + HOUR):
        found = explained(cast, at)
        assert (found.basis, found.pages[0].user_id, found.pages[0].state) == ("COMPUTED", cast.ann.id, None)
