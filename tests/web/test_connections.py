"""Connectors and connections: accounts with secrets that are not shown again, what is told, and buttons."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn
from tocsin.core.connections import Remote
from tocsin.kit.value import replace
from tocsin.store import documents, errands
from tocsin.store.database import Database
from tocsin.store.kinds import CONNECTIONS, CONNECTORS

JIRA = {
    "name": "our Jira",
    "settings.url": "https://example.atlassian.net",
    "settings.email": "a@example.com",
    "settings.password": "api-token",
}
HOOK = {
    "name": "status hook",
    "source": "1",
    "mode": "AUTOMATIC",
    "trigger": ["incident-created", "incident-resolved"],
    "settings.webhookUrl": "https://hooks.example/in",
    "settings.headers": "X-Team: ops\nX-Stage: prod",
    "active": "on",
}


def add(browser: TestClient, path: str, form: dict[str, Any]) -> str:
    """Send a form that must be taken; where it leads."""
    answer = browser.post(path, data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_an_account_is_kept_and_its_secret_not_shown_again(ann: TestClient, db: Database) -> None:
    assert "Jira" in ann.get("/connectors/new").text
    assert add(ann, "/connectors/new/jira", JIRA) == "/connectors?said=created"
    form = ann.get("/connectors/1/edit").text
    assert "api-token" not in form
    assert "a@example.com" in form
    before = stored(db)
    add(ann, "/connectors/1/edit", {**JIRA, "name": "renamed", "settings.password": ""})
    after = stored(db)
    assert after.name == "renamed"
    assert after.params["password"] != before.params["password"] or after.params == before.params
    assert "sealed" in after.params["password"]


def stored(db: Database) -> Any:
    with db.read() as tx:
        return documents.get(tx, CONNECTORS, 1)


def test_a_wrong_account_says_which_field(ann: TestClient) -> None:
    answer = ann.post(
        "/connectors/new/jira", data={**JIRA, "settings.url": "", "private_targets": "10.0.0.0/99"}
    )
    assert answer.status_code == 422
    assert "10.0.0.0/99" in answer.text


def test_a_test_says_what_the_product_said(ann: TestClient) -> None:
    add(ann, "/connectors/new/jira", JIRA)
    answer = ann.post("/connectors/1/test")
    assert "no other product in this test" in answer.text


def test_a_connection_is_made_shown_changed_and_deleted(ann: TestClient, db: Database) -> None:
    assert add(ann, "/connections/new/webhook", HOOK) == "/connections/1?said=created"
    assert ann.get("/connections/1?said=created").text.count("Created.") == 1
    with db.read() as tx:
        made = documents.get(tx, CONNECTIONS, 1)
    assert made.params["headers"] == [{"key": "X-Team", "value": "ops"}, {"key": "X-Stage", "value": "prod"}]
    assert made.triggers == ("incident-created", "incident-resolved")
    shown = ann.get("/connections/1").text
    assert "status hook" in shown
    assert "opened, resolved" in " ".join(shown.split())
    assert "X-Team: ops" in ann.get("/connections/1/edit").text
    add(ann, "/connections/1/edit", {**HOOK, "name": "other", "conditions": "alert.priority == HIGH"})
    assert "alert.priority == HIGH" in ann.get("/connections/1").text
    assert add(ann, "/connections/1/delete", {}) == "/connections?said=deleted"


@pytest.mark.parametrize(
    "change, said",
    [
        ({"source": ""}, "name at least one alert source"),
        ({"trigger": []}, "say what is to be told"),
        ({"conditions": "alert.summary contains"}, "conditions"),
        ({"settings.webhookUrl": ""}, "webhookUrl"),
        ({"settings.headers": "X-Colonless"}, "fill this in"),
        ({"settings.webhookUrl": "ftp://x.example"}, "write a whole web address"),
        ({"settings.webhookUrl": "https://" + "x" * 2_048}, "write at most 2048 characters"),
        ({"not_resolved": "soon"}, "write seconds within the limit"),
    ],
)
def test_a_wrong_connection_is_refused_where_it_is_wrong(
    ann: TestClient, change: dict[str, Any], said: str
) -> None:
    answer = ann.post("/connections/new/webhook", data={**HOOK, **change})
    assert answer.status_code == 422
    assert said in answer.text


def test_a_product_with_an_account_asks_for_it_first(ann: TestClient) -> None:
    assert "needs a connector first" in ann.get("/connections/new/jira").text
    add(ann, "/connectors/new/jira", JIRA)
    form = {**HOOK, "connector": "1", "settings.project": "OPS"}
    assert add(ann, "/connections/new/jira", form) == "/connections/1?said=created"
    assert "/api/hooks/1x" in ann.get("/connections/1").text


def test_a_source_shows_its_connections_and_which_of_them_fail(
    ann: TestClient, cast: Cast, db: Database
) -> None:
    add(ann, "/connections/new/webhook", HOOK)
    assert "status hook" in ann.get("/sources/1").text
    incident_id = cast.alert()
    with db.write() as tx:
        broken = errands.of_incident(tx, incident_id)[0]
        errands.save(tx, [replace(broken, state="FAILED", due_at=None, attempts=3, answer="404 gone")])
    assert "404 gone" in ann.get("/sources/1").text
    assert "failing" in ann.get("/connections").text
    assert "a connection fails" in ann.get("/sources").text
    add(ann, "/connections/1/edit", {**HOOK, "active": ""})
    assert "a connection fails" not in ann.get("/sources").text


def test_a_new_connection_of_a_source_has_it_ticked_already(ann: TestClient) -> None:
    for page, link in (
        ("/sources/1", "/connections/new?source=1"),
        ("/connections/new?source=1", "webhook?source=1"),
    ):
        assert f'{link}"' in ann.get(page).text
    ticked = 'name="source" value="1" checked'
    assert ticked in ann.get("/connections/new/webhook?source=1").text
    assert ticked not in ann.get("/connections/new/webhook?source=x").text


def test_a_test_is_put_on_its_way_and_shows_in_the_history(ann: TestClient) -> None:
    add(ann, "/connections/new/webhook", HOOK)
    assert add(ann, "/connections/1/test", {}) == "/connections/1?said=sent"
    assert "scheduled" in ann.get("/connections/1").text


def test_an_incident_has_a_button_for_each_manual_connection(
    ann: TestClient, cast: Cast, db: Database
) -> None:
    add(ann, "/connections/new/webhook", {**HOOK, "mode": "MANUAL"})
    incident_id = cast.alert()
    assert "status hook" in ann.get(f"/incidents/{incident_id}").text
    assert add(ann, f"/incidents/{incident_id}/run", {"connection": "1"}) == f"/incidents/{incident_id}"
    with db.write() as tx:
        assert [e.trigger for e in errands.of_incident(tx, incident_id)] == ["manual"]
        errands.set_remote(tx, 1, incident_id, Remote(id="T-7", url="https://tickets.example/7"))
    shown = ann.get(f"/incidents/{incident_id}").text
    assert "https://tickets.example/7" in shown
    assert "· Ann" in shown
    assert "Ann" in ann.get("/connections/1").text.partition("What was told")[2]
    assert ann.post(f"/incidents/{incident_id}/run", data={"connection": "9"}).status_code == 422
    add(ann, "/connections/1/edit", {**HOOK, "mode": "MANUAL", "active": ""})
    off = ann.get(f"/incidents/{incident_id}").text
    assert "https://tickets.example/7" in off, "what was made stays to be seen"
    assert f"/incidents/{incident_id}/run" not in off
    assert ann.post(f"/incidents/{incident_id}/run", data={"connection": "1"}).status_code == 422


def test_connectors_are_for_administrators_and_connections_are_seen_by_responders(
    signed_in: SignIn, cast: Cast
) -> None:
    browser = signed_in(cast.bo)
    assert browser.get("/connectors").status_code == 403
    assert browser.get("/connections").status_code == 200


def test_a_copy_is_the_same_and_off(ann: TestClient, db: Database) -> None:
    add(ann, "/connections/new/webhook", {**HOOK, "settings.signingSecret": "s3cret"})
    assert add(ann, "/connections/1/copy", {}) == "/connections/2/edit"
    with db.read() as tx:
        first, second = (documents.get(tx, CONNECTIONS, number) for number in (1, 2))
    assert (second.name, second.active) == ("status hook (copy)", False)
    assert (second.params, second.source_ids) == (first.params, first.source_ids)


def test_a_custom_body_is_shown_for_the_newest_incident_of_the_chosen_sources(
    ann: TestClient, cast: Cast
) -> None:
    path, name = "/connections/preview?field=bodyTemplate", "settings.bodyTemplate"
    form = {name: '{"what": {{ alertSummary }}, "x": "{{ nothing }}"}', "source": "1"}
    assert "made-up incident" in ann.post(path, data=form).text
    incident_id = cast.alert(summary="Disk <full>")
    shown = ann.post(path, data=form).text
    assert "Disk &lt;full&gt;" in shown
    assert f"incident #{incident_id}" in shown
    assert "nothing is empty" in shown
    assert "begins like JSON and is none" in shown
    assert "made-up" not in shown
    assert "never closed" in ann.post(path, data={name: "{{#open}}"}).text
