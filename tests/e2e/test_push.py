"""The installed web app in a real browser: it subscribes on a tap, shows what comes, and its buttons answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Worker, expect, sync_playwright

from tests.channels.providers import SUBSCRIPTION
from tests.e2e.conftest import MakeServer
from tests.e2e.harness import OWNER, PASSWORD, Server, link
from tests.e2e.mailserver import Mail, MailServer
from tocsin.channels.web_push import payload
from tocsin.core.messages import Answers, Message, Subject

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
NOW = datetime(2026, 11, 24, 3, 4, 5, tzinfo=UTC)

# What the browser would ask its maker's push service for, which is on another machine.
SERVICE = f"""
const made = {SUBSCRIPTION};
let held = null;
PushManager.prototype.getSubscription = async () => held;
PushManager.prototype.subscribe = async (options) => {{
  if (!options.userVisibleOnly || options.applicationServerKey.length !== 65) throw new Error("wrong options");
  held = {{ options: {{ applicationServerKey: options.applicationServerKey.buffer }}, toJSON: () => made }};
  return held;
}};
"""

SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map(({ title, body, tag, actions, data }) => ({ title, body, tag, actions, data }))"""

CLICK = """async (action) => {
  const [shown] = await registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification: shown, action });
  const waits = [];
  event.waitUntil = (promise) => waits.push(promise);
  self.dispatchEvent(event);
  await Promise.all(waits);
}"""


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    return make_server()


@pytest.fixture
def context(chromium: str, server: Server) -> Iterator[BrowserContext]:
    """A browser in which Ann has allowed notifications."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        made = browser.new_context(base_url=server.url, permissions=["notifications"])
        made.add_init_script(SERVICE)
        yield made
        browser.close()


def signed_in(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/me/push")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/me/push")
    return page


def push(context: BrowserContext, page: Page, said: bytes) -> list[dict[str, Any]]:
    """What the notifications say after the browser's push service has handed this over."""
    session = context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    soon(page, lambda: found)
    origin = page.url.split("/me/")[0]
    wanted = {"origin": origin, "registrationId": found[-1], "data": said.decode()}
    session.send("ServiceWorker.deliverPushMessage", wanted)
    return soon(page, lambda: page.evaluate(SHOWN))


def soon(page: Page, look: Callable[[], list[Any]]) -> list[Any]:
    """What there is, once there is something; the browser's events come in meanwhile."""
    for _ in range(400):
        if there := look():
            return there
        page.wait_for_timeout(50)
    raise AssertionError("it never came")


def message(server: Server, number: int, mail: Mail) -> Message:
    """The push about an incident, with the links that the mail about it has."""
    about = Subject(
        id=number,
        summary="Problem disk",
        details="",
        status="PENDING",
        priority="HIGH",
        source="API",
        policy="P",
        reported_at=NOW,
    )
    return Message(
        notification_id=1,
        purpose="ALERT",
        to=SUBSCRIPTION,
        name="Ann Lee",
        subject=about,
        incident_url=f"{server.url}/incidents/{number}",
        answers=Answers(
            accept=link(mail, "accept"), resolve=link(mail, "resolve"), escalate=link(mail, "escalate")
        ),
        sent_at=NOW,
    )


def open_incident(server: Server, mails: MailServer) -> tuple[int, Mail]:
    source = server.source(server.policy((server.owner_id,), minutes=30))
    assert server.event(source["integrationKey"], "disk") < 300
    return server.only_incident()["id"], mails.wait(OWNER, "alert")[0]


def test_a_tap_subscribes_and_the_button_of_a_push_accepts_the_incident(
    server: Server, context: BrowserContext, mail_server: MailServer
) -> None:
    page = signed_in(context)
    page.get_by_role("button", name="Turn on pushes").click()
    page.wait_for_url("**/me/push?said=saved")
    devices = server.api("GET", f"/users/{server.owner_id}/contacts/push-devices")
    assert len(devices) == 1

    number, mail = open_incident(server, mail_server)
    shown = push(context, page, payload(message(server, number, mail)))
    assert shown[0]["title"] == f"PENDING #{number}: Problem disk"
    assert shown[0]["tag"] == f"incident-{number}"
    assert [each["title"] for each in shown[0]["actions"]] == ["Acknowledge", "Resolve"]

    worker: Worker = context.service_workers[0]
    worker.evaluate(CLICK, "accept")
    incident = server.wait_status(number, "ACCEPTED")
    assert incident["acknowledgedBy"]["id"] == server.owner_id


def test_a_push_that_nobody_understands_is_shown_all_the_same(
    server: Server, context: BrowserContext
) -> None:
    page = signed_in(context)
    expect(page.get_by_role("button", name="Turn on pushes")).to_be_visible()
    assert push(context, page, b"[not ours")[0]["title"] == "Tocsin"
    assert json.loads(SUBSCRIPTION)["endpoint"] not in page.content()
