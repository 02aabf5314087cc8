"""What happened to an incident, in sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.core.people import Actor
from tocsin.languages import Language, Texts, msgid, say


def log_text(
    kind: str, by: Actor, said: Mapping[str, Any], names: Mapping[int, str], language: Language = "en"
) -> str:
    """One line of a timeline. `said` are the entry's variables, `names` the users they mention.

    A type that nobody wrote words for is shown by its name, so that nothing is hidden.
    """
    template = say(language, LOG_WORDS.get(kind, kind))
    words: dict[str, Any] = {name: _shown(value) for name, value in said.items()}
    words["by"] = by.name or say(language, SMALL_WORDS["SOURCE" if by.kind == "SOURCE" else "SYSTEM"])
    words["users"] = _people(said.get("users"), names, language)
    for name in ("answer", "reason"):
        given = str(said.get(name, ""))
        words[name] = say(language, SMALL_WORDS.get(given, given))
    detail = str(said.get("detail") or "")
    words["detail"] = f" ({detail})" if detail else ""
    words["because"] = f": {words['reason']}" if words["reason"] else ""
    return template.format_map(_Lenient(words))


def log_users(said: Mapping[str, Any]) -> tuple[int, ...]:
    """The users that an entry's variables mention."""
    found = said.get("users")
    return tuple(i for i in found if isinstance(i, int)) if isinstance(found, list | tuple) else ()


class _Lenient(dict[str, Any]):
    """An entry written by another release may lack a variable."""

    def __missing__(self, name: str) -> str:
        return "?"


def _shown(value: Any) -> str:
    return str(value)


def _people(found: Any, names: Mapping[int, str], language: Language) -> str:
    ids = log_users({"users": found})
    return ", ".join(names.get(i, f"#{i}") for i in ids) or say(language, SMALL_WORDS["nobody"])


LOG_WORDS: Texts = {
    "AlertReceived": "Event received: {summary}",
    "AlertSourceResponse": msgid("{answer} by {by}", "the alert source"),
    "ChannelAttached": "{connection} opened a channel for it",
    "CommentAdded": "{by} commented: {text}",
    "ConnectionFailed": "{connection} could not be told{because}",
    "ConnectionSucceeded": "{connection} was told",
    "EscalatedToLevel": "Escalated to level {level} by {by}",
    "EscalationEnded": "The escalation policy has ended and nobody accepted",
    "FallbackTold": "Nobody of the policy could be told, so the fallback was: {users}",
    "HeartbeatOverdue": "The heartbeat is overdue",
    "HeartbeatResolved": "The heartbeat was heard again",
    "IncidentAssignedBySystem": "Level {level}: assigned to {users}",
    "IncidentAssignedByUser": "Assigned to {users} by {by}",
    "IncidentAssignedToPolicy": "Assigned to the escalation policy {policy} by {by}",
    "IncidentAutoResolved": "Resolved automatically after its time",
    "IncidentCreatedByUser": "Created by {by}",
    "IncidentRaisedBySystem": "The priority was raised to high",
    "IncidentRaisedByUser": "The priority was raised to high by {by}",
    "ResponderAdded": "{users} asked too, by {by}",
    "SubscriberAdded": "{users} subscribed, by {by}",
    "SubscriberRemoved": "{users} unsubscribed, by {by}",
    "LevelReachedNobody": "Level {level} reached nobody{because}",
    "LastResortTold": "Nobody accepted, so the policy's last resort was told: {users}",
    "NobodyInTeam": "Level {level}: the team {team} has nobody who can be asked",
    "NobodyOnCall": "Level {level}: nobody is on call by {schedule}{because}{detail}",
    "NobodyTold": "Nobody could be told: not by the policy and not by the fallback",
    "NotTold": "{users} was not told: {reason}{detail}",
    "UserResponse": "{answer} by {by}",
}
"""A sentence for every type of entry that is written. Keys: see core.incidents.Log."""

SMALL_WORDS: Texts = {
    "SYSTEM": "Tocsin",
    "SOURCE": "the alert source",
    "nobody": "nobody",
    "ACCEPTED": "Accepted",
    "RESOLVED": "Resolved",
    "NO_CONTACT": "there is no address for it",
    "CONTACT_UNUSABLE": "the address cannot be used",
    "MUTED": "muted their notifications",
    "NO_RULE_CHOSEN": "chose not to be told of low priority",
    "USER_MISSING": "the user was deleted",
    "ABSENT": "is absent",
    "SCHEDULE_MISSING": "the schedule was deleted",
    "SCHEDULE_BROKEN": "the schedule cannot be read",
}
