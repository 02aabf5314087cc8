"""“Who would be told?” as the pages show it: by instant, with the reasons of those who would not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.core.explain import ExplainedPage, ExplainedSilence, Explanation
from tocsin.core.people import User
from tocsin.core.words import SMALL_WORDS
from tocsin.languages import Language, Texts, say
from tocsin.web.clockwork import age

SHOWN = 60
"""Instants that are shown; a policy that repeats nine times says the same again."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One page, with its person."""

    page: ExplainedPage
    user: User | None


@dataclass(frozen=True, kw_only=True)
class NotTold:
    """Who is not told, and why, in words."""

    who: str
    """Empty: a whole level."""
    level: int
    why: str
    chosen: bool
    """Whether the person wanted it so: no fault of the arrangement."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Everything that happens at one instant."""

    at: datetime
    after: timedelta
    told: list[Told]
    not_told: list[NotTold]

    @property
    def span(self) -> str:
        """How long after the start; empty at once."""
        return age(self.after) if self.after else ""


def moments(found: Explanation, people: Mapping[int, User], language: Language) -> list[Moment]:
    """The explanation by instant, in order."""
    instants = sorted({*(p.at for p in found.pages), *(s.at for s in found.silences)})
    return [
        Moment(
            at=at,
            after=at - found.at,
            told=[Told(page=p, user=people.get(p.user_id)) for p in found.pages if p.at == at],
            not_told=[_not_told(s, language) for s in found.silences if s.at == at],
        )
        for at in instants[:SHOWN]
    ]


def _not_told(silence: ExplainedSilence, language: Language) -> NotTold:
    code, _, detail = silence.reason.partition(" ")
    said = say(language, SMALL_WORDS.get(code) or _LEVELS.get(code, code))
    return NotTold(
        who=silence.user or silence.schedule or silence.team or "",
        level=silence.level,
        why=f"{said} ({detail})" if detail else said,
        chosen=code == "NO_RULE_CHOSEN",
    )


_LEVELS: Texts = {
    "NobodyInTeam": "nobody of the team can be asked",
    "NobodyOnCall": "nobody is on call",
    "LevelReachedNobody": "nobody can be told, so the next level is asked at once",
    "NobodyTold": "nobody can be told, not even the fallback",
}
