"""What tools send: processor time for one payload to become an event, over the recorded examples of the tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, rounds
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


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    rounds: int = 7
    events: int = 2_000


def measure(size: Size) -> Iterator[Figure]:
    """One figure for each of the commonest tools."""
    tools = {tool.slug: tool for tool in integrations().values()}
    for name in COMMONEST:
        tool = tools[name.partition("_")[0]]
        inbound = Inbound(body=(DATA / name).read_bytes())

        yield Figure(
            name=f"parse {tool.name}",
            database="none",
            unit="µs",
            rounds=rounds(size.rounds, partial(_microseconds, tool, inbound, size.events)),
            below=100.0,
            note=f"{len(inbound.body):,} bytes",
        )


def _microseconds(tool: Integration, inbound: Inbound, events: int) -> float:
    begun = time.process_time()
    for _ in range(events):
        tool.parse(inbound)
    return (time.process_time() - begun) / events * 1_000_000
