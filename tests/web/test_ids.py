"""What says that it is an id, in a form or an address, and cannot be one: refused, never a fault of ours."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tocsin.web.visit import id_in

NINES = "9" * 40
ARABIC = "\N{ARABIC-INDIC DIGIT ONE}"
"""A digit, and int() reads it: but no id that we ever wrote."""

SCHEDULE = {
    "do": "save",
    "kind": "RECURRING",
    "name": "Nights",
    "timezone": "UTC",
    "layers": "1",
    "layers.0.count": "1",
    "layers.0.unit": "weeks",
    "layers.0.starts": "2026-11-23T09:00",
}
POLICY = {"do": "save", "name": "P", "steps": "1", "steps.0.minutes": "5"}
WINDOW = {"summary": "x", "timezone": "UTC", "start": "2026-11-24T03:00", "end": "2026-11-24T05:00"}
SPAN = {"start": "2026-11-24T03:00", "end": "2026-11-24T05:00", "zone": "UTC"}


def test_an_id_is_written_in_plain_digits() -> None:
    assert id_in("9" * 18) == 10**18 - 1
    for wrong in ("0x1", "-1", "", " 1", "1_0", "1.0", "9" * 19, NINES, ARABIC):
        assert id_in(wrong) is None


@pytest.mark.parametrize(
    ("path", "field", "rest"),
    [
        ("/incidents/1/assign", "to", {}),
        ("/incidents/new", "source", {"summary": "x"}),
        ("/maintenance/new", "source", WINDOW),
        ("/maintenance/now", "source", {"minutes": "60"}),
        ("/heartbeats/new", "source", {"name": "x", "interval": "1", "unit": "hours"}),
        ("/schedules/new", "layers.0.user", SCHEDULE),
        ("/schedules/new", "layers.0.add", SCHEDULE),
        ("/schedules/new", "shifts.0.user", {**SCHEDULE, **SPAN, "kind": "STATIC", "shifts": "1"}),
        ("/policies/new", "steps.0.add", POLICY),
        ("/sources/new", "policy", {"type": "API", "name": "x"}),
        ("/connections/new/webhook", "source", {"name": "x", "mode": "MANUAL"}),
        ("/on-call/back", "absence", {}),
        ("/me/revoke", "key", {}),
        ("/me/addresses/remove", "contact", {}),
    ],
)
def test_no_form_takes_what_cannot_be_an_id(
    path: str, field: str, rest: dict[str, str], cast: Cast, ann: TestClient
) -> None:
    kind = "user:" if field in ("to", "steps.0.add") else ""
    path = path.replace("/1/", f"/{cast.alert()}/")
    for wrong in (NINES, "9" * 18, ARABIC, "x"):
        answer = ann.post(path, data={**rest, field: kind + wrong})
        assert 400 <= answer.status_code < 500


def test_a_page_number_that_makes_no_sense_is_the_first(cast: Cast, ann: TestClient) -> None:
    cast.alert("Disk full")
    for path in (f"/sources/{cast.source.id}/events", "/incidents"):
        for wrong in ("9" * 5_000, "0", "-1", ARABIC, "x"):
            answer = ann.get(path, params={"page": wrong})
            assert answer.status_code == 200
            assert "Disk full" in answer.text
