"""Keeping people informed of an incident: choosing them, what they see, and how they leave."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn, everything, fire
from tests.web.test_access import newcomer
from tocsin.auth.answer_tokens import answer_token
from tocsin.core.delivery import Notification
from tocsin.core.policies import UserRef
from tocsin.core.teams import Team, TeamMember
from tocsin.store import notifications, people, subscribers, teams
from tocsin.store.database import Database

SECRET = "s" * 32


def subscribed(db: Database, number: int) -> tuple[int, ...]:
    with db.read() as tx:
        return subscribers.of(tx, (number,)).get(number, ())


def told(db: Database, number: int) -> list[Notification]:
    with db.read() as tx:
        return [n for n in notifications.of_incident(tx, number) if n.purpose == "SUBSCRIPTION"]


def test_stakeholders_are_searched_added_and_removed(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    path = f"/incidents/{number}/stakeholders"
    guest = newcomer(db, "GUEST")
    text = ann.get(path).text
    assert f'name="add" value="{cast.bo.id}"' in text
    assert f'name="add" value="{guest.id}"' not in text
    found = ann.get(f"{path}?q=rUI").text
    assert "Bo Ruiz" in found
    assert "Chi Wu" not in found
    assert ann.post(path, data={"add": str(cast.bo.id)}).status_code == 303
    assert subscribed(db, number) == (cast.bo.id,)
    text = ann.get(path).text
    assert "E-mail bo@example.org" in text
    assert f'name="add" value="{cast.bo.id}"' not in text
    for wrong in ("", "x", "99", str(guest.id)):
        assert ann.post(path, data={"add": wrong}).status_code == 422
    assert ann.post(path, data={"remove": str(cast.bo.id)}).status_code == 303
    assert subscribed(db, number) == ()


def test_a_team_is_added_by_its_members(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    path = f"/incidents/{number}/stakeholders"
    with db.write() as tx:
        members = tuple(TeamMember(user=UserRef(id=user.id)) for user in (cast.bo, cast.chi))
        team = teams.create(tx, Team(name="Support", members=members))
    assert f'name="team" value="{team.id}"' in ann.get(f"{path}?q=supp").text
    assert ann.post(path, data={"team": str(team.id)}).status_code == 303
    assert subscribed(db, number) == (cast.bo.id, cast.chi.id)
    assert ann.post(path, data={"team": "99"}).status_code == 404


def test_a_comment_is_sent_to_stakeholders_when_that_is_ticked(
    db: Database, cast: Cast, ann: TestClient
) -> None:
    number = cast.alert()
    assert "Send as update to stakeholders" not in ann.get(f"/incidents/{number}").text
    ann.post(f"/incidents/{number}/stakeholders", data={"add": str(cast.bo.id)})
    assert "Send as update to stakeholders" in ann.get(f"/incidents/{number}").text
    ann.post(f"/incidents/{number}/comment", data={"text": "for us"})
    ann.post(f"/incidents/{number}/comment", data={"text": "for all", "update": "on"})
    with db.read() as tx:
        said = notifications.contents(tx, [n.id for n in told(db, number)])
    assert [said[number]["text"] for number in sorted(said)] == ["", "for all"]


def test_a_stakeholder_reads_what_happens_and_no_addresses(
    db: Database, cast: Cast, signed_in: SignIn
) -> None:
    number, other = cast.alert("Disk full", "a"), cast.alert("Net down", "b")
    fire(db, number)
    watcher = newcomer(db, "STAKEHOLDER")
    client = signed_in(watcher)
    assert "Incidents that somebody subscribes you to" in client.get("/incidents").text
    assert client.get(f"/incidents/{number}").status_code == 403
    with db.write() as tx:
        subscribers.change(tx, [(number, watcher.id, True)])
    listed, shown = client.get("/incidents").text, client.get(f"/incidents/{number}").text
    assert "Disk full" in listed
    assert "Net down" not in listed
    assert "ann@example.org" not in shown
    assert "Who was told" not in shown
    assert client.get(f"/incidents/{other}").status_code == 403
    assert client.get(f"/incidents/{number}/stakeholders").status_code == 403
    assert client.post(f"/incidents/{number}/unsubscribe").status_code == 303
    assert subscribed(db, number) == ()


def test_the_link_in_a_message_ends_this_subscription_and_leaves_the_address(
    db: Database, cast: Cast, ann: TestClient
) -> None:
    number = cast.alert()
    ann.post(f"/incidents/{number}/stakeholders", data={"add": str(cast.bo.id)})
    token = answer_token(SECRET, told(db, number)[0].id)
    before = everything(db)
    assert f"No more messages about #{number}?" in ann.get(f"/u/{token}").text
    assert (
        ann.get(f"/r/{token}").status_code
        == ann.post(f"/r/{token}", data={"do": "accept"}).status_code
        == 404
    )
    assert everything(db) == before
    one_click = ann.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
    assert (one_click.status_code, one_click.text) == (200, "Unsubscribed.\n")
    assert subscribed(db, number) == ()
    with db.read() as tx:
        assert people.one(tx, cast.bo.id).contacts[0].usable
    assert "You are not kept informed" in ann.post(f"/u/{token}").text
