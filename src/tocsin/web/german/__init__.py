"""The words of the pages in German, by what the templates say: one file per part of the pages."""

from __future__ import annotations

from tocsin.web.german import (
    channels,
    connections,
    general,
    heartbeats,
    kit,
    oncall,
    people,
    push,
    schedules,
    sources,
)

GERMAN: dict[str, str] = {
    **general.GERMAN,
    **kit.GERMAN,
    **sources.GERMAN,
    **people.GERMAN,
    **oncall.GERMAN,
    **push.GERMAN,
    **channels.GERMAN,
    **connections.GERMAN,
    **schedules.GERMAN,
    **heartbeats.GERMAN,
}
"""What every sentence of the pages is in German."""
