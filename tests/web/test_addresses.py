"""Addresses and rules on the profile: added, proven by the code that came, tried, muted."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn, everything
from tocsin.auth.provider_params import sealed
from tocsin.auth.verification_codes import verification_code
from tocsin.core.people import Contact, Person
from tocsin.core.providers import ChannelProvider
from tocsin.deployment import Deployment
from tocsin.kit.value import replace
from tocsin.store import contacts, people, providers
from tocsin.store.database import Database
from tocsin.store.tables import notifications


def bo(db: Database, cast: Cast) -> Person:
    with db.read() as tx:
        return people.one(tx, cast.bo.id)


def added(db: Database, cast: Cast, client: TestClient) -> Contact:
    """A second address of Bo's, whose code is on its way."""
    answer = client.post("/me/addresses/add", data={"method": "EMAIL", "target": "bo@home.example"})
    assert answer.headers["location"] == "/me?said=sent#addresses"
    return bo(db, cast).contacts[-1]


def code(db: Database, deployment: Deployment, contact: Contact, method: str = "EMAIL") -> str:
    """What the message that was sent says."""
    with db.read() as tx:
        query = sa.select(notifications.c.content).where(notifications.c.contact_id == contact.id)
        content = tx.all(query.order_by(notifications.c.id.desc()))[0].content
    return verification_code(deployment.secret, contact.id, method, content["nonce"])


def test_an_address_is_used_when_its_code_came_back(
    db: Database, cast: Cast, signed_in: SignIn, deployment: Deployment
) -> None:
    client = signed_in(cast.bo)
    contact = added(db, cast, client)
    assert not contact.usable
    wrong = client.post("/me/addresses/confirm", data={"contact": str(contact.id), "code": "nonsense"})
    assert wrong.status_code == 422
    right = {"contact": str(contact.id), "code": code(db, deployment, contact)}
    assert client.post("/me/addresses/confirm", data=right).status_code == 303
    assert bo(db, cast).contacts[-1].usable
    assert client.post("/me/addresses/test", data={"contact": str(contact.id)}).status_code == 303


def provide(deployment: Deployment, channel: str, kind: str, **params: str) -> None:
    fresh = ChannelProvider(channel=channel, type=kind, name=f"{channel} {kind}")
    with deployment.db.write() as tx:
        whole = replace(fresh, params=sealed(deployment.vault, fresh, params, {}))
        providers.create(tx, whole)


def test_a_chat_is_linked_by_a_link_when_there_is_a_bot(
    cast: Cast, signed_in: SignIn, deployment: Deployment
) -> None:
    client = signed_in(cast.bo)
    assert "/me/chats" not in client.get("/me").text
    assert "No bot takes codes" in client.get("/me/chats").text
    provide(deployment, "TELEGRAM", "telegram", botToken="1:A", botName="acme_bot")
    assert "/me/chats" in client.get("/me").text
    assert f'href="https://t.me/acme_bot?start={cast.bo.id}x' in client.get("/me/chats").text


def test_a_telephone_is_proven_and_used_for_whatsapp(
    db: Database, cast: Cast, signed_in: SignIn, deployment: Deployment
) -> None:
    client = signed_in(cast.bo)
    provide(deployment, "WHATSAPP", "twilio", accountSid="AC1", authToken="t", sender="+4915735990000")
    added = client.post("/me/addresses/add", data={"method": "PHONE", "target": "+49 170 1234567"})
    assert added.headers["location"] == "/me?said=sent#addresses", "by the one way there is"
    contact = bo(db, cast).contacts[-1]
    shown = client.get("/me").text
    assert '<option value="WHATSAPP">WhatsApp</option>' in shown
    assert f'value="WHATSAPP:{contact.id}"' in shown
    right = {"contact": contact.id, "method": "WHATSAPP", "code": code(db, deployment, contact, "WHATSAPP")}
    assert client.post("/me/addresses/confirm", data=right).status_code == 303
    assert bo(db, cast).contacts[-1].verified == ("WHATSAPP",)
    rule = {"kind": "HIGH", "way": f"WHATSAPP:{contact.id}", "minutes": "0"}
    assert client.post("/me/addresses/add-rule", data=rule).status_code == 303
    assert bo(db, cast).rules[-1].method == "WHATSAPP"
    tried = {"contact": contact.id, "method": "WHATSAPP"}
    assert client.post("/me/addresses/test", data=tried).status_code == 303


def test_telephones_are_shown_as_people_write_them_and_one_of_them_is_the_main_one(
    db: Database, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.bo)
    for number in ("+49 170 1234567", "+49 170 7654321"):
        client.post("/me/addresses/add", data={"method": "PHONE", "target": number})
    first, second = bo(db, cast).contacts[-2:]
    with db.write() as tx:
        contacts.save(tx, cast.bo.id, replace(first, state="OK", verified=("SMS", "VOICE"), stopped=("SMS",)))
    shown = client.get("/me").text
    assert "+49 170 1234567" in shown
    assert "SMS: STOP" in shown
    assert shown.count("/me/addresses/main") == 1
    assert client.post("/me/addresses/main", data={"contact": second.id}).status_code == 303
    assert [contact.main for contact in bo(db, cast).contacts[-2:]] == [False, True]
    mail = bo(db, cast).contacts[0]
    assert client.post("/me/addresses/main", data={"contact": mail.id}).status_code == 404


def test_the_numbers_that_we_call_from_are_shown_with_a_contact_to_save(
    cast: Cast, signed_in: SignIn, deployment: Deployment
) -> None:
    client = signed_in(cast.bo)
    assert "/numbers/vcard" not in client.get("/me").text
    provide(deployment, "SMS", "twilio", accountSid="AC1", authToken="t", sender="+4915735990000")
    shown = client.get("/me").text
    assert "+49 1573 5990000" in shown
    assert 'href="/api/v1/numbers/vcard"' in shown


def test_codes_are_not_sent_for_ever(db: Database, cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.bo)
    contact = added(db, cast, client)
    again = [
        client.post("/me/addresses/prove", data={"contact": str(contact.id)}).status_code for _ in range(5)
    ]
    assert again == [303, 303, 303, 303, 429]


def test_the_last_way_to_somebody_who_is_asked_stays(db: Database, cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.bo)
    last = str(cast.bo.contacts[0].id)
    assert client.post("/me/addresses/remove", data={"contact": last}).status_code == 409
    fresh = added(db, cast, client)
    assert client.post("/me/addresses/remove", data={"contact": str(fresh.id)}).status_code == 303


@pytest.mark.parametrize(
    "verb, said",
    [
        ("add", {"method": "EMAIL", "target": "nonsense"}),
        ("add", {"method": "PHONE", "target": "no digits"}),
        ("add", {"method": "PIGEON", "target": "roof"}),
        ("add-rule", {"kind": "HIGH", "way": "PIGEON:"}),
        ("add-rule", {"kind": "HIGH", "way": "EMAIL:999"}),
        ("add-rule", {"kind": "LOUD", "way": "EMAIL:"}),
        ("add-rule", {"kind": "UPDATE", "way": "EMAIL:"}),
        ("add-rule", {"kind": "DUTY", "way": "VOICE:"}),
        ("add-rule", {"kind": "HIGH", "way": "EMAIL:", "minutes": "soon"}),
        ("mute", {"hours": "1000"}),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(
    verb: str, said: dict[str, str], db: Database, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.bo)
    with db.write() as tx:
        contacts.add(tx, cast.bo.id, Contact(id=0, method="PHONE", target="+4917012345678"))
    before = everything(db)
    assert client.post(f"/me/addresses/{verb}", data=said).status_code == 422
    assert client.post("/me/addresses/explode", data=said).status_code == 404
    assert everything(db) == before


def test_rules_are_added_and_taken_away_as_sentences(db: Database, cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.bo)
    contact = cast.bo.contacts[0].id
    for said in (
        {"kind": "HIGH", "way": f"EMAIL:{contact}", "minutes": "7"},
        {"kind": "UPDATE", "way": "EMAIL:", "state": "RESOLVED"},
        {"kind": "DUTY", "way": "EMAIL:", "minutes": "60"},
    ):
        assert client.post("/me/addresses/add-rule", data=said).status_code == 303
    text = client.get("/me").text
    for words in ("after 7 minutes without an answer", "when it is resolved", "60 minutes before"):
        assert words in text
    rule = next(rule for rule in bo(db, cast).rules if rule.delay_min == 7)
    assert client.post("/me/addresses/drop-rule", data={"rule": str(rule.id)}).status_code == 303
    assert rule.id not in [rule.id for rule in bo(db, cast).rules]
    assert client.post("/me/addresses/drop-rule", data={"rule": str(rule.id)}).status_code == 404


def test_quiet_is_shown_and_ends(db: Database, cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.bo)
    client.post("/me/addresses/mute", data={"hours": "3"})
    assert "muted until" in client.get("/me").text
    client.post("/me/addresses/mute")
    assert bo(db, cast).muted_until is None


def test_only_administrators_touch_the_addresses_of_others(
    db: Database, cast: Cast, signed_in: SignIn
) -> None:
    path = f"/people/{cast.bo.id}/addresses/add"
    said = {"method": "EMAIL", "target": "bo@home.example"}
    assert signed_in(cast.chi).post(path, data=said).status_code == 403
    assert signed_in(cast.ann).post(path, data=said).headers["location"].startswith(f"/people/{cast.bo.id}?")


def test_what_is_refused_is_said_on_the_profile_and_keeps_what_was_typed(
    db: Database, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.bo)
    shown = client.post("/me/addresses/add", data={"method": "PHONE", "target": "no digits"}).text
    assert re.search('role="alert">.*is no telephone number', shown)
    assert 'value="no digits"' in shown
    assert '<option value="PHONE" selected>' in shown
    contact = added(db, cast, client)
    wrong = client.post("/me/addresses/confirm", data={"contact": str(contact.id), "code": "1"}).text
    assert "this is not the code that was sent" in wrong


def test_the_code_is_asked_for_while_it_is_awaited_and_enter_confirms_it(
    db: Database, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.bo)
    open_form = '<details class="menu" open><summary class="button small">Prove'
    assert open_form not in client.get("/me").text
    contact = added(db, cast, client)
    shown = client.get("/me").text
    assert open_form in shown
    form = shown.split('action="/me/addresses/confirm"')[-1]
    assert f'value="{contact.id}"' in form
    first = form[form.index("<button") : form.index("</button>")]
    assert "formaction" not in first, "what Enter presses is the first button"
