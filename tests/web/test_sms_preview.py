"""What a page by SMS will look like, shown while its settings change."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn


def test_the_form_of_an_sms_provider_shows_a_preview_and_others_do_not(ann: TestClient) -> None:
    assert 'data-preview="/channels/preview"' in ann.get("/channels/new/sms/twilio").text
    assert "data-preview" not in ann.get("/channels/new/push/ntfy").text


def test_it_says_what_it_costs_and_why(ann: TestClient) -> None:
    plain = ann.post("/channels/preview", data={"sample": "Disk full"}).text
    assert "PENDING #1234: Disk full\nPrometheus\nReply ack 4" in plain
    assert "GSM alphabet." in plain
    assert "Messages to pay for: 1." in plain
    dear = ann.post(
        "/channels/preview", data={"sample": "Łódź is full", "settings.letters": "AS_WRITTEN"}
    ).text
    assert "<b>Łóź</b>" in dear
    assert "Messages to pay for: 2." in dear
    cut = ann.post("/channels/preview", data={"sample": "x" * 500, "settings.segments": "1"}).text
    assert "Something had to be left out." in cut


def test_it_is_for_administrators(cast: Cast, signed_in: SignIn) -> None:
    assert signed_in(cast.bo).post("/channels/preview", data={"sample": "x"}).status_code == 403
