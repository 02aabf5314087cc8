"""Teams on the pages: made, changed, asked by policies, and what stands in the way of deleting one."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn
from tests.web.test_policies import form, latest
from tocsin.core.policies import EscalationRule, Ref
from tocsin.core.teams import Team
from tocsin.kit.value import replace
from tocsin.store import documents, policies, teams
from tocsin.store.database import Database
from tocsin.store.kinds import TEAMS


def stored(db: Database) -> Team:
    with db.read() as tx:
        return teams.get(tx, documents.listing(tx, TEAMS)[-1].id)


def members(team: Team) -> list[tuple[int, str]]:
    return [(member.user.id, member.role) for member in team.members]


def test_a_team_from_its_name_to_its_end(db: Database, cast: Cast, ann: TestClient) -> None:
    assert 'href="/people/teams"' in ann.get("/people").text
    assert "No team yet" in ann.get("/people/teams").text
    assert ann.post("/people/teams/new", data={"name": " "}).status_code == 422
    path = ann.post("/people/teams/new", data={"name": "Ops"}).headers["location"].partition("?")[0]
    ann.post(f"{path}/members", data={"user": str(cast.bo.id), "role": "STAKEHOLDER"})
    ann.post(f"{path}/rename", data={"name": "Ops EU"})
    assert stored(db).name == "Ops EU"
    assert members(stored(db)) == [(cast.ann.id, "ADMIN"), (cast.bo.id, "STAKEHOLDER")]
    assert "choose somebody" in ann.post(f"{path}/members", data={"user": "99"}).text
    ann.post(f"{path}/members/remove", data={"user": str(cast.ann.id)})
    assert members(stored(db)) == [(cast.bo.id, "STAKEHOLDER")]
    assert "2 people" not in ann.get("/people/teams").text
    assert ann.post(f"{path}/delete").headers["location"] == "/people/teams?said=deleted"


def test_a_policy_asks_a_team_in_the_editor_and_the_pages_say_so(
    db: Database, cast: Cast, ann: TestClient
) -> None:
    ann.post("/people/teams/new", data={"name": "Ops"})
    team = stored(db)
    key = f"team:{team.id}"
    assert f'<option value="{key}">Ops</option>' in ann.get("/policies/new").text
    ann.post("/policies/new", data=form(([], 3)) | {"steps.0.target": [key]})
    made = latest(db)
    assert made.team_ids == (team.id,)
    text = ann.get(f"/policies/{made.id}").text
    assert "of the team Ops" in text
    assert "Ann Lee" in text
    assert f'href="/people/teams/{team.id}"' in ann.get("/on-call").text
    assert "Nights" in ann.get("/people").text
    page = ann.get(f"/people/teams/{team.id}").text
    assert "It cannot be deleted yet." in page
    assert ann.post(f"/people/teams/{team.id}/delete").status_code == 409


def test_an_empty_team_is_shown_as_the_hole_that_it_is(db: Database, cast: Cast, ann: TestClient) -> None:
    with db.write() as tx:
        team = teams.create(tx, Team(name="Ops"))
        rule = EscalationRule(teams=(Ref(id=team.id),), escalation_timeout=5)
        policies.change(tx, replace(cast.policy, escalation_rules=(rule,)))
    assert "Ops: nobody of the team can be asked" in ann.get(f"/policies/{cast.policy.id}").text
    assert "Nobody is in this team" in ann.get(f"/people/teams/{team.id}").text


def test_who_does_not_manage_people_changes_no_team(db: Database, cast: Cast, signed_in: SignIn) -> None:
    with db.write() as tx:
        team = teams.create(tx, Team(name="Ops"))
    chi = signed_in(cast.chi)
    page = chi.get(f"/people/teams/{team.id}")
    assert (page.status_code, "Rename" in page.text) == (200, False)
    assert chi.post(f"/people/teams/{team.id}/rename", data={"name": "Mine"}).status_code == 403
