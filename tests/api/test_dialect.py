"""The rename table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.api import dialect
from tocsin.kit.errors import BadInput

SOURCE = {
    "name": "x",
    "incidentCreation": "ONE_OPEN_INCIDENT_ALLOWED",
    "incidentPriorityRule": "LOW",
    "list": [{"incidentKey": "a"}],
}
TODAY = {
    "name": "x",
    "alertCreation": "ONE_OPEN_ALERT_ALLOWED",
    "alertPriorityRule": "LOW",
    "list": [{"alertKey": "a"}],
}


def test_todays_words_are_ours_inside_and_back() -> None:
    assert dialect.read(TODAY) == SOURCE
    assert dialect.write(SOURCE, "current") == TODAY
    assert dialect.write(SOURCE, "v1") == SOURCE


def test_both_vocabularies_are_read() -> None:
    assert dialect.read(SOURCE) == SOURCE
    assert dialect.read({"alertKey": "a", "incidentPriorityRule": "LOW"}) == {
        "incidentKey": "a",
        "incidentPriorityRule": "LOW",
    }


@pytest.mark.parametrize("name", sorted(dialect.OPAQUE))
def test_what_belongs_to_others_is_left_alone(name: str) -> None:
    theirs = {name: {"alertKey": 1, "incidentKey": 2, "n": 2**80}}
    assert dialect.read(theirs) == theirs
    assert dialect.write(theirs, "current") == theirs


@pytest.mark.parametrize(
    "ours, today",
    [
        ("IncidentAssignedBySystemLogEntry", "AlertAssignedBySystemLogEntry"),
        ("AlertReceivedLogEntry", "AlertReceivedLogEntry"),
        ("UserResponseLogEntry", "UserResponseLogEntry"),
    ],
)
def test_log_entry_types(ours: str, today: str) -> None:
    assert dialect.write({"logEntryType": ours}, "current") == {"logEntryType": today}


def test_what_no_database_holds_is_refused_with_its_path() -> None:
    with pytest.raises(BadInput) as wrong:
        dialect.read({"alertKey": "a\0", "list": [{"id": 2**63}]})
    assert [problem.path for problem in wrong.value.problems] == ["incidentKey", "list.0.id"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text("abc"),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*dialect.NAMES, "x", "y"]), inner),
    )
)
def test_writing_and_reading_is_the_identity(body: object) -> None:
    assert dialect.read(dialect.write(body, "current")) == body


def test_paths_say_their_dialect() -> None:
    assert dialect.of_path("/api/v1/incidents") == "v1"
    assert dialect.of_path("/api/v1") == "v1"
    assert dialect.of_path("/api/v1x") == "current"
    assert dialect.of_path("/api/alerts") == "current"
    assert dialect.path_of("a.0.incidentKey", "current") == "a.0.alertKey"
