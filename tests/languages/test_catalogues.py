"""Everything that is said is said in every language."""

from __future__ import annotations

from functools import cache

import pytest

from tocsin import languages
from tocsin.languages import FOLDER, OFFERED, Filled, catalogues, msgid, say, say_many
from tools import texts

GERMAN = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"

# A comment of a translator.
msgid "a \\"quoted\\" line"
msgstr ""
"eine „angeführte“ "
"Zeile"

msgctxt "by hand"
msgid "opened"
msgstr "öffnete"

msgid "{count} gap"
msgid_plural "{count} gaps"
msgstr[0] "{count} Lücke"
msgstr[1] "{count} Lücken"
"""


@cache
def said() -> set[str]:
    return texts.said()


@pytest.mark.parametrize("language", OFFERED[1:])
def test_a_catalogue_has_every_text_that_is_said_and_no_other(language: str) -> None:
    catalogue = catalogues.read((FOLDER / f"{language}.po").read_text("utf-8"))
    assert texts.wanting(catalogue, said()) == []


@pytest.mark.parametrize("language", OFFERED[1:])
def test_a_catalogue_is_as_the_tool_writes_it(language: str) -> None:
    written = (FOLDER / f"{language}.po").read_text("utf-8")
    assert texts.written(catalogues.read(written)) == written


def test_what_is_wrong_with_a_catalogue_is_said() -> None:
    catalogue = {"": "head", "kept {a}": "{b} behalten", "old": "alt", "new": ""}
    assert texts.wanting(catalogue, {"kept {a}", "new", "{n} gap\0{n} gaps"}) == [
        "not translated: new",
        "not translated: {n} gap | {n} gaps",
        "not said any more: old",
        "other blanks: kept {a}",
    ]


def test_a_catalogue_is_read_as_translators_write_it() -> None:
    found = catalogues.read(GERMAN)
    assert found['a "quoted" line'] == "eine „angeführte“ Zeile"
    assert found["by hand\x04opened"] == "öffnete"
    assert found["{count} gap\0{count} gaps"] == "{count} Lücke\0{count} Lücken"
    assert catalogues.read(texts.written(found)) == found


def test_a_file_is_all_that_a_language_needs(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "xx.po").write_text(GERMAN, "utf-8")
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    monkeypatch.setattr(languages, "OFFERED", ("en", "xx"))
    assert say("xx", msgid("opened", "by hand")) == "öffnete"
    assert say("xx", "opened") == "opened"
    assert [say_many("xx", "{count} gap", "{count} gaps", n) for n in (1, 2)] == ["1 Lücke", "2 Lücken"]
    assert languages.preferred("fr-CH, xx;q=0.9") == "xx"


def test_a_text_that_was_filled_in_is_still_said_in_every_language() -> None:
    most = Filled("write at most {max_length} characters", max_length=5)
    assert most == say("en", most) == "write at most 5 characters"
    assert say("de", most) == "höchstens 5 Zeichen schreiben"


def test_english_needs_no_catalogue_and_is_what_unknown_languages_speak() -> None:
    for language in ("en", "tlh"):
        assert say(language, msgid("to {who}", "somewhere"), who="Bo") == "to Bo"
        assert say_many(language, "{count} gap", "{count} gaps", 1) == "1 gap"
        assert say(language, "") == ""
    assert say("de", "") == ""
