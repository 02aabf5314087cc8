"""A custom body is looked at before it is sent: the same text, and what is odd about it."""

from __future__ import annotations

import pytest

from tests.connections.occasions import occasion
from tocsin.connections.previews import preview
from tocsin.kit.errors import BadInput


@pytest.mark.parametrize(
    "template, text, problems",
    [
        ("{{ alertSummary }} ({{ alert.priority }})", "Disk full on db-1 (HIGH)", []),
        (
            "{{ incidntSummary.upperCase() }}!",
            "!",
            ["incidntSummary is empty for this incident, or there is no such variable"],
        ),
        ('{"text": "{{ details }}{{ incidentDetails }}"}', '{"text": "97 % \\"used\\""}', ["details"]),
        (
            '{"text": "{{{ incidentDetails }}}"}',
            '{"text": "97 % "used""}',
            ["it begins like JSON and is none"],
        ),
        ("[{{ incidentId }}]", "[42]", []),
    ],
)
def test_the_text_is_shown_with_what_is_odd_about_it(template: str, text: str, problems: list[str]) -> None:
    shown = preview(template, occasion(details='97 % "used"'))
    assert shown.text == text
    assert len(shown.problems) == len(problems)
    assert all(found.startswith(begin) for found, begin in zip(shown.problems, problems, strict=True))


def test_a_template_that_cannot_be_read_says_where() -> None:
    with pytest.raises(BadInput) as refused:
        preview("{{ incidentSummary", occasion())
    assert [problem.path for problem in refused.value.problems] == ["template"]
