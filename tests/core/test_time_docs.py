"""The example of the docs is true."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "time-and-schedules.md"


def test_a_daily_hand_over_stays_at_nine_when_the_clock_is_changed() -> None:
    (example,) = re.findall(r"^```pycon\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert "Mon 09 Mar 09:00 EDT" in example
    found = doctest.DocTestParser().get_doctest(example, {}, PAGE.name, str(PAGE), 0)
    assert doctest.DocTestRunner().run(found).failed == 0
