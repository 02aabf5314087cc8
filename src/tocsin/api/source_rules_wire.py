"""Templates and conditions of alert sources on the wire.

A template is a text, or the pieces that the product's forms make; either may be sent, and `include=textTemplate` asks
for the text instead of the pieces.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Annotated, Any, Literal

from tocsin.core import templates
from tocsin.core.incidents import Priority, Severity
from tocsin.core.source_settings import (
    MAX_LINKS,
    MAX_MAPPINGS,
    Icl,
    LinkTemplate,
    PriorityMeaning,
    PriorityTemplate,
    SeverityMeaning,
    SeverityTemplate,
    SourceRules,
    Text,
)
from tocsin.core.templates import Element
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, named, value

Include = Literal[
    "summaryTemplate",
    "detailsTemplate",
    "routingTemplate",
    "alertKeyTemplate",
    "servicesTemplate",
    "linkTemplates",
    "priorityTemplate",
    "severityTemplate",
    "textTemplate",
    "eventFilter",
    "eventTypeFilterCreate",
    "eventTypeFilterAccept",
    "eventTypeFilterResolve",
]


@value
class ArgumentWire:
    """An argument of a function: a text or a number."""

    text: Annotated[Annotated[str, MaxLen(1_000)] | None, named("S")] = None
    number: Annotated[int | None, named("N")] = None


@value
class ElementWire:
    """One piece of a template."""

    type: Literal["TEXT", "VAR", "RAW"]
    val: Text = ""
    """TEXT: the text; VAR: a path; RAW: a piece of the template language."""
    func: Annotated[str, MaxLen(100)] | None = None
    args: Annotated[tuple[ArgumentWire, ...], MaxLen(10)] | None = None


@value
class TemplateWire:
    """A template (ITL): `{{ host.name }} is down`."""

    text_template: Text | None = None
    elements: Annotated[tuple[ElementWire, ...], MaxLen(2_000)] | None = None
    """The same in pieces; what counts if both are sent is the text."""


@value
class LinkTemplateWire:
    """A link that every incident of the source gets."""

    text: Text | None = None
    link_text_template: TemplateWire | None = None
    """Instead of `text`."""
    href_template: TemplateWire


@value
class PriorityMapping:
    """Which priority a value means."""

    value: Annotated[str, MaxLen(255)]
    priority: Priority


@value
class PriorityTemplateWire:
    """The priority, from a value of the payload."""

    value_template: TemplateWire
    mappings: Annotated[tuple[PriorityMapping, ...], MaxLen(MAX_MAPPINGS)]


@value
class SeverityMapping:
    """Which severity a value means."""

    value: Annotated[str, MaxLen(255)]
    severity: Severity


@value
class SeverityTemplateWire:
    """The severity, from a value of the payload."""

    value_template: TemplateWire
    mappings: Annotated[tuple[SeverityMapping, ...], MaxLen(MAX_MAPPINGS)]


@value
class RulesWire:
    """What a source does to events before they are judged. Shown as far as `include` asks for it."""

    event_filter: Icl | None = None
    """With include=eventFilter: events for which this condition (ICL) does not hold are dropped."""
    event_type_filter_create: Icl | None = None
    event_type_filter_accept: Icl | None = None
    event_type_filter_resolve: Icl | None = None
    incident_key_template: TemplateWire | None = None
    summary_template: TemplateWire | None = None
    details_template: TemplateWire | None = None
    routing_template: TemplateWire | None = None
    link_templates: Annotated[tuple[LinkTemplateWire, ...], MaxLen(MAX_LINKS)] | None = None
    priority_template: PriorityTemplateWire | None = None
    severity_template: SeverityTemplateWire | None = None
    services_template: Annotated[tuple[TemplateWire, ...], MaxLen(MAX_LINKS)] | None = None


# What was sent.


def rules(wire: RulesWire) -> SourceRules | None:
    """The rules that the wire's fields make; None for none, which costs an event nothing."""
    made = SourceRules(
        event_filter=(wire.event_filter or "").strip(),
        create_when=(wire.event_type_filter_create or "").strip(),
        accept_when=(wire.event_type_filter_accept or "").strip(),
        resolve_when=(wire.event_type_filter_resolve or "").strip(),
        key=text(wire.incident_key_template, "incidentKeyTemplate"),
        summary=text(wire.summary_template, "summaryTemplate"),
        details=text(wire.details_template, "detailsTemplate"),
        routing=text(wire.routing_template, "routingTemplate"),
        links=links(wire.link_templates or ()),
        priority=priority(wire.priority_template),
        severity=severity(wire.severity_template),
        services=tuple(
            text(template, f"servicesTemplate.{place}")
            for place, template in enumerate(wire.services_template or ())
        ),
    )
    return None if made == SourceRules() else made


def text(wire: TemplateWire | None, field: str) -> str:
    """The text of a template, "" for none. Raises BadInput."""
    if wire is None:
        return ""
    if wire.text_template is not None:
        return wire.text_template
    return templates.from_elements(tuple(_element(each) for each in wire.elements or ()), field).text


def links(wires: Iterable[LinkTemplateWire]) -> tuple[LinkTemplate, ...]:
    """The templates of links. Raises BadInput."""
    return tuple(_link(wire, f"linkTemplates.{place}") for place, wire in enumerate(wires))


def priority(wire: PriorityTemplateWire | None) -> PriorityTemplate | None:
    """The template of the priority. Raises BadInput."""
    if wire is None:
        return None
    mappings = tuple(PriorityMeaning(value=each.value, means=each.priority) for each in wire.mappings)
    return PriorityTemplate(
        value=text(wire.value_template, "priorityTemplate.valueTemplate"), mappings=mappings
    )


def severity(wire: SeverityTemplateWire | None) -> SeverityTemplate | None:
    """The template of the severity. Raises BadInput."""
    if wire is None:
        return None
    mappings = tuple(SeverityMeaning(value=each.value, means=each.severity) for each in wire.mappings)
    return SeverityTemplate(
        value=text(wire.value_template, "severityTemplate.valueTemplate"), mappings=mappings
    )


def _link(wire: LinkTemplateWire, field: str) -> LinkTemplate:
    said = wire.text or ""
    if wire.link_text_template is not None:
        said = text(wire.link_text_template, f"{field}.linkTextTemplate")
    href = text(wire.href_template, f"{field}.hrefTemplate")
    if not href.strip():
        raise BadInput.at(f"{field}.hrefTemplate", "say where the link leads to")
    return LinkTemplate(text=said, href=href)


def _element(wire: ElementWire) -> Element:
    arguments = tuple(
        each.number if each.text is None and each.number is not None else each.text or ""
        for each in wire.args or ()
    )
    return Element(type=wire.type, val=wire.val, func=wire.func or None, args=arguments)


# What is shown.


def shown(kept: SourceRules | None, include: AbstractSet[Include]) -> dict[str, Any]:
    """The fields of the wire that `include` asks for."""
    if kept is None or not include:
        return {}
    as_text = "textTemplate" in include
    found: dict[str, Any] = {}
    for name, field, said in (
        ("eventFilter", "event_filter", kept.event_filter),
        ("eventTypeFilterCreate", "event_type_filter_create", kept.create_when),
        ("eventTypeFilterAccept", "event_type_filter_accept", kept.accept_when),
        ("eventTypeFilterResolve", "event_type_filter_resolve", kept.resolve_when),
    ):
        if name in include:
            found[field] = said or None
    for name, field, said in (
        ("alertKeyTemplate", "incident_key_template", kept.key),
        ("summaryTemplate", "summary_template", kept.summary),
        ("detailsTemplate", "details_template", kept.details),
        ("routingTemplate", "routing_template", kept.routing),
    ):
        if name in include and said:
            found[field] = _template(said, as_text=as_text)
    return {**found, **_nested(kept, include, as_text=as_text)}


def _nested(kept: SourceRules, include: AbstractSet[Include], *, as_text: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "linkTemplates" in include and kept.links:
        found["link_templates"] = tuple(_shown_link(link, as_text=as_text) for link in kept.links)
    if "servicesTemplate" in include and kept.services:
        found["services_template"] = tuple(_template(said, as_text=as_text) for said in kept.services)
    if "priorityTemplate" in include and kept.priority is not None:
        found["priority_template"] = PriorityTemplateWire(
            value_template=_template(kept.priority.value, as_text=as_text),
            mappings=tuple(PriorityMapping(value=m.value, priority=m.means) for m in kept.priority.mappings),
        )
    if "severityTemplate" in include and kept.severity is not None:
        found["severity_template"] = SeverityTemplateWire(
            value_template=_template(kept.severity.value, as_text=as_text),
            mappings=tuple(SeverityMapping(value=m.value, severity=m.means) for m in kept.severity.mappings),
        )
    return found


def _shown_link(link: LinkTemplate, *, as_text: bool) -> LinkTemplateWire:
    said = _template(link.text, as_text=as_text) if "{{" in link.text else None
    return LinkTemplateWire(
        text=link.text, link_text_template=said, href_template=_template(link.href, as_text=as_text)
    )


def _template(said: str, *, as_text: bool) -> TemplateWire:
    if as_text:
        return TemplateWire(text_template=said)
    try:
        return TemplateWire(elements=tuple(_shown_element(e) for e in templates.compile(said).elements()))
    except BadInput:
        # It was readable once: better its text than nothing.
        return TemplateWire(text_template=said)


def _shown_element(element: Element) -> ElementWire:
    arguments = tuple(
        ArgumentWire(number=each) if isinstance(each, int) else ArgumentWire(text=each)
        for each in element.args
    )
    return ElementWire(
        type=element.type, val=element.val, func=element.func, args=arguments if element.func else None
    )
