"""The reading tools that every parser relies on."""

from __future__ import annotations

import pytest

from tocsin.core.events import MAX_KEY, storable_key
from tocsin.core.incidents import Link
from tocsin.integrations.reading import (
    MAX_DEPTH,
    MAX_FIELDS,
    MAX_LINKS,
    Doc,
    event,
    form,
    kind_of,
    read,
    web_links,
    xml_leaves,
)
from tocsin.kit.errors import BadInput
from tocsin.plugins import Inbound

ALERT = Doc({"a": {"b": [{"c": " deep "}, 7]}, "x.y": "dotted", "n": 0, "no": None, "empty": {}})


@pytest.mark.parametrize(
    "path, found",
    [
        ("a.b.0.c", "deep"),
        ("a.b.1", "7"),
        ("a.b", '[{"c":" deep "},7]'),
        ("a.b.9.c", ""),
        ("a.b.-1", ""),
        ("a.b.0.c.d", ""),
        ("x.y", "dotted"),
        ("n", "0"),
        ("no", ""),
        ("empty", ""),
        ("", ""),
    ],
)
def test_a_path_finds_text_or_nothing(path: str, found: str) -> None:
    assert ALERT.text(path) == found


def test_the_first_that_says_anything_counts() -> None:
    assert ALERT.text("no", "empty", "a.b.0.c", "n") == "deep"
    assert (
        ALERT.lines("What: a.b.0.c", "None: no", "Key: with colon: n") == "- What: deep\n- Key: with colon: 0"
    )
    assert ALERT.each("a.b")[0].texts() == {"c": "deep"}
    assert not ALERT.at("empty")


@pytest.mark.parametrize(
    "body, found",
    [
        (b' {"a": 1}', "1"),
        (b"a=1&b=2&a=3", "1"),
        (b"<?xml version='1.0'?><e><a> 1 </a></e>", "1"),
        (b"<e><entry key='a'>1</entry></e>", "1"),
        (b'\xef\xbb\xbf{"a": 1}', "1"),
        (b"", None),
        (b"plain words", None),
        (b'{"a": 1', None),
        (b"<a>", None),
        (b"<a>&undeclared;</a>", None),
        (b"<?xml version='1.0' encoding='nonsense'?><a>1</a>", None),
    ],
)
def test_a_body_is_known_by_its_look(body: bytes, found: str | None) -> None:
    if found is None:
        with pytest.raises(BadInput):
            read(Inbound(body=body, content_type="application/json"))
    else:
        assert read(Inbound(body=body)).text("a") == found


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE e [<!ENTITY a "x">]><e>&a;</e>',
        '<!DOCTYPE e SYSTEM "file:///etc/passwd"><e/>',
        '<!DOCTYPE e PUBLIC "x" "http://192.0.2.1/"><e/>',
        "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1),
        "<e>" + "".join(f"<a{n}>1</a{n}>" for n in range(MAX_FIELDS + 1)) + "</e>",
    ],
    ids=["entity", "file", "network", "deep", "wide"],
)
def test_xml_that_would_do_harm_is_refused(xml: str) -> None:
    with pytest.raises(BadInput):
        xml_leaves(xml.encode())


def test_a_form_has_a_limit() -> None:
    with pytest.raises(BadInput, match="not a form"):
        form(b"&".join(b"a=%d" % number for number in range(MAX_FIELDS + 1)))


def test_an_event_is_tidy() -> None:
    found = event(
        "ALERT",
        key="k" * 300,
        summary="  one\n two ",
        links={"Bad": "javascript:alert(1)", "Also bad": "https://a b", "Good": "https://a.example/"},
        images=("data:image/png;base64,AA", "https://a.example/i.png"),
        labels={"empty": "", "full": "x"},
    )
    assert (found.summary, len(found.key), found.labels) == ("one two", 64, {"full": "x"})
    assert found.links == (Link(href="https://a.example/", text="Good"),)
    assert [image.src for image in found.images] == ["https://a.example/i.png"]


def test_an_event_that_lacks_what_it_needs_is_refused() -> None:
    with pytest.raises(BadInput, match="summary"):
        event("ALERT", key="k", summary=" ")
    for kind in ("ACCEPT", "RESOLVE"):
        with pytest.raises(BadInput, match="which incident"):
            event(kind, key="", summary="s")


def test_keys_and_links_have_a_limit() -> None:
    assert storable_key("k" * MAX_KEY) == "k" * MAX_KEY
    assert storable_key("k" * 256) != storable_key("k" * 257)
    assert len(web_links(Link(href=f"https://x/{n}") for n in range(99))) == MAX_LINKS


def test_a_state_that_is_not_known_is_refused() -> None:
    assert [kind_of(word, opens="down bad", resolves="up") for word in ("DOWN", "up")] == ["ALERT", "RESOLVE"]
    for word in ("", "sideways", "down bad"):
        with pytest.raises(BadInput):
            kind_of(word, opens="down bad", resolves="up")
