"""What tools send: processor time for one payload to become an event and pass a filter, over the tests' examples."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, rounds
from benchmarks.rules import NOW
from tocsin.core.source_rules import Circumstances, Sent, shape
from tocsin.core.source_settings import SourceRules
from tocsin.plugins import Inbound, Integration, integrations

DATA = Path(__file__).parent.parent / "tests" / "integrations" / "data"
COMMONEST = (
    "api_alert.json",
    "prometheus_firing.json",
    "grafana_firing.json",
    "cloudwatch_alarm.json",
    "datadog_triggered.json",
    "zabbix_mt_problem.json",
    "nagios_problem.xml",
    "checkmk_problem.json",
    "newrelic_activated.json",
    "azurealerts_fired.json",
    "uptimekuma_down.json",
)
FILTER = SourceRules(event_filter="event.eventType == ALERT and not (event.summary contains test)")
"""What most sources are told, if anything."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    rounds: int = 7
    events: int = 2_000


def measure(size: Size) -> Iterator[Figure]:
    """Two figures for each of the commonest tools: without rules, and with a filter."""
    tools = {tool.slug: tool for tool in integrations().values()}
    for name in COMMONEST:
        tool = tools[name.partition("_")[0]]
        inbound = Inbound(body=(DATA / name).read_bytes())
        ways = (
            ("parse", partial(tool.parse, inbound)),
            ("parse and filter", partial(_filtered, tool, inbound)),
        )
        for what, once in ways:
            yield Figure(
                name=f"{what} {tool.name}",
                database="none",
                unit="µs",
                rounds=rounds(size.rounds, partial(_microseconds, once, size.events)),
                below=100.0,
                note=f"{len(inbound.body):,} bytes",
            )


def _filtered(tool: Integration, inbound: Inbound) -> None:
    around = Circumstances(sent=Sent(inbound.body), now=NOW, covers=lambda *_: False)
    for event in tool.parse(inbound):
        shape(FILTER, event, around)


def _microseconds(once: Callable[[], object], events: int) -> float:
    begun = time.process_time()
    for _ in range(events):
        once()
    return (time.process_time() - begun) / events * 1_000_000
