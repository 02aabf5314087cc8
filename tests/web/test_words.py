"""What the pages call things."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from tocsin.core.delivery import Outcome, State
from tocsin.core.incidents import Priority, Status
from tocsin.core.people import Role
from tocsin.web.words import CODES, translate


@pytest.mark.parametrize("codes", [Status, Priority, State, Role, Outcome])
def test_every_code_has_a_word(codes: object) -> None:
    assert set(codes.__args__) - CODES.keys() == set()  # type: ignore[attr-defined]


def test_values_are_escaped_unless_they_are_markup() -> None:
    assert translate("en", "to {who}", who="<b>") == "to <b>"
    mixed = translate("de", "escalates to {who} in {left}", who="<b>", left=Markup("<time>1</time>"))
    assert mixed == "eskaliert zu &lt;b&gt; in <time>1</time>"
