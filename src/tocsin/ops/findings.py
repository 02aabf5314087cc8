"""What the doctor says."""

from __future__ import annotations

from typing import Literal

from tocsin.kit.value import value

Verdict = Literal["OK", "NOTE", "BROKEN"]


@value
class Finding:
    """One thing looked at. Whatever is not OK says what to mend."""

    topic: str
    verdict: Verdict
    says: str
    mend: str = ""


def fine(topic: str, says: str) -> Finding:
    """All is well."""
    return Finding(topic=topic, verdict="OK", says=says)


def note(topic: str, says: str, mend: str) -> Finding:
    """Works, and could be better."""
    return Finding(topic=topic, verdict="NOTE", says=says, mend=mend)


def broken(topic: str, says: str, mend: str) -> Finding:
    """Does not work."""
    return Finding(topic=topic, verdict="BROKEN", says=says, mend=mend)
