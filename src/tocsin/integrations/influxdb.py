"""InfluxDB 2, by a notification endpoint of type HTTP."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, listed, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The check's level as an event; the check and the series' tags are the key."""
    said = read(inbound)
    check, level = said.text("_check_id", "_check_name"), said.text("_level")
    require(check and level, "a notification of InfluxDB's: _check_id and _level are missing")
    own = {name: text for name, text in said.texts().items() if not name.startswith("_")}
    tags = {
        name: text
        for name, text in own.items()
        if isinstance(said.data, dict) and isinstance(said.data[name], str)
    }
    series = ",".join(f"{name}={text}" for name, text in sorted(tags.items()))
    return (
        event(
            kind_of(level, opens="crit critical warn warning info unknown", resolves="ok"),
            key="/".join(filter(None, (check, series))),
            summary=said.text("_message") or f"{said.text('_check_name')} is {level}",
            details=joined(
                said.lines(
                    "Check: _check_name",
                    "Level: _level",
                    "Measurement: _source_measurement",
                    "Rule: _notification_rule_name",
                ),
                listed(own),
            ),
            labels={"level": level, **tags},
            raw=said,
        ),
    )


integration = Integration(
    type="INFLUXDB", name="InfluxDB", parse=parse, opens="level CRIT, WARN, INFO", resolves="level OK"
)
