"""What the pages call things."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from tocsin.core.delivery import Outcome, State
from tocsin.core.incidents import Priority, Status
from tocsin.core.people import Role
from tocsin.core.teams import Team
from tocsin.kit.errors import BadInput
from tocsin.kit.value import decode
from tocsin.web.show import problems_by_field
from tocsin.web.words import CODES, translate


@pytest.mark.parametrize("codes", [Status, Priority, State, Role, Outcome])
def test_every_code_has_a_word(codes: object) -> None:
    assert set(codes.__args__) - CODES.keys() == set()  # type: ignore[attr-defined]


def test_values_are_escaped_unless_they_are_markup() -> None:
    assert translate("en", "to {who}", who="<b>") == "to <b>"
    mixed = translate("de", "escalates to {who} in {left}", who="<b>", left=Markup("<time>1</time>"))
    assert mixed == "eskaliert zu &lt;b&gt; in <time>1</time>"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "bitte ausfüllen"),
        ({"name": ""}, "bitte ausfüllen"),
        ({"name": "x" * 300}, "höchstens 255 Zeichen schreiben"),
    ],
)
def test_a_form_says_in_the_readers_language_what_the_schema_refuses(form: object, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        decode(Team, form)
    assert translate("de", problems_by_field(refused.value)["name"]) == said
