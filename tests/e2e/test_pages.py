"""The pages in a real browser, in front of the real program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.e2e.conftest import MakeServer
from tests.e2e.harness import OWNER, PASSWORD, Server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
expect.set_options(timeout=20_000)  # a busy machine is no fault of the page
NONE = "No incident fits this filter"
PHONE = ViewportSize(width=390, height=844)


@dataclass
class Visitor:
    """A browser window in front of a server, looking at one source."""

    page: Page
    server: Server
    source: int
    key: str
    complaints: list[str] = field(default_factory=list)

    def event(self, alert: str, *, kind: str = "ALERT", **more: object) -> None:
        assert self.server.event(self.key, alert, kind=kind, **more) < 300

    def open(self, alert: str) -> int:
        """An incident, opened on the page; its id."""
        self.event(alert)
        self.page.get_by_role("link", name=f"Problem {alert}").click()
        self.page.wait_for_url(re.compile(r"/incidents/\d+$"))
        return int(self.page.url.rsplit("/", 1)[1])


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for most tests: each looks at a source of its own. Its mails stay in the outbox."""
    server = Server(tmp_path_factory.mktemp("pages"))
    server.init()
    server.start()
    server.user("Bo")
    yield server
    server.close()


@pytest.fixture
def visitor(browser: Browser, shared_server: Server) -> Iterator[Visitor]:
    """Ann, signed in, in front of an empty list; nothing in the console may complain."""
    yield from visit(browser, shared_server)


def visit(browser: Browser, server: Server) -> Iterator[Visitor]:
    bo = next(user["id"] for user in server.api("GET", "/users") if user["firstName"] == "Bo")
    source = server.source(server.policy((server.owner_id,), (bo,), minutes=5))
    page = browser.new_page(base_url=server.url)
    made = Visitor(page=page, server=server, source=source["id"], key=source["integrationKey"])
    page.on("console", lambda m: made.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    page.goto(f"/incidents?source={made.source}")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(NONE)).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    yield made
    page.close()
    assert made.complaints == []


def test_a_row_appears_changes_and_goes_without_a_reload(visitor: Visitor) -> None:
    page = visitor.page
    page.evaluate("window.loadedOnce = true")
    visitor.event("one")
    row = page.get_by_role("listitem").filter(has_text="Problem one")
    expect(row).to_contain_text("Pending")
    expect(row).to_contain_text("escalates to Bo Test")
    row.get_by_role("button", name="Accept").click()
    expect(row).to_contain_text("Accepted")
    expect(row).to_contain_text("Ann Lee")
    visitor.event("one", kind="RESOLVE")
    expect(page.get_by_text(NONE)).to_be_visible()
    assert page.evaluate("window.loadedOnce") is True


def test_new_rows_wait_in_a_bar_and_leave_the_focus_alone(visitor: Visitor) -> None:
    page = visitor.page
    visitor.event("one")
    accept = page.get_by_role("button", name="Accept")
    expect(accept).to_be_visible()
    accept.focus()
    visitor.event("two")
    visitor.event("three")
    expect(page.get_by_role("link", name="2 new")).to_be_visible()
    expect(accept).to_be_focused()
    page.get_by_role("link", name="2 new").click()
    expect(page.get_by_role("link", name=re.compile("Problem (two|three)"))).to_have_count(2)
    expect(page.get_by_role("link", name=re.compile(r"\d new"))).to_have_count(0)


def test_accepting_and_resolving_by_keys(visitor: Visitor) -> None:
    page = visitor.page
    visitor.event("one")
    expect(page.get_by_role("link", name="Problem one")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Problem one")).to_be_focused()
    page.keyboard.press("a")
    row = page.get_by_role("listitem").filter(has_text="Problem one")
    expect(row).to_contain_text("Accepted")
    page.get_by_role("link", name="Problem one").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Accepted · Problem one"))
    page.keyboard.press("r")
    expect(page).to_have_title(re.compile("^Resolved · Problem one"))
    visitor.server.wait_status(int(page.url.rsplit("/", 1)[1]), "RESOLVED")


def test_the_ledger_is_live(visitor: Visitor) -> None:
    page = visitor.page
    number = visitor.open("one")
    line = page.locator("details.told").first
    expect(line).to_contain_text(OWNER)
    expect(line).to_contain_text("Sent")
    line.click()
    expect(line).to_contain_text("attempt 1")
    page.get_by_role("textbox", name="Comment").fill("half written")
    assert visitor.server.api("PUT", f"/incidents/{number}/accept")
    expect(page).to_have_title(re.compile("^Accepted"))
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("half written")
    expect(line).to_have_attribute("open", "")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.get_by_role("blockquote").filter(has_text="half written")).to_be_visible()


def test_a_menu_closes_by_escape_and_when_the_focus_leaves_it(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("one")
    menu = page.locator("details.menu", has=page.get_by_label("Assign to"))
    menu.locator("summary").press("Enter")
    page.get_by_label("Assign to").press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").press("Enter")
    page.get_by_label("Assign to").focus()
    page.keyboard.press("Shift+Tab")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Shift+Tab")
    expect(menu).not_to_have_attribute("open", "")


def test_a_new_incident_from_the_dialog(visitor: Visitor) -> None:
    page = visitor.page
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Summary").fill("Smoke in the cellar")
    dialog.get_by_role("button", name="Open the incident").click()
    expect(page).to_have_title(re.compile("^Pending · Smoke in the cellar"))


def test_a_policy_is_written_in_place_with_its_consequences_beside_it(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/policies/new")
    page.get_by_label("Name").fill("By sentence")
    page.get_by_role("button", name="Add a level").click()
    page.get_by_label("Add somebody to level 2").select_option(label="Bo Test")
    beside = page.get_by_role("complementary", name="Who would be told")
    expect(beside).to_contain_text("after 5 min")
    expect(beside).to_contain_text("Bo Test")
    expect(page.get_by_label("Name")).to_have_value("By sentence")
    page.get_by_role("button", name="Move level 2 up").click()
    expect(page.locator(".step .target").first).to_contain_text("Bo Test")
    page.get_by_role("button", name="Save the policy").click()
    expect(page.get_by_role("status").filter(has_text="Created.")).to_be_visible()


def test_people_take_turns_before_the_schedule_has_a_name_and_each_is_added_once(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/schedules/new")
    add = page.get_by_label("Add somebody to layer 1")
    add.select_option(label="Bo Test")
    chosen = page.locator(".targets .target")
    expect(chosen).to_have_count(2)
    expect(add).to_have_value("")
    page.get_by_label("on call", exact=True).select_option(label="at some hours of the day")
    expect(page.get_by_label("Name", exact=True)).not_to_be_focused()
    expect(page.locator("input[type=time]").first).to_be_visible()
    expect(chosen).to_have_count(2)


def test_shifts_are_chosen_by_keyboard_and_somebody_stands_in(visitor: Visitor) -> None:
    page, server = visitor.page, visitor.server
    bo = next(user["id"] for user in server.api("GET", "/users") if user["firstName"] == "Bo")
    layer = {
        "users": [{"id": server.owner_id}, {"id": bo}],
        "rotation": "P1D",
        "startsOn": "2026-01-05T09:00:00",
    }
    made = server.api(
        "POST", "/schedules", json={"name": "Days", "timezone": "UTC", "scheduleLayers": [layer]}
    )
    page.goto(f"/schedules/{made['id']}")
    shifts = page.get_by_role("list", name="Final schedule").get_by_role("link")
    shifts.last.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Stand in")
    expect(dialog.get_by_label("From")).to_have_value(re.compile("T09:00$"))
    dialog.get_by_role("button", name="Enter it").click()
    expect(page.get_by_role("list", name="Overrides").get_by_role("link")).to_have_count(1)


def test_it_says_when_it_is_cut_off_and_comes_back(browser: Browser, make_server: MakeServer) -> None:
    server = make_server(running=False)
    server.start()
    server.user("Bo")
    visits = visit(browser, server)
    visitor = next(visits)
    server.kill9()
    expect(visitor.page.get_by_text("Reconnecting…")).to_be_visible()
    server.start()
    expect(visitor.page.get_by_text("Live", exact=True)).to_be_visible(timeout=40_000)
    visitor.event("one")
    expect(visitor.page.get_by_role("link", name="Problem one")).to_be_visible()
    visitor.complaints.clear()  # the browser reports the refused connections, and should
    next(visits, None)


def test_on_a_phone_without_scripts(browser: Browser, visitor: Visitor) -> None:
    number = visitor.open("one")
    signed_in = visitor.page.context.storage_state()
    context = browser.new_context(
        base_url=visitor.server.url,
        storage_state=signed_in,
        viewport=PHONE,
        is_mobile=True,
        has_touch=True,
        java_script_enabled=False,
    )
    page = context.new_page()
    page.goto(f"/incidents/{number}")
    accept = page.get_by_role("button", name="Accept")
    box = accept.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= PHONE["height"]
    accept.click()
    expect(page).to_have_title(re.compile("^Accepted · Problem one"))
    context.close()


def test_nothing_is_wider_than_the_window(visitor: Visitor) -> None:
    page = visitor.page
    long = "Payments-" + "x" * 300
    visitor.event("one", summary=long, details=long)
    visitor.server.user("Maximiliane-Friederike", lastName="von Hohenstein-Oberlangenfeld")
    link = page.get_by_role("link", name=re.compile("^Payments"))
    expect(link).to_be_visible()
    paths = [
        page.url,
        link.get_attribute("href") or "",
        f"{link.get_attribute('href')}/stakeholders",
        "/incidents/new",
        f"/sources/{visitor.source}",
        f"/sources/{visitor.source}/rules",
        "/outbox",
        "/on-call",
        "/policies/new",
        "/schedules/new",
        "/sources/new",
        "/me",
        "/channels/new",
        "/maintenance/new",
    ]
    for path in paths:
        page.goto(path)
        for width in (320, 390, 768, 1024, 1440):
            page.set_viewport_size({"width": width, "height": 844})
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, (path, width)
