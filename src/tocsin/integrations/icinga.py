"""Icinga, by the plugin that posts XML with the key in it; `ICINGA_PRIORITY` overrides the priority."""

from __future__ import annotations

from tocsin.integrations import nagios
from tocsin.kit.value import replace

integration = replace(
    nagios.integration, type="ICINGA", name="Icinga", tested="Icinga 2.13 (Debian), documented payloads"
)
