from __future__ import annotations

from pathlib import Path

from tocsin.settings import describe
from tools import docs


def test_the_reference_pages_are_up_to_date() -> None:
    assert docs.stale() == [], "run: python -m tools.docs"


def test_every_setting_and_command_is_there() -> None:
    assert all(f"## {row.name}\n\n{row.help}" in docs.settings_page() for row in describe())
    assert "## restore" in docs.cli_page()


def test_a_missing_or_changed_page_is_stale(tmp_path: Path) -> None:
    assert set(docs.stale(tmp_path)) == set(docs.pages())
