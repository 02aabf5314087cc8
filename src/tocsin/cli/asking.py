"""Clients of a running Tocsin: report an event, see incidents, ask who would be told."""

from __future__ import annotations

from typing import Any

import click

from tocsin.cli.client import Client, client
from tocsin.cli.shell import as_json, say, say_json, table
from tocsin.kit.clock import parse_instant, rfc3339
from tocsin.kit.errors import BadInput

POLICIES = "/api/escalation-policies"
SCHEDULES = "/api/schedules"
SCHEDULES_A_PAGE = 20
SOURCES = "/api/alert-sources"
_EVENT_TYPES = click.Choice(["ALERT", "ACCEPT", "RESOLVE", "COMMENT"], case_sensitive=False)
_PRIORITIES = click.Choice(["HIGH", "LOW"], case_sensitive=False)
_STATES = click.Choice(["PENDING", "ACCEPTED", "RESOLVED"], case_sensitive=False)


@click.command()
@click.option("--key", required=True, help="The integration key of the alert source.")
@click.option("--summary", help="What is wrong, in a line; ALERT needs it.")
@click.option("--type", "kind", type=_EVENT_TYPES, default="ALERT", show_default=True)
@click.option("--incident-key", help="Events with the same key belong to the same problem.")
@click.option("--details")
@click.option("--priority", type=_PRIORITIES)
@click.option(
    "--link", "links", multiple=True, metavar="URL=TEXT", help="A link shown with the incident; repeatable."
)
@as_json
def event(*, key: str, kind: str, links: tuple[str, ...], as_json: bool, **given: str | None) -> None:
    """Report an event, as a tool would."""
    if kind == "ALERT" and not given["summary"]:
        raise BadInput.at("--summary", "say in a line what is wrong")
    names = {
        "summary": "summary",
        "incident_key": "incidentKey",
        "details": "details",
        "priority": "priority",
    }
    body: dict[str, Any] = {"apiKey": key, "eventType": kind}
    body.update({names[name]: text for name, text in given.items() if text is not None})
    if links:
        body["links"] = [_link(text) for text in links]
    with client(key=False) as server:
        answer = server.post("/api/v1/events", body)
    if as_json:
        say_json(answer)
    else:
        incident = answer.get("incidentKey")
        say(
            " ".join(
                filter(
                    None,
                    (
                        "accepted:",
                        f"incident {incident}" if incident else "stored",
                        answer.get("incidentUrl"),
                    ),
                )
            )
        )


def _link(text: str) -> dict[str, str]:
    if "://" not in text:
        raise BadInput.at(
            "--link", f"write URL=TEXT, for example https://example.com/7=Dashboard, not {text!r}"
        )
    href, equals, words = text.rpartition("=")
    return {"href": href, "text": words} if equals and "://" in href else {"href": text}


@click.command()
@click.option(
    "--state", "states", type=_STATES, multiple=True, help="Repeatable.  [default: PENDING, ACCEPTED]"
)
@click.option("--mine", is_flag=True, help="Only those assigned to the holder of the API key.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100))
@as_json
def incidents(*, states: tuple[str, ...], mine: bool, limit: int, as_json: bool) -> None:
    """List incidents, newest first."""
    wanted = list(states) or ["PENDING", "ACCEPTED"]
    with client() as server:
        me = str(server.get("/api/users/current")["id"]) if mine else None
        found = server.get("/api/v1/incidents", state=wanted, assigned_to=me, max_results=limit)
    if as_json:
        say_json(found)
    elif found:
        table(("id", "state", "priority", "since", "assigned to", "summary"), [_line(each) for each in found])
    else:
        say(f"no incident is {' or '.join(wanted)}")


def _line(incident: dict[str, Any]) -> tuple[object, ...]:
    return (
        incident.get("id"),
        incident.get("status"),
        incident.get("priority") or "",
        incident.get("reportTime") or "",
        _name(incident.get("assignedTo")),
        incident.get("summary") or "",
    )


def _name(user: dict[str, Any] | None) -> str:
    if not user:
        return ""
    full = f"{user.get('firstName') or ''} {user.get('lastName') or ''}".strip()
    return full or str(user.get("username") or user.get("id"))


@click.command()
@click.option("--policy", metavar="NAME|ID", help="Only this escalation policy.")
@click.option("--schedule", metavar="NAME|ID", help="Who is on call by this schedule, now and next.")
@as_json
def who(*, policy: str | None, schedule: str | None, as_json: bool) -> None:
    """Who is asked first if something happens now, for each escalation policy."""
    if policy and schedule:
        raise BadInput.at("", "name one of --policy and --schedule")
    with client() as server:
        if schedule:
            _on_call(server, schedule, as_json)
            return
        policies = (
            [server.find(POLICIES, "escalation policy", policy)] if policy else list(server.every(POLICIES))
        )
        answers = [server.get(f"{POLICIES}/{each['id']}/explain") for each in policies]
    first = [{"policyId": a["policyId"], "policy": a["policy"], "asked": _first(a)} for a in answers]
    if as_json:
        say_json(first)
        return
    rows = [
        (
            each["policy"],
            page["user"],
            page.get("schedule") or page.get("team") or "",
            page["method"],
            page["target"],
            page["at"],
        )
        for each in first
        for page in each["asked"]
    ]
    rows += [
        (each["policy"], "NOBODY", "", "", "", "see `tocsin explain`") for each in first if not each["asked"]
    ]
    table(("policy", "who", "by schedule or team", "by", "at", "when"), rows)


def _on_call(server: Client, wanted: str, as_json: bool) -> None:  # noqa: FBT001 - click's own flag
    number = server.find(SCHEDULES, "schedule", wanted, SCHEDULES_A_PAGE)["id"]
    shown = server.get(f"{SCHEDULES}/{number}", include=["currentShift", "nextShift"])
    if as_json:
        say_json(shown)
        return
    turns = [("now", shown.get("currentShift")), ("next", shown.get("nextShift"))]
    rows = [
        (which, _name(shift["user"]), shift["start"], shift["end"])
        if shift
        else (which, "NOBODY", "", shown.get("problem") or "")
        for which, shift in turns
    ]
    table((shown["name"], "who", "from", "until"), rows)


def _first(explanation: dict[str, Any]) -> list[dict[str, Any]]:
    """The pages of the step that reaches somebody first."""
    pages = explanation.get("pages", [])
    if not pages:
        return []
    step = min((page["cycle"], page["level"]) for page in pages)
    return [page for page in pages if (page["cycle"], page["level"]) == step]


@click.command()
@click.option("--policy", metavar="ID|NAME", help="An escalation policy.")
@click.option("--source", metavar="ID|NAME", help="An alert source: its policy.")
@click.option("--at", metavar="INSTANT", help="When, in RFC 3339: 2026-12-24T18:00:00Z.  [default: now]")
@click.option("--priority", type=_PRIORITIES)
@as_json
def explain(
    *, policy: str | None, source: str | None, at: str | None, priority: str | None, as_json: bool
) -> None:
    """Who would be told, when, where and why, of an incident that nobody answers."""
    if (policy is None) == (source is None):
        raise BadInput.at("", "name one of --policy and --source")
    when = instant("--at", at)
    with client() as server:
        found = server.get(f"{_asked(server, policy, source)}/explain", at=when, priority=priority)
    if as_json:
        say_json(found)
    else:
        _print(found)


def _asked(server: Client, policy: str | None, source: str | None) -> str:
    """The address of what is to be explained."""
    if policy is not None:
        return f"{POLICIES}/{server.find(POLICIES, 'escalation policy', policy)['id']}"
    return f"{SOURCES}/{server.find(SOURCES, 'alert source', source or '')['id']}"


def instant(option: str, text: str | None) -> str | None:
    """What an option says, as the API reads it. Raises BadInput."""
    try:
        return None if text is None else rfc3339(parse_instant(text))
    except ValueError:
        raise BadInput.at(option, f"write an instant like 2026-12-24T18:00:00Z, not {text!r}") from None


def _mark(page: dict[str, Any]) -> str:
    """What is to be known of an address: that nobody verified it; of the past, what became of the message."""
    if "state" in page:
        return f" ({page['state']}, incident {page['incidentId']})"
    return " (unverified)" * bool(page.get("unverified"))


def _print(found: dict[str, Any]) -> None:
    past = found.get("basis") == "LEDGER"
    if past:
        say(f"{found['policy']}: what was sent of the incidents that were open at {found['at']}")
    else:
        say(f"{found['policy']}: a {found['priority']} incident at {found['at']} that nobody answers")
    told = [
        (
            p["at"],
            p["cycle"],
            p["level"],
            p["user"],
            p["method"],
            p["target"] + _mark(p),
            p.get("schedule") or p.get("team") or "",
            p["reason"],
        )
        for p in found["pages"]
    ]
    if told:
        table(("when", "pass", "level", "who", "by", "where", "by schedule or team", "why"), told)
    else:
        say("NOBODY was told" if past else "NOBODY would be told")
    silent = [
        (
            s["at"],
            s["cycle"] or "",
            s["level"] or "",
            s.get("user") or s.get("schedule") or s.get("team") or "",
            s["reason"],
        )
        for s in found["silences"]
    ]
    if silent:
        say("\nNot told:")
        table(("when", "pass", "level", "who", "why"), silent)
    if found.get("raisedAt"):
        say(f"\nAt {found['raisedAt']} its priority becomes HIGH.")
    if found.get("endsAt") and not past:
        say(f"\nAfter {found['endsAt']} nobody more would be asked.")
