"""What an alert source can be told about the events that come: conditions in ICL, templates in ITL, as texts.

`core.source_rules` reads and applies them.
"""

from __future__ import annotations

from typing import Annotated

from tocsin.core import conditions, templates
from tocsin.core.incidents import Priority, Severity
from tocsin.kit.value import MaxLen, value

MAX_LINKS = 10
MAX_SERVICES = 15
MAX_MAPPINGS = 100
MAX_HREF = 2_048

Text = Annotated[str, MaxLen(templates.MAX_LENGTH)]
Icl = Annotated[str, MaxLen(conditions.MAX_LENGTH)]


@value
class LinkTemplate:
    """A link that every incident gets."""

    text: Text
    href: Text


@value
class PriorityMeaning:
    """Which priority a value means; case does not matter."""

    value: Annotated[str, MaxLen(255)]
    means: Priority


@value
class SeverityMeaning:
    """Which severity a value means; case does not matter."""

    value: Annotated[str, MaxLen(255)]
    means: Severity


@value
class PriorityTemplate:
    """A value from the payload, and which priority it means."""

    value: Text
    mappings: Annotated[tuple[PriorityMeaning, ...], MaxLen(MAX_MAPPINGS)] = ()


@value
class SeverityTemplate:
    """A value from the payload, and which severity it means."""

    value: Text
    mappings: Annotated[tuple[SeverityMeaning, ...], MaxLen(MAX_MAPPINGS)] = ()


@value
class SourceRules:
    """The templates and conditions of a source; "" is none."""

    event_filter: Icl = ""
    """Events for which it does not hold are dropped."""
    create_when: Icl = ""
    accept_when: Icl = ""
    resolve_when: Icl = ""
    key: Text = ""
    summary: Text = ""
    details: Text = ""
    routing: Text = ""
    links: Annotated[tuple[LinkTemplate, ...], MaxLen(MAX_LINKS)] = ()
    priority: PriorityTemplate | None = None
    severity: SeverityTemplate | None = None
    services: Annotated[tuple[Text, ...], MaxLen(MAX_LINKS)] = ()

    @property
    def read_anything(self) -> bool:
        """Whether they can make an event of a payload that the source's own parser does not understand."""
        return bool(self.create_when or self.accept_when or self.resolve_when or self.summary)
