"""The words of this part."""

from __future__ import annotations

GERMAN: dict[str, str] = {}
