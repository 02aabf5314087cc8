"""Every registered integration: what its examples become, that it is documented, and that nothing breaks it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.expected import CASES, HEADERS, NOTHING, QUERIES, Case
from tocsin.core.events import MAX_KEY, Event, EventType, NothingToReport
from tocsin.integrations import broker_messages, prometheus, speaking, webhook
from tocsin.kit.errors import BadInput
from tocsin.kit.value import decode_json, encode_json
from tocsin.plugins import Inbound, Integration, integrations

DATA = Path(__file__).parent / "data"
DOCS = Path(__file__).parents[2] / "docs" / "integrations"
CONTENT = {
    ".json": "application/json",
    ".xml": "application/xml",
    ".form": "application/x-www-form-urlencoded",
}
TOOLS = tuple(sorted(integrations().values(), key=lambda tool: tool.type))
PARSERS = tuple({tool.parse: tool for tool in TOOLS}.values())
"""One tool of those that share a parser."""
FILES = [path.name for path in sorted(DATA.iterdir())]


def named(file: str) -> Integration:
    """The integration that a file's name begins with."""
    return next(tool for tool in TOOLS if tool.slug == file.partition("_")[0])


def sent(file: str, body: bytes | None = None) -> Inbound:
    """A recorded payload as it arrives. A `.query` file is what stands behind the question mark."""
    path = DATA / file
    body = path.read_bytes().rstrip(b"\n") if body is None else body
    headers, query = HEADERS.get(file, {}), QUERIES.get(file, {})
    if path.suffix == ".query":
        pairs = (pair.partition("=") for pair in body.decode("utf-8", "replace").split("&"))
        return Inbound(body=b"", query={name: said for name, _, said in pairs}, headers=headers)
    content = CONTENT.get(path.suffix, "text/plain")
    return Inbound(body=body, content_type=content, headers=headers, query=query)


def outcome(tool: Integration, inbound: Inbound) -> tuple[Event, ...]:
    """What a payload becomes; nothing when it is refused or needs nothing. Whatever comes is fit to be stored."""
    try:
        events = tool.parse(inbound)
    except (BadInput, NothingToReport):
        return ()
    assert events
    for event in events:
        assert event.summary.strip() or event.event_type != "ALERT"
        assert event.key.strip() or event.event_type == "ALERT"
        assert (
            tool.strict or tool.parse in (speaking.parse, broker_messages.parse) or len(event.key) <= MAX_KEY
        )
        assert decode_json(Event, encode_json(Event, event)).event_type == event.event_type
    return events


# What the examples become.


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_what_an_example_becomes(case: Case) -> None:
    (event,) = outcome(named(case.file), sent(case.file))
    assert (event.event_type, event.key, event.summary) == (case.kind, case.key, case.summary)
    assert case.details in event.details
    found = {
        "links": {link.text: link.href for link in event.links},
        "comments": [(comment.creator, comment.content) for comment in event.comments],
        "images": [image.src for image in event.images],
    }
    for name, wanted in case.also.items():
        assert found.get(name, getattr(event, name)) == wanted, name


@pytest.mark.parametrize("file, reason", NOTHING, ids=lambda said: said)
def test_what_is_understood_and_needs_nothing(file: str, reason: str) -> None:
    with pytest.raises(NothingToReport) as told:
        named(file).parse(sent(file))
    assert told.value.message == reason


@pytest.mark.parametrize("kind", ["ACCEPT", "RESOLVE"])
@pytest.mark.parametrize("tool", [t for t in TOOLS if t.parse is speaking.parse], ids=lambda t: t.type)
def test_a_tool_that_speaks_our_json_answers_what_it_opened(tool: Integration, kind: EventType) -> None:
    opened = json.loads((DATA / f"{tool.slug}_alert.json").read_text("utf-8"))
    (answer,) = outcome(tool, Inbound(body=json.dumps(opened | {"eventType": kind}).encode()))
    (first,) = outcome(tool, sent(f"{tool.slug}_alert.json"))
    assert (answer.event_type, answer.key) == (kind, first.key)


# That they keep to the rules.


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.type)
def test_a_tool_has_its_page_and_an_example_of_all_that_it_can_do(tool: Integration) -> None:
    page = (DOCS / f"{tool.page or tool.slug}.md").read_text("utf-8")
    assert tool.page or page.startswith(f"# {tool.name}\n")
    assert all(said in page for said in (tool.type, tool.opens, tool.accepts, tool.resolves))
    assert tool.strict or tool.page or f"/api/v1/events/{tool.slug}" in page
    assert not re.search(r"\whttps://", page), "an address has taken the place of a part of a word"
    if tool.parse in (prometheus.parse, speaking.parse, webhook.parse) or tool.strict:
        return  # shown once, for all of them
    stated = {"ALERT": tool.opens, "ACCEPT": tool.accepts, "RESOLVE": tool.resolves}
    shown = {case.kind for case in CASES if named(case.file) is tool and case.kind in stated}
    assert shown == {kind for kind, how in stated.items() if how}


def test_every_example_is_expected_to_become_something() -> None:
    listed = {case.file for case in CASES} | {file for file, _ in NOTHING}
    assert {file for file in FILES if not file.startswith(("api_", "prometheus_"))} == listed


def test_slugs_are_taken_once() -> None:
    slugs = [slug for tool in TOOLS for slug in (tool.slug, *tool.aliases)]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("file", FILES)
def test_the_same_payload_means_the_same_again(file: str) -> None:
    assert outcome(named(file), sent(file)) == outcome(named(file), sent(file))


# That nothing breaks them.


@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(["application/json", "multipart/form-data; boundary=-", ""]),
)
def test_any_bytes(body: bytes, kind: str) -> None:
    for tool in PARSERS:
        outcome(tool, Inbound(body=body, content_type=kind))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(data=ANYTHING)
def test_any_json(data: Any) -> None:
    for tool in PARSERS:
        outcome(tool, Inbound(body=json.dumps(data).encode()))


@given(fields=st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=5))
def test_any_form(fields: dict[str, str]) -> None:
    # Lone surrogates are no text that could be sent.
    body = urlencode(fields, errors="replace").encode()
    for tool in PARSERS:
        outcome(tool, Inbound(body=body, content_type=CONTENT[".form"]))


@given(data=st.data(), value=ANYTHING)
def test_any_value_in_any_field_of_an_example(data: st.DataObject, value: Any) -> None:
    file = data.draw(
        st.sampled_from([name for name in FILES if name.endswith(".json") and "script" not in name])
    )
    document = json.loads((DATA / file).read_text("utf-8"))
    place = data.draw(st.sampled_from(list(places(document))))
    outcome(named(file), sent(file, json.dumps(changed(document, place, value)).encode()))


@pytest.mark.parametrize("file", FILES)
def test_an_example_that_is_cut_short(file: str) -> None:
    whole = (DATA / file).read_bytes().strip()
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        outcome(named(file), sent(file, whole[:length]))


@pytest.mark.parametrize("file", [name for name in FILES if name.endswith(".json") and "script" not in name])
def test_an_example_with_fields_of_the_wrong_type(file: str) -> None:
    document = json.loads((DATA / file).read_text("utf-8"))
    for place in places(document):
        for wrong in (None, 7, [1], {"a": 1}, "x", ""):
            outcome(named(file), sent(file, json.dumps(changed(document, place, wrong)).encode()))


def places(document: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a JSON document."""
    yield here
    if isinstance(document, dict):
        for name, inner in document.items():
            yield from places(inner, (*here, name))
    elif isinstance(document, list):
        for number, inner in enumerate(document):
            yield from places(inner, (*here, number))


def changed(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place."""
    if not place:
        return value
    copy = document.copy()
    copy[place[0]] = changed(document[place[0]], place[1:], value)
    return copy
