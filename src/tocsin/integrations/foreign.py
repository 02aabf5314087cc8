"""Reading what was written for another product: JSON of any shape, by hand and without trust."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tocsin.core.incidents import Link
from tocsin.kit.errors import BadInput
from tocsin.kit.value import dumps, loads

MAX_LINES = 200
MAX_LINKS = 10


def mapping(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises BadInput for anything else."""
    found = loads(body)
    if not isinstance(found, dict):
        raise BadInput.at("", "a JSON object is expected")
    return {str(name): content for name, content in found.items()}


def inner(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object in a field; {} when there is none."""
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def items(of: Mapping[str, Any], name: str) -> list[Any]:
    """The list in a field; [] when there is none."""
    found = of.get(name)
    return found if isinstance(found, list) else []


def text(thing: object) -> str:
    """Anything as a text: JSON as JSON writes it, nothing as ""."""
    return thing.strip() if isinstance(thing, str) else "" if thing is None else dumps(thing)


def lines(pairs: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> Iterator[str]:
    """`- name: text` for everything that says something."""
    listed = pairs.items() if isinstance(pairs, Mapping) else pairs
    for number, (name, thing) in enumerate(listed):
        if number >= MAX_LINES:
            yield "- and more"
            return
        said = text(thing)
        if said:
            yield f"- {name}: {said}"


def links(found: Iterable[tuple[object, object]]) -> tuple[Link, ...]:
    """Links (address, words) that lead to web pages; each address once."""
    every: dict[str, Link] = {}
    for href, words in found:
        address = text(href)
        if address.lower().startswith(("http://", "https://")):
            every.setdefault(address, Link(href=address, text=text(words) or None))
    return tuple(every.values())[:MAX_LINKS]
