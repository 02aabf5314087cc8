"""Configuration documents, and what may not be deleted."""

from __future__ import annotations

import pytest

from tests.cast import assemble
from tocsin.core.people import User
from tocsin.core.policies import EscalationPolicy, EscalationRule, UserRef
from tocsin.kit.errors import BadInput, Conflict, NotFound
from tocsin.kit.value import replace
from tocsin.store import documents, people, policies, sources
from tocsin.store.database import Database
from tocsin.store.kinds import POLICIES, USERS


def test_a_login_is_unique_without_case_and_free_again_after_deletion(db: Database) -> None:
    cast = assemble(db)
    with db.write() as tx, pytest.raises(Conflict):
        people.create(tx, User(first_name="X", email="ANN@example.org", username="x"))
    with db.write() as tx:
        solo = people.create(tx, User(first_name="Dee", email="dee@example.org", username="dee"))
        people.remove(tx, solo.id)
        again = people.create(tx, User(first_name="Dee", email="dee@example.org", username="dee"))
        assert again.id > solo.id
        assert people.by_login(tx, " DEE ") is not None
        with pytest.raises(NotFound):
            people.one(tx, solo.id)
    assert cast.ann.contacts[0].target == "ann@example.org"
    assert {rule.kind for rule in cast.ann.rules} == {"HIGH", "LOW"}


def test_what_is_used_cannot_be_deleted_and_says_by_what(db: Database) -> None:
    cast = assemble(db)
    with db.write() as tx:
        with pytest.raises(Conflict, match="'Default'"):
            people.remove(tx, cast.bo.id)
        with pytest.raises(Conflict, match="'monitoring'"):
            policies.remove(tx, cast.policy.id)
        with pytest.raises(Conflict, match="owner"):
            people.remove(tx, cast.ann.id)
    cast.alert()
    with db.write() as tx, pytest.raises(Conflict, match="1 open"):
        sources.remove(tx, cast.source.id)


def test_a_policy_names_only_people_there_are(db: Database) -> None:
    assemble(db)
    wrong = EscalationPolicy(
        name="p", escalation_rules=(EscalationRule(users=(UserRef(id=99),)), EscalationRule())
    )
    with db.write() as tx, pytest.raises(BadInput) as refused:
        policies.create(tx, wrong)
    assert {problem.path for problem in refused.value.problems} == {
        "escalationRules.0.users",
        "escalationRules.1",
    }


def test_an_old_version_of_a_policy_stays_what_it_was(db: Database) -> None:
    cast = assemble(db)
    with db.write() as tx:
        changed = policies.change(tx, replace(cast.policy, name="Renamed", repeating=False))
        old, new = (cast.policy.id, cast.policy.version), (changed.id, changed.version)
        both = policies.versions(tx, [old, new])
    assert both[old].name == "Default"
    assert both[old].repeating
    assert both[new].name == "Renamed"


def test_routing_keys_are_unique_and_the_first_match_wins(db: Database) -> None:
    cast = assemble(db)
    with db.write() as tx:
        rules = cast.policy.escalation_rules
        one = policies.create(tx, EscalationPolicy(name="one", escalation_rules=rules, routing_key="Net"))
        with pytest.raises(Conflict):
            policies.create(tx, EscalationPolicy(name="two", escalation_rules=rules, routing_key="NET"))
        found = policies.by_routing_key(tx, ["unknown", "net"])
        assert found is not None
        assert found.id == one.id


def test_listing_leaves_out_the_deleted_and_pages(db: Database) -> None:
    cast = assemble(db)
    with db.write() as tx:
        extra = people.create(tx, User(first_name="Dee", email="dee@example.org", username="dee"))
        people.remove(tx, extra.id)
        assert [user.id for user in documents.listing(tx, USERS, 1, 1)] == [cast.bo.id]
        assert len(documents.listing(tx, USERS)) == 3
        assert documents.find(tx, POLICIES, name="Default") is not None
