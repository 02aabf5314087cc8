"""Everything that the pages say is said in German too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import Markup

from tocsin.core.delivery import Outcome, State
from tocsin.core.incidents import Priority, Status
from tocsin.core.people import Role
from tocsin.web import show
from tocsin.web.german import GERMAN
from tocsin.web.navigation import GROUPS
from tocsin.web.words import CODES, translate

SAID = re.compile(r"""\bt\(\s*(?:"([^"]+)"|'([^']+)')""")


@pytest.mark.parametrize("template", sorted((show.FOLDER / "templates").glob("*.html")), ids=lambda p: p.name)
def test_templates_say_what_the_table_knows(template: Path) -> None:
    said = {first or second for first, second in SAID.findall(template.read_text())}
    assert said - GERMAN.keys() == set()


def test_the_places_of_the_navigation_have_german_names() -> None:
    labels = {text for group in GROUPS for text in (group.label, *(item.label for item in group.items))}
    assert labels - {""} - GERMAN.keys() == set()


def test_blanks_are_the_same_in_both_languages() -> None:
    blanks = re.compile(r"{(\w+)}")
    assert [en for en, de in GERMAN.items() if set(blanks.findall(en)) != set(blanks.findall(de))] == []


@pytest.mark.parametrize("codes", [Status, Priority, State, Role, Outcome])
def test_every_code_has_a_word(codes: object) -> None:
    known = set(codes.__args__)  # type: ignore[attr-defined]
    assert known - CODES.keys() == set()
    assert known - GERMAN.keys() == set()


def test_values_are_escaped_unless_they_are_markup() -> None:
    assert translate("en", "to {who}", who="<b>") == "to <b>"
    mixed = translate("de", "escalates to {who} in {left}", who="<b>", left=Markup("<time>1</time>"))
    assert mixed == "eskaliert zu &lt;b&gt; in <time>1</time>"
