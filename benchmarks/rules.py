"""What a source's rules cost an event: conditions (ICL) and templates (ITL), in processor time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.figures import Figure, rounds
from tocsin.core import conditions, templates
from tocsin.core.events import Event
from tocsin.core.similarity import likeness
from tocsin.core.source_rules import Circumstances, Sent, shape
from tocsin.core.source_settings import PriorityMeaning, PriorityTemplate, SourceRules

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAYLOAD: dict[str, Any] = {
    "status": "firing",
    "host": {"name": "web01.example.org", "team": "net"},
    "level": "critical",
    "tags": ["shop", "search"],
    "values": [{"name": "disk", "value": 97}, {"name": "load", "value": 3}],
    "text": "Disk /var is 97 % full, and fills by 2 % an hour",
}
CONTEXT = {"event": {**PAYLOAD, "priority": "HIGH", "summary": "Disk full on web01"}}
SIMPLE = "event.priority == HIGH"
LONG = (
    "event.status == firing and event.level in [critical, major] and not (event.host.name ends_with '.test') "
    "and (event.values[0].value > 90 or event.text regex '9[0-9] %') and event.tags contains shop"
)
COUNTING = "event.level == critical and trigger_count.10m <= 5"
NAMES = "{{ host.name }} is {{ status }}"
LOOP = "{{ host.name.splitTakeAt('.', 0) }}:{{#values}} {{name}}={{value}}{{/values}} {{ text.extractRegex('[0-9]+ %') }}"
RULES = SourceRules(
    event_filter=LONG,
    resolve_when="event.status == ok",
    create_when="event.status == firing",
    key="{{ host.name }}/{{ values[0].name }}",
    summary=NAMES,
    priority=PriorityTemplate(
        value="{{ level }}", mappings=(PriorityMeaning(value="critical", means="HIGH"),)
    ),
)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    rounds: int = 7
    times: int = 5_000


def measure(size: Size) -> Iterator[Figure]:
    """Every figure, per evaluation."""
    event = Event(event_type="ALERT", summary="s", custom_details=PAYLOAD)
    around = Circumstances(sent=Sent(json.dumps(PAYLOAD).encode()), now=NOW, covers=lambda *_: False)
    for name, text in (("simple", SIMPLE), ("long", LONG), ("counting", COUNTING)):
        yield _figure(f"ICL, {name}", size, _condition(text))
    for name, text in (("names", NAMES), ("loop", LOOP)):
        yield _figure(f"ITL, {name}", size, _template(text))
    yield _figure("all rules of a source", size, lambda: shape(RULES, event, around))
    yield _figure(
        "likeness of two summaries", size, lambda: likeness("Disk full on web01", "CPU hot on db02")
    )
    # Once for every version of a source, not for every event.
    yield _figure("reading the long condition", size, lambda: conditions.parse_tree(LONG), None)


def _condition(text: str) -> Callable[[], object]:
    condition = conditions.parse(text)
    return lambda: condition.judge(CONTEXT, NOW)


def _template(text: str) -> Callable[[], object]:
    template = templates.compile(text)
    return lambda: template.render(PAYLOAD)


def _figure(name: str, size: Size, once: Callable[[], object], aim: float | None = 100) -> Figure:
    def microseconds() -> float:
        started = time.process_time()
        for _ in range(size.times):
            once()
        return (time.process_time() - started) * 1e6 / size.times

    return Figure(name=name, database="none", unit="µs", rounds=rounds(size.rounds, microseconds), below=aim)
