"""A Slack app is installed from here: agreed there, by whoever began, within ten minutes; the token is sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import URL, SignIn, everything
from tests.web.test_connection_choices import Product
from tests.web.test_connections import add
from tocsin.auth import parameters
from tocsin.deployment import Deployment
from tocsin.kit.clock import ManualClock
from tocsin.plugins import HttpAnswer, connection_types
from tocsin.store import documents
from tocsin.store.kinds import CONNECTORS

APP = {"name": "our Slack", "settings.clientId": "1.2", "settings.clientSecret": "geheim"}
GRANTED = HttpAnswer(status=200, body=b'{"ok":true,"access_token":"xoxb-2","team":{"name":"Acme"}}')


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
def deployment(deployment: Deployment, product: Product) -> Deployment:
    return replace(deployment, ask=product.ask)


def state_of(browser: TestClient) -> str:
    """The state in the link to Slack."""
    shown = browser.get("/connectors/1/install").text
    link = next(part for part in shown.split('"') if part.startswith("https://slack.com/oauth/v2/authorize"))
    query = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
    assert query["redirect_uri"] == [f"{URL}/connectors/installed"]
    return query["state"][0]


def test_the_token_comes_back_through_the_browser_and_is_kept_sealed(
    ann: TestClient, deployment: Deployment, product: Product
) -> None:
    add(ann, "/connectors/new/slack", APP)
    state = state_of(ann)
    before = everything(deployment.db)
    shown = ann.get("/connectors/installed", params={"code": "c-1", "state": state}).text
    assert "c-1" in shown
    assert everything(deployment.db) == before, "looking changes nothing"
    product.answers.append(GRANTED)
    back = ann.post("/connectors/installed", data={"code": "c-1", "state": state})
    assert (back.status_code, back.headers["location"]) == (303, "/connectors?said=installed")
    with deployment.db.read() as tx:
        kept = documents.get(tx, CONNECTORS, 1).params
    assert "sealed" in kept["botToken"]
    opened = parameters.opened(deployment.vault, connection_types()["slack"], kept)
    assert (opened["botToken"], opened["clientSecret"]) == ("xoxb-2", "geheim")
    assert "Acme" in ann.get("/connectors/1/edit").text


def test_what_slack_says_instead_of_a_token_is_shown(ann: TestClient, product: Product) -> None:
    add(ann, "/connectors/new/slack", APP)
    state = state_of(ann)
    product.answers.append(HttpAnswer(status=200, body=b'{"ok":false,"error":"invalid_code"}'))
    assert "invalid_code" in ann.post("/connectors/installed", data={"code": "c", "state": state}).text
    declined = ann.get("/connectors/installed", params={"error": "access_denied", "state": state})
    assert "access_denied" in declined.text


def test_nobody_ends_what_another_began_and_nobody_late(
    ann: TestClient, cast: Cast, signed_in: SignIn, deployment: Deployment, clock: ManualClock
) -> None:
    add(ann, "/connectors/new/slack", APP)
    state = state_of(ann)
    given: dict[str, Any] = {"code": "c", "state": state}
    assert ann.post("/connectors/installed", data={**given, "state": f"2{state[1:]}"}).status_code == 404
    assert ann.get("/connectors/installed", params={"code": "c"}).status_code == 404
    clock.advance(timedelta(minutes=11))
    assert ann.post("/connectors/installed", data=given).status_code == 404
    state = state_of(ann)
    with deployment.db.write() as tx:
        from tocsin.store import people  # noqa: PLC0415
        from tocsin.store.kinds import USERS  # noqa: PLC0415

        bo = people.one(tx, cast.bo.id)
        documents.save(tx, USERS, replace(documents.get(tx, USERS, bo.id), role="ADMIN"))
    browser = signed_in(cast.bo)
    assert browser.post("/connectors/installed", data={"code": "c", "state": state}).status_code == 404


def test_without_a_client_it_says_what_is_missing(ann: TestClient) -> None:
    add(ann, "/connectors/new/slack", {"name": "x", "settings.botToken": "xoxb-1"})
    shown = ann.get("/connectors/1/install").text
    assert "First enter the client ID" in shown
    assert "https://slack.com/oauth" not in shown


def test_a_token_that_slack_does_not_know_fails_the_test_button(ann: TestClient, product: Product) -> None:
    add(ann, "/connectors/new/slack", {"name": "x", "settings.botToken": "xoxb-1"})
    product.answers.append(HttpAnswer(status=200, body=b'{"ok":false,"error":"invalid_auth"}'))
    assert "invalid_auth" in ann.post("/connectors/1/test").text
