"""Pushes to this very browser: the installed app, the subscription, the rule that uses it."""

from __future__ import annotations

import json
import re

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.channels.providers import SUBSCRIPTION
from tests.web.conftest import SignIn
from tocsin.auth.provider_params import sealed
from tocsin.channels.tokens import base64url
from tocsin.channels.web_push import WebPush, provider, subscription_of
from tocsin.channels.web_push_crypto import key_from, key_text, public_bytes
from tocsin.core.people import Person
from tocsin.core.providers import ChannelProvider
from tocsin.deployment import Deployment
from tocsin.kit.value import encode, replace
from tocsin.store import documents, people
from tocsin.store.database import Database
from tocsin.store.kinds import PROVIDERS

KEY = key_from(b"k" * 64)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"


@pytest.fixture
def web_push(deployment: Deployment) -> None:
    """Web Push as the first start sets it up."""
    fresh = ChannelProvider(channel="PUSH", type="web", name="Web app")
    config = WebPush(private_key=key_text(KEY), contact="mailto:ops@example.org")
    params = sealed(deployment.vault, fresh, encode(WebPush, config), {})
    with deployment.db.write() as tx:
        documents.insert(tx, PROVIDERS, replace(fresh, params=params))


def person(db: Database, number: int) -> Person:
    with db.read() as tx:
        return people.one(tx, number)


def test_the_page_hands_the_browser_our_public_key(ann: TestClient, web_push: None) -> None:
    shown = ann.get("/me/push").text
    assert f'data-key="{base64url(public_bytes(KEY))}"' in shown


def test_without_the_provider_it_says_so(ann: TestClient) -> None:
    shown = ann.get("/me/push").text
    assert 'data-key=""' in shown
    assert "An administrator has switched this channel off." in shown


def test_a_subscription_becomes_an_address_with_a_rule(db: Database, cast: Cast, ann: TestClient) -> None:
    before = person(db, cast.ann.id)
    answer = ann.post("/me/push", data={"subscription": SUBSCRIPTION}, headers={"User-Agent": IPHONE})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/push?said=saved")
    after = person(db, cast.ann.id)
    added = after.contacts[-1]
    assert (added.method, added.state, added.label) == ("PUSH", "OK", "iPhone Safari")
    assert provider.takes(added.target)
    assert subscription_of(added.target) == subscription_of(SUBSCRIPTION)
    high = {rule.method for rule in after.rules if rule.kind == "HIGH"}
    assert ("PUSH" in high) is any(rule.kind == "HIGH" for rule in before.rules)


def test_subscribing_twice_is_once(db: Database, cast: Cast, ann: TestClient) -> None:
    respelt = json.dumps(json.loads(SUBSCRIPTION), indent=2)
    for said in (SUBSCRIPTION, respelt):
        assert ann.post("/me/push", data={"subscription": said}).status_code == 303
    known = person(db, cast.ann.id)
    assert [c.method for c in known.contacts].count("PUSH") == 1
    assert [r.method for r in known.rules if r.kind == "HIGH"].count("PUSH") <= 1


def test_a_browser_that_had_gone_is_taken_again(db: Database, cast: Cast, ann: TestClient) -> None:
    ann.post("/me/push", data={"subscription": SUBSCRIPTION})
    with db.write() as tx:
        gone = people.one(tx, cast.ann.id).contacts[-1]
        people.set_contact_state(tx, gone.id, "BOUNCED", "410")
    ann.post("/me/push", data={"subscription": SUBSCRIPTION})
    assert [c.usable for c in person(db, cast.ann.id).contacts if c.method == "PUSH"] == [True]


@pytest.mark.parametrize("said", ["", "{}", SUBSCRIPTION.replace("https", "http")])
def test_what_is_no_subscription_is_refused(said: str, ann: TestClient) -> None:
    assert ann.post("/me/push", data={"subscription": said}).status_code == 422


def test_the_app_can_be_installed(anonymous: TestClient) -> None:
    manifest = anonymous.get("/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        found = anonymous.get(icon["src"])
        assert (found.status_code, found.headers["content-type"]) == (200, "image/png")
    door = anonymous.get("/login").text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in door
    touch = re.search(r'<link rel="apple-touch-icon" href="([^"]+)">', door)
    assert touch
    assert anonymous.get(touch[1]).status_code == 200


def test_the_worker_serves_the_whole_site_and_is_asked_for_anew(anonymous: TestClient) -> None:
    worker = anonymous.get("/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
    for name in re.findall(r'"(/static/[^"]+)"', worker.text):
        assert anonymous.get(name).status_code == 200


def test_it_is_ones_own_device(db: Database, cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.bo)
    client.post("/me/push", data={"subscription": SUBSCRIPTION})
    assert [c.method for c in person(db, cast.ann.id).contacts].count("PUSH") == 0
    assert [c.method for c in person(db, cast.bo.id).contacts].count("PUSH") == 1
