"""The pages on conditions and templates are true: every example is run."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tocsin.core import templates
from tocsin.core.conditions import parse
from tocsin.core.conditions.comparing import OPERATORS
from tocsin.core.conditions.parsing import RESERVED
from tocsin.core.templates.functions import FUNCTIONS

DOCS = Path(__file__).parents[2] / "docs" / "reference"
CONDITIONS = (DOCS / "conditions.md").read_text("utf-8")
TEMPLATES = (DOCS / "templates.md").read_text("utf-8")
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page, flags=re.DOTALL)


EVENT = json.loads(blocks(CONDITIONS, "json")[0])
TRUE, FALSE, COUNTING = (block.strip().splitlines() for block in blocks(CONDITIONS, "icl"))
ROWS = re.findall(r"^\| `(.*?\}\}.*?)` \| `(.*?)` \|$", TEMPLATES, flags=re.MULTILINE)
PAYLOAD: dict[str, Any] = json.loads(blocks(TEMPLATES, "json")[0])


@pytest.mark.parametrize(
    "text, holds", [*((text, True) for text in (*TRUE, *COUNTING)), *((text, False) for text in FALSE)]
)
def test_conditions_mean_what_the_page_says(text: str, holds: bool) -> None:
    assert parse(text).holds(EVENT, NINE) is holds


@pytest.mark.parametrize("template, becomes", ROWS)
def test_templates_become_what_the_page_says(template: str, becomes: str) -> None:
    assert templates.compile(template).render(PAYLOAD) == becomes


def test_the_pages_name_everything_there_is() -> None:
    assert len(ROWS) > 25
    named = set(re.findall(r"[\w=<>!]+", CONDITIONS))
    assert set(OPERATORS) | RESERVED <= named
    tests = {
        f"{name}{ending}"
        for name in ("startsWith", "equals", "endsWith", "contains")
        for ending in ("Take", "TakeOrDrop", "Else", "ElseOrDrop")
    }
    assert set(FUNCTIONS) - tests <= set(re.findall(r"\w+", TEMPLATES))
    assert tests <= set(FUNCTIONS)
