"""What the parsers share: a careful look into payloads, and events made tidy.

Rule: a field that is missing or of an odd type is "", never an error; a payload without the fields that
make it what it claims to be is refused with BadInput, so that it opens an incident as it came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.parsers import expat

from tocsin.core.events import MAX_DETAILS, MAX_KEY, MAX_SUMMARY, Event, EventType, storable_key
from tocsin.core.incidents import Comment, Image, Link, Priority
from tocsin.kit.errors import BadInput
from tocsin.kit.value import BOM, dumps, loads
from tocsin.plugins import Inbound

KEYS = frozenset({"apiKey", "integrationKey"})
"""Where the key of the alert source may stand in a body. Whoever reads the incident need not see it."""
MAX_LINKS = 10
MAX_LABELS = 64
MAX_FIELDS = 2_000
MAX_DEPTH = 32
"""Of an XML document."""
_PRIORITIES: Mapping[str, Priority] = {"HIGH": "HIGH", "LOW": "LOW"}
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_BOUNDARY = re.compile(r'multipart/form-data\s*;.{0,100}?\bboundary="?([^";,]{1,70})', re.IGNORECASE)
_PART_NAME = re.compile(rb'(?i)content-disposition:[^\n]{0,100}?;\s*name="?([^";\r\n]{1,255})')


class Doc:
    """An object of a payload. Paths are dotted, numbers go into lists: `alerts.0.labels.severity`."""

    __slots__ = ("data",)

    def __init__(self, data: Any) -> None:
        self.data = data

    def get(self, path: str) -> object:
        """What is at the path, None when there is nothing. A name with dots in it is found as a whole."""
        found = self.data
        if isinstance(found, dict):
            whole = found.get(path)
            if whole is not None or "." not in path:
                return whole
        for part in path.split("."):
            if isinstance(found, dict):
                found = found.get(part)
            elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
                found = found[int(part)]
            else:
                return None
        return found

    def text(self, *paths: str) -> str:
        """The first of these that says anything, as text without space around it."""
        for path in paths:
            found = self.get(path)
            if found is not None and (said := text(found)):
                return said
        return ""

    def word(self, *paths: str) -> str:
        """As `text`, in lower case: a state, a severity."""
        return self.text(*paths).lower()

    def at(self, path: str) -> Doc:
        """The object at the path, an empty one when there is none."""
        return Doc(self.get(path))

    def packed(self, path: str) -> Doc:
        """The object in the JSON text at the path, an empty one when there is none."""
        try:
            return Doc(loads(self.text(path)))
        except BadInput:
            return Doc({})

    def each(self, path: str) -> list[Doc]:
        """The objects of the list at the path."""
        found = self.get(path)
        return [Doc(item) for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    def texts(self, path: str = "") -> dict[str, str]:
        """The names and texts of the object at the path, or of this one, without empty ones."""
        found = self.get(path) if path else self.data
        if not isinstance(found, dict):
            return {}
        return {str(name): said for name, item in found.items() if (said := text(item))}

    def without(self, secret: Callable[[str], bool]) -> Doc:
        """The object without the fields of such names: who reads the incident need not see them."""
        said = self.data if isinstance(self.data, dict) else {}
        return Doc({name: thing for name, thing in said.items() if not secret(str(name))})

    def lines(self, *wanted: str) -> str:
        """A list of what is there: each wanted is "What people call it: path", or "...: path|else path"."""
        return listed({name: self.text(*paths) for name, paths in map(_line, wanted)})

    def __bool__(self) -> bool:
        return bool(self.data)


@cache
def _line(wanted: str) -> tuple[str, tuple[str, ...]]:
    name, paths = wanted.rsplit(": ", 1)
    return name, tuple(paths.split("|"))


def text(thing: object) -> str:
    """Anything as text: what is no text as JSON writes it."""
    if isinstance(thing, str):
        return thing.strip()
    return "" if thing is None or thing in ({}, []) else dumps(thing)


def listed(named: Mapping[str, str]) -> str:
    """One line each for what is not empty."""
    return "\n".join(f"- {name}: {said}" for name, said in named.items() if said)


def joined(*blocks: str) -> str:
    """The blocks that are not empty, with a blank line between them."""
    return "\n\n".join(block for block in blocks if block)


# From bytes to an object.


def read(inbound: Inbound) -> Doc:
    """The object in the body, JSON, form or XML, whatever its content type claims. Raises BadInput."""
    boundary = _BOUNDARY.match(inbound.content_type)
    if boundary:
        return Doc({**inbound.query, **parts(inbound.body, boundary[1].encode("latin-1", "replace"))})
    body = inbound.body.removeprefix(BOM).strip()
    if body[:1] in (b"{", b"["):
        return Doc(loads(body))
    if body[:1] == b"<":
        return Doc(xml_leaves(body))
    if b"=" in body or (not body and inbound.query):
        return Doc({**inbound.query, **form(body)})
    raise BadInput.at("", "neither JSON nor a form nor XML")


def form(body: bytes) -> dict[str, str]:
    """The fields of a form, the first of each name. Raises BadInput."""
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as wrong:
        raise BadInput.at("", f"not a form: {wrong}") from None
    fields: dict[str, str] = {}
    for name, said in pairs:
        fields.setdefault(name, said)
    return fields


def parts(body: bytes, boundary: bytes) -> dict[str, str]:
    """The fields of a form that was sent in parts (multipart/form-data), the first of each name; no files."""
    fields: dict[str, str] = {}
    for part in body.split(b"--" + boundary, MAX_FIELDS)[1:]:
        head, _, said = part.partition(b"\r\n\r\n")
        name = _PART_NAME.search(head)
        if name and b"filename" not in head:
            text_of = said.removesuffix(b"\r\n").decode("utf-8", "replace")
            fields.setdefault(name[1].decode("utf-8", "replace"), text_of)
    return fields


def xml_leaves(body: bytes) -> dict[str, str]:
    """The texts of an XML document by their `key` or `name` attribute, else their tag. Raises BadInput.

    A document type is refused, and with it every entity that is not built in.
    """
    found: dict[str, str] = {}
    texts: list[str] = []
    opened: list[tuple[str, int]] = []  # names, and how many texts there were before theirs

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(opened) >= MAX_DEPTH or len(found) >= MAX_FIELDS:
            raise BadInput.at("", f"XML may have {MAX_DEPTH} levels and {MAX_FIELDS} fields")
        opened.append((attributes.get("key") or attributes.get("name") or tag, len(texts)))

    def end(_tag: str) -> None:
        name, before = opened.pop()
        if said := "".join(texts[before:]).strip():
            found.setdefault(name, said)
        del texts[before:]

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = start
    parser.CharacterDataHandler = texts.append
    parser.EndElementHandler = end
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes it by position only
    except (expat.ExpatError, ValueError, LookupError) as wrong:
        raise BadInput.at("", f"not valid XML: {wrong}") from None
    return found


def _no_doctype(*_declared: object) -> None:
    raise BadInput.at("", "a document type is not allowed in XML")


# From an object to an event.


def web_links(links: Iterable[Link]) -> tuple[Link, ...]:
    """Those that lead into the web, each address once, and not too many."""
    every: dict[str, Link] = {}
    for link in links:
        if _WEB.fullmatch(link.href):
            every.setdefault(link.href, link)
    return tuple(every.values())[:MAX_LINKS]


def event(
    kind: EventType,
    *,
    key: str,
    summary: str,
    details: str = "",
    links: Mapping[str, str] | None = None,
    images: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
    priority: Priority | None = None,
    comment: str = "",
    commented_by: str = "",
    routing_key: str = "",
    or_opens: bool = False,
    raw: Doc | None = None,
) -> Event:
    """A tidy event. Raises BadInput when it lacks what its kind needs: the payload was not recognised."""
    if kind == "ALERT" and not summary.strip():
        raise BadInput.at("", "there is nothing in it that could be a summary")
    if kind != "ALERT" and not key.strip():
        raise BadInput.at("", f"{kind} without anything that tells which incident is meant")
    tidy = [(name[:MAX_KEY], said[:MAX_SUMMARY]) for name, said in (labels or {}).items() if said]
    return Event(
        event_type=kind,
        summary=" ".join(summary.split())[:MAX_SUMMARY],
        details=details.strip()[:MAX_DETAILS],
        key=storable_key(key),
        priority=priority,
        images=tuple(Image(src=link.href) for link in web_links(Link(href=src) for src in images)),
        links=web_links(Link(href=href, text=name) for name, href in (links or {}).items()),
        labels=dict(tidy[:MAX_LABELS]),
        custom_details=_shown(raw),
        comments=(Comment(creator=commented_by or None, content=comment[:MAX_DETAILS]),) if comment else (),
        routing_key=routing_key,
        or_opens=or_opens,
    )


def _shown(raw: Doc | None) -> dict[str, Any] | None:
    if raw is None or not isinstance(raw.data, dict):
        return None
    return raw.data if raw.data.keys().isdisjoint(KEYS) else raw.without(KEYS.__contains__).data


def priority(said: str) -> Priority | None:
    """Our own word for a priority, in any case; None for any other word."""
    return _PRIORITIES.get(said.upper())


def kind_of(
    said: str, *, opens: str, resolves: str = "", accepts: str = "", where: str = "the state"
) -> EventType:
    """What a word for a state means; each argument lists words. Raises BadInput for any other word."""
    kinds: tuple[tuple[EventType, str], ...] = (("ALERT", opens), ("RESOLVE", resolves), ("ACCEPT", accepts))
    for kind, words in kinds:
        if said and said.lower() in words.split():
            return kind
    raise BadInput.at("", f"{where} {said!r} is not one that is known")


def numbered(texts: Iterable[str]) -> Iterator[str]:
    """Texts as a list of points."""
    return (f"- {said}" for said in texts)


def require(found: Any, what: str) -> None:
    """Refuse a payload that lacks what makes it one. Raises BadInput."""
    if not found:
        raise BadInput.at("", f"this is not {what}")
