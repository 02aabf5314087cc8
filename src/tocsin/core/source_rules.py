"""What an alert source does to an event before it is judged: filters in ICL, fields by templates in ITL.

Conditions see `event`: the fields of the event under both dialects' names, and beside them what the tool's payload
holds. Templates see the payload's own fields first, then the event's. A source without rules costs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeVar

from tocsin.core import conditions, templates
from tocsin.core.conditions import Condition, Counters, Covers
from tocsin.core.events import MAX_DETAILS, MAX_KEY, MAX_SUMMARY, Event, EventType, storable_key
from tocsin.core.incidents import Link, ServiceRef
from tocsin.core.source_settings import MAX_HREF, MAX_SERVICES, SourceRules
from tocsin.core.templates import Template
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import encode, field, loads, replace, value

Choice_co = TypeVar("Choice_co", covariant=True)


class _Meaning(Protocol[Choice_co]):
    @property
    def value(self) -> str: ...
    @property
    def means(self) -> Choice_co: ...


@dataclass(frozen=True)
class Sent:
    """A payload as it came: read once, however many events it holds."""

    raw: bytes

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """What the body holds by the tool's own names, if it is a JSON object; nothing of any other."""
        try:
            body = loads(self.raw)
        except BadInput:
            return {}
        return body if isinstance(body, dict) else {}


@value
class Circumstances:
    """What the rules may depend on besides the event."""

    sent: Sent
    now: datetime
    covers: Covers
    counters: Mapping[str, Counters] = field(default_factory=dict)
    """Of the source's conditions, by the name of the condition."""


@value
class Shaped:
    """The event as the rules leave it."""

    event: Event
    dropped: str = ""
    """Why it is dropped; "" if it is not."""
    counters: Mapping[str, Counters] = field(default_factory=dict)
    """Those that changed."""


def checked(rules: SourceRules) -> SourceRules:
    """The rules, if they can be read. Raises BadInput with the wire's name of each that cannot."""
    wrong: list[Problem] = []
    for name, text in _conditions(rules):
        wrong.extend(_problems(lambda name=name, text=text: conditions.parse(text, name)))
    for name, text in _templates(rules):
        wrong.extend(_problems(lambda name=name, text=text: templates.compile(text, name)))
    if wrong:
        raise BadInput(*wrong)
    return rules


def counts(rules: SourceRules) -> bool:
    """Whether any condition counts, so that counters must be kept."""
    return any("trigger_count." in text for _, text in _conditions(rules))


def from_anything(raw: bytes) -> Event:
    """An event of a payload that no parser understands; the rules say what it is. Raises BadInput for no JSON."""
    data = loads(raw)
    return Event(event_type="ALERT", custom_details=data if isinstance(data, dict) else {"payload": data})


def shape(rules: SourceRules, event: Event, around: Circumstances) -> Shaped:
    """Apply the rules to an event. Never raises."""
    ready = _ready(rules)
    own = _fields(event)
    known = _Known(own, event, around.sent)
    judge = _Judge({"event": known}, around)
    if not judge.holds("eventFilter", ready.filter, otherwise=True):
        return Shaped(
            event=event, dropped="the event filter of the source does not hold", counters=judge.changed
        )
    event_type = judge.type_of(event, ready)
    if event_type is None:
        reason = "no condition of the source for creating, accepting or resolving holds"
        return Shaped(event=event, dropped=reason, counters=judge.changed)
    if event_type != event.event_type:
        event = replace(event, event_type=event_type)
    if ready.fills:
        payload = known.payload
        inner = payload.get("event")
        context = {**own, **payload, "event": {**own, **inner} if isinstance(inner, dict) else own}
        event = _filled(event, ready, context)
    return Shaped(event=event, counters=judge.changed)


# Reading them once.


@dataclass(frozen=True, slots=True)
class _Ready:
    """Rules that were read; what cannot be read any more is as if it were not there."""

    rules: SourceRules
    filter: Condition | None
    create: Condition | None
    accept: Condition | None
    resolve: Condition | None
    texts: Mapping[str, Template]
    links: tuple[tuple[Template, Template], ...]
    services: tuple[Template, ...]

    @property
    def fills(self) -> bool:
        """Whether any template says something of the event."""
        return bool(self.texts or self.links or self.services)


@lru_cache(maxsize=1_024)
def _ready(rules: SourceRules) -> _Ready:
    read = {name: _condition(text) for name, text in _conditions(rules)}
    texts = {name: _template(text) for name, text in _plain(rules)}
    links = tuple(
        (text, href)
        for link in rules.links
        if (text := _template(link.text)) and (href := _template(link.href))
    )
    return _Ready(
        rules=rules,
        filter=read.get("eventFilter"),
        create=read.get("eventTypeFilterCreate"),
        accept=read.get("eventTypeFilterAccept"),
        resolve=read.get("eventTypeFilterResolve"),
        texts={name: template for name, template in texts.items() if template is not None},
        links=links,
        services=tuple(template for text in rules.services if (template := _template(text))),
    )


def _condition(text: str) -> Condition | None:
    try:
        return conditions.parse(text)
    except BadInput:
        return None


def _template(text: str) -> Template | None:
    try:
        return templates.compile(text)
    except BadInput:
        return None


def _conditions(rules: SourceRules) -> Iterator[tuple[str, str]]:
    named = (
        ("eventFilter", rules.event_filter),
        ("eventTypeFilterCreate", rules.create_when),
        ("eventTypeFilterAccept", rules.accept_when),
        ("eventTypeFilterResolve", rules.resolve_when),
    )
    return ((name, text) for name, text in named if text.strip())


def _plain(rules: SourceRules) -> Iterator[tuple[str, str]]:
    named = (
        ("incidentKeyTemplate", rules.key),
        ("summaryTemplate", rules.summary),
        ("detailsTemplate", rules.details),
        ("routingTemplate", rules.routing),
        ("priorityTemplate.valueTemplate", rules.priority.value if rules.priority else ""),
        ("severityTemplate.valueTemplate", rules.severity.value if rules.severity else ""),
    )
    return ((name, text) for name, text in named if text)


def _templates(rules: SourceRules) -> Iterator[tuple[str, str]]:
    yield from _plain(rules)
    for place, link in enumerate(rules.links):
        yield f"linkTemplates.{place}.text", link.text
        yield f"linkTemplates.{place}.hrefTemplate", link.href
    for place, text in enumerate(rules.services):
        yield f"servicesTemplate.{place}", text


def _problems(read: Any) -> tuple[Problem, ...]:
    try:
        read()
    except BadInput as refused:
        return refused.problems
    return ()


# Applying them.


class _Judge:
    """Asks conditions, and keeps their counters."""

    def __init__(self, context: Any, around: Circumstances) -> None:
        self.context = context
        self.around = around
        self.changed: dict[str, Counters] = {}

    def holds(self, name: str, condition: Condition | None, *, otherwise: bool) -> bool:
        """Whether a condition holds; `otherwise` if there is none."""
        if condition is None:
            return otherwise
        before = self.around.counters.get(name, _NO_COUNTERS)
        judged = condition.judge(self.context, self.around.now, before, self.around.covers)
        if judged.counters is not before:
            self.changed[name] = judged.counters
        return judged.holds

    def type_of(self, event: Event, ready: _Ready) -> EventType | None:
        """What kind of event it is: the end of a problem is looked for first. None: none of the conditions holds."""
        if self.holds("eventTypeFilterResolve", ready.resolve, otherwise=False):
            return "RESOLVE"
        if self.holds("eventTypeFilterAccept", ready.accept, otherwise=False):
            return "ACCEPT"
        if self.holds("eventTypeFilterCreate", ready.create, otherwise=False):
            return "ALERT"
        return event.event_type if ready.create is None else None


_NO_COUNTERS = Counters()


def _filled(event: Event, ready: _Ready, context: Mapping[str, Any]) -> Event:
    """The event with what its source's templates say; a template that says nothing leaves what was there."""
    said = {name: template.render(context).strip() for name, template in ready.texts.items()}
    rules = ready.rules
    priority = _meant(
        said.get("priorityTemplate.valueTemplate"), rules.priority.mappings if rules.priority else ()
    )
    severity = _meant(
        said.get("severityTemplate.valueTemplate"), rules.severity.mappings if rules.severity else ()
    )
    return replace(
        event,
        key=storable_key(said.get("incidentKeyTemplate", "")) or event.key,
        summary=said.get("summaryTemplate", "")[:MAX_SUMMARY] or event.summary,
        details=said.get("detailsTemplate", "")[:MAX_DETAILS] or event.details,
        routing_key=said.get("routingTemplate", "") or event.routing_key,
        decided_priority=priority or event.decided_priority,
        severity=severity or event.severity,
        links=(*event.links, *_links(ready, context)),
        services=(*event.services, *_services(ready, context))[:MAX_SERVICES],
    )


def _meant(said: str | None, mappings: Sequence[_Meaning[Choice_co]]) -> Choice_co | None:
    if not said:
        return None
    wanted = said.casefold()
    return next((each.means for each in mappings if each.value.strip().casefold() == wanted), None)


def _links(ready: _Ready, context: Mapping[str, Any]) -> Iterator[Link]:
    for text, href in ready.links:
        address = href.render(context).strip()
        if address.lower().startswith(("http://", "https://")) and len(address) <= MAX_HREF:
            yield Link(href=address, text=text.render(context).strip()[:MAX_KEY] or None)


def _services(ready: _Ready, context: Mapping[str, Any]) -> Iterator[ServiceRef]:
    for template in ready.services:
        for alias in template.render(context).split(","):
            if alias.strip():
                yield ServiceRef(alias=alias.strip()[:MAX_KEY])


class _Known(dict[str, Any]):
    """An event's own fields; any other is looked for in the payload, which is not read before."""

    def __init__(self, own: Mapping[str, Any], event: Event, sent: Sent) -> None:
        super().__init__(own)
        self._event = event
        self._sent = sent

    @cached_property
    def payload(self) -> Mapping[str, Any]:
        """What the tool sent."""
        return _payload(self._event, self._sent)

    def get(self, name: str, default: Any = None) -> Any:
        """The event's field, else the payload's."""
        return self[name] if name in self else self.payload.get(name, default)


def _payload(event: Event, sent: Sent) -> dict[str, Any]:
    """What the tool sent, by its own names: the body if it is JSON, and what the parser made of one that is not."""
    found = {**(event.custom_details or {}), **sent.fields}
    message = found.get("Message")
    if isinstance(message, str) and message[:1] in "{[":
        # Amazon SNS carries JSON as a text.
        try:
            found["_ilert"] = {"parsedMessage": loads(message)}
        except BadInput:
            return found
    return found


def _fields(event: Event) -> dict[str, Any]:
    """The event's own fields, under the names of both dialects."""
    # The details are plain data already: encoding them once more took half of the time.
    own: dict[str, Any] = encode(Event, event, without=_DETAILS)
    own.update(alertKey=event.key, incidentKey=event.key, customDetails=dict(event.custom_details or {}))
    return own


_DETAILS = {"custom_details"}
