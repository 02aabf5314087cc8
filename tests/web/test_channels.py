"""Channels: forms drawn from the providers' own settings, secrets that are never shown again, and the order."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn
from tocsin.core.delivery import Receipt
from tocsin.core.people import PHONE, Contact
from tocsin.core.providers import ChannelProvider
from tocsin.kit.value import MaxLen, field, value
from tocsin.plugins import providers
from tocsin.store import contacts, documents, leases, notifications
from tocsin.store import providers as providers_stored
from tocsin.store.database import Database
from tocsin.store.kinds import PROVIDERS
from tocsin.web.settings_form import fields, label
from tocsin.web.show import Problems

TWILIO = {
    "name": "Our Twilio",
    "settings.accountSid": "AC" + "0" * 32,
    "settings.authToken": "very secret",
    "settings.sender": "+4915112345678",
    "active": "on",
}


@value
class Example:
    """Every kind of field."""

    account_id: str
    """Where it is."""
    token: str = ""
    text: Annotated[str, MaxLen(4000)] = "x"
    port: int = 25
    safe: bool = True
    numbers: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    extra: int | None = None


def test_a_form_follows_the_schema() -> None:
    drawn = fields(Example, {"token"}, {"token": "********", "port": 99, "headers": {"A": "b"}})
    assert [(f.name, f.kind) for f in drawn] == [
        ("accountId", "text"),
        ("token", "secret"),
        ("text", "long"),
        ("port", "number"),
        ("safe", "boolean"),
        ("numbers", "list"),
        ("headers", "map"),
        ("extra", "number"),
    ]
    by_name = {f.name: f for f in drawn}
    assert by_name["accountId"].required
    assert by_name["accountId"].help == "Where it is."
    assert (by_name["token"].value, by_name["token"].kept) == ("", True)
    assert (by_name["port"].value, by_name["safe"].value, by_name["headers"].value) == ("99", "true", "A: b")


@pytest.mark.parametrize(
    "name, shown", [("authToken", "Auth token"), ("accountSid", "Account SID"), ("url", "URL"), ("to", "To")]
)
def test_labels_are_words(name: str, shown: str) -> None:
    assert label(name) == shown


@pytest.mark.parametrize("kind", sorted(providers()), ids="-".join)
def test_every_provider_has_a_form(kind: tuple[str, str]) -> None:
    plugin = providers()[kind]
    drawn = fields(plugin.config, plugin.secret_fields, {})
    assert plugin.secret_fields <= {f.name for f in drawn}
    assert all(f.label for f in drawn)


def test_a_field_shows_what_is_wrong_with_a_part_of_it() -> None:
    problems = Problems({"headers.X-A": "too long", "name": "missing"})
    assert (problems["headers"], problems["name"], problems["header"]) == ("too long", "missing", "")


def stored(db: Database) -> list[ChannelProvider]:
    with db.read() as tx:
        return documents.listing(tx, PROVIDERS)


def add(client: TestClient, **more: Any) -> None:
    answer = client.post("/channels/new/sms/twilio", data=TWILIO | more)
    assert answer.status_code == 303, answer.text


def test_a_provider_is_added_and_its_secret_is_not_shown_again(
    db: Database, cast: Cast, ann: TestClient
) -> None:
    assert "Twilio" in ann.get("/channels/new").text
    add(ann)
    made = stored(db)[0]
    assert made.params["accountSid"] == TWILIO["settings.accountSid"]
    assert "very secret" not in str(made.params)
    text = ann.get(f"/channels/{made.id}/edit").text
    assert "very secret" not in text
    assert "Stored. Leave it empty to keep it." in text
    assert "/callbacks/" in text
    changed = {**TWILIO, "settings.authToken": "", "name": "Renamed", "report_seconds": "99999"}
    refused = ann.post(f"/channels/{made.id}/edit", data=changed)
    assert refused.status_code == 422
    assert 'value="99999"' in refused.text
    with db.write() as tx:
        providers_stored.pause(tx, made.id, tx.now + timedelta(minutes=5), "too fast")
    changed["report_seconds"] = "60"
    assert ann.post(f"/channels/{made.id}/edit", data=changed).status_code == 303
    after = stored(db)[0]
    assert after.name == "Renamed"
    assert after.params.keys() == made.params.keys()
    with db.read() as tx:
        assert not providers_stored.paused(tx, [made.id]), "new settings are tried at once"
    assert "Renamed" in ann.get("/channels").text


def test_what_is_missing_is_said_at_its_field(cast: Cast, ann: TestClient) -> None:
    answer = ann.post("/channels/new/sms/twilio", data=TWILIO | {"settings.authToken": ""})
    assert answer.status_code == 422
    assert 'id="h-settings.authToken"' in answer.text
    assert ann.get("/channels/new/sms/pigeon").status_code == 404


def test_the_order_of_a_channel_can_be_changed(db: Database, cast: Cast, ann: TestClient) -> None:
    add(ann)
    add(ann, name="Second")
    first, second = stored(db)
    assert first.position < second.position
    assert ann.post(f"/channels/{second.id}/first").status_code == 303
    first, second = stored(db)
    assert second.position < first.position
    assert ann.post(f"/channels/{first.id}/test").status_code == 422  # Ann has no telephone
    assert ann.post(f"/channels/{first.id}/explode").status_code == 404
    assert ann.post(f"/channels/{first.id}/delete").status_code == 303
    assert [provider.name for provider in stored(db)] == ["Second"]


def test_a_test_leads_to_what_became_of_it(
    db: Database, cast: Cast, ann: TestClient, signed_in: SignIn
) -> None:
    add(ann)
    with db.write() as tx:
        phone = Contact(id=0, method=PHONE, target="+491701234567", verified=("SMS",))
        contact = contacts.add(tx, cast.ann.id, phone)
    by_provider = ann.post(f"/channels/{stored(db)[0].id}/test").headers["location"]
    by_address = ann.post("/me/addresses/test", data={"contact": contact.id}).headers["location"]
    assert by_provider.startswith("/sent/")
    assert by_provider != by_address
    number = int(by_address.removeprefix("/sent/"))
    with db.write() as tx:
        n = next(n for n in leases.lease(tx, ("SMS",), 5) if n.id == number)
        receipt = Receipt(outcome="PERMANENT", answer="401 Authenticate")
        leases.finish(tx, [(n.id, n.attempts, receipt.outcome, receipt.answer)])
        answer = notifications.Answer(
            notification_id=number, at=tx.now, via="SMS", text="1", outcome="TESTED"
        )
        notifications.add_reply(tx, answer)
    shown = ann.get(by_address).text
    assert "401 Authenticate" in shown
    assert "by SMS" in shown
    assert "data-ledger" in shown
    assert signed_in(cast.bo).get(by_address).status_code == 404
    assert ann.get("/sent/999").status_code == 404


def test_channels_are_for_administrators(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.bo)
    assert client.get("/channels").status_code == 403
    assert client.post("/channels/new/sms/twilio", data=TWILIO).status_code == 403
