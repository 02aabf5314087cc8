"""Short messages that are about no single incident, in the person's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tocsin.languages import Language, Texts, say, say_many

MOST_LISTED = 10


def summary(
    about: Sequence[tuple[int, str]], language: Language, codes: Mapping[int, int] | None = None
) -> dict[str, str]:
    """Several pages told in one: the incidents (number, summary). `codes`: how answers in words name each."""
    lines = [f"#{number} {text}" for number, text in about[:MOST_LISTED]]
    if codes:
        numbered = zip(about, lines, strict=False)
        lines = [say(language, "ack {code}: {incident}", code=codes[i], incident=s) for (i, _), s in numbered]
    if len(about) > MOST_LISTED:
        lines.append(say(language, "and {count} more", count=len(about) - MOST_LISTED))
    return {
        "headline": say_many(
            language,
            "{count} incident is waiting for you",
            "{count} incidents are waiting for you",
            len(about),
        ),
        "text": "\n".join(lines),
    }


def verification(code: str, minutes: int, language: Language) -> dict[str, str]:
    """The code that proves an address."""
    return {
        "headline": say(language, "Your code for Tocsin"),
        "text": say(
            language,
            "{code} is your code for Tocsin. It is valid for {minutes} minutes.",
            code=code,
            minutes=minutes,
        ),
        "code": code,
    }


def test_message(language: Language) -> dict[str, str]:
    """Somebody pressed the button."""
    return {
        "headline": say(language, "A test from Tocsin"),
        "text": say(language, "This is a test. If you can read or hear it, you can be told this way."),
    }


def test_page(language: Language) -> dict[str, str]:
    """The test that comes by itself, every month."""
    return {
        "headline": say(language, "A test from Tocsin"),
        "text": say(
            language,
            "This is your monthly test. Please answer it with 1 or open the link: "
            "so you and your team know that you can be reached.",
        ),
    }


def outcome(name: str, incident: str, others: Sequence[str], language: Language) -> str:
    """What came of an answer, as a sentence. `others` are the codes of incidents that are open too."""
    said = say(language, _OUTCOMES.get(name, _OUTCOMES["REFUSED"]), incident=incident)
    return f"{said} {say(language, 'Also open: {codes}.', codes=', '.join(others))}" if others else said


def without_effect(name: str, incident_id: int | None, language: Language) -> dict[str, str] | None:
    """What is answered to a mail that changed nothing; None for outcomes that did."""
    if name not in _WITHOUT_EFFECT:
        return None
    headline = (
        say(language, "Incident #{id}: your reply changed nothing", id=incident_id)
        if incident_id is not None
        else say(language, "Your reply changed nothing")
    )
    return {"headline": headline, "text": say(language, _WITHOUT_EFFECT[name])}


def late(overdue: str, parked: int, language: Language) -> dict[str, str]:
    """Tocsin itself is behind. `overdue` says what, and by how much; empty when nothing is."""
    return {
        "headline": say(language, "Tocsin is late"),
        "text": say(
            language,
            "Overdue: {overdue}. Parked incidents: {parked}. See /readyz and the log.",
            overdue=overdue or say(language, "nothing"),
            parked=parked,
        ),
    }


def set_back(minutes: int, language: Language) -> dict[str, str]:
    """The server's clock was set back by so many minutes."""
    return {
        "headline": say(language, "The clock of Tocsin was set back"),
        "text": say(
            language,
            "It shows {minutes} minutes less than before. What had been given its time by the wrong clock comes "
            "that much later: look at the open incidents, and let NTP keep the clock.",
            minutes=minutes,
        ),
    }


_WITHOUT_EFFECT: Texts = {
    "NOT_UNDERSTOOD": "We did not understand your reply. Start it with one of: ack, resolve, escalate.",
    "ALREADY_ACCEPTED": "Somebody has accepted the incident already.",
    "ALREADY_RESOLVED": "The incident is resolved already.",
    "NO_NEXT_LEVEL": "The escalation policy has no other level to escalate to.",
}
_OUTCOMES: Texts = {
    "ACCEPT": "Accepted: {incident}.",
    "RESOLVE": "Resolved: {incident}.",
    "ESCALATE": "Escalated: {incident}.",
    "TESTED": "Thank you, your test has arrived.",
    "ALREADY_ACCEPTED": "Somebody has accepted it already: {incident}.",
    "ALREADY_RESOLVED": "It is resolved already: {incident}.",
    "NO_NEXT_LEVEL": "The escalation policy has no other level: {incident}.",
    "NOT_UNDERSTOOD": "Sorry, we did not understand that. Answer with 1 (acknowledge), 2 (resolve) or "
    "3 (escalate), and the number from the message if several are open.",
    "HELP": "Tocsin: 1 acknowledges, 2 resolves, 3 escalates; STOP ends these messages, START allows them again.",
    "UNKNOWN": "There is no open incident for that answer.",
    "START": "You will get these messages again. STOP ends them.",
    "ENROLLED": "This chat belongs to {incident} in Tocsin now: pages can come here.",
    "NOT_ENROLLED": "This code does not count any more. Open your profile in Tocsin for a new one.",
    "REFUSED": "That was not possible: {incident}.",
}
"""What is answered to an answer, by its outcome."""
