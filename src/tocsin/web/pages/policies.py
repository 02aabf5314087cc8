"""Escalation policies: who is asked, in sentences, with what they would do beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from tocsin.core.coverage import coverage
from tocsin.core.events import AlertSource
from tocsin.core.explain import Explanation, explain
from tocsin.core.incidents import Priority
from tocsin.core.people import User
from tocsin.core.policies import EscalationPolicy
from tocsin.kit.errors import BadInput
from tocsin.store import decisions, documents, explaining, incidents, policies, readiness
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SOURCES, USERS
from tocsin.web.declare import Page
from tocsin.web.explained import moments
from tocsin.web.pages.incidents import OPEN_STATES
from tocsin.web.policy_form import FIELDS, Draft, Step
from tocsin.web.show import page, problems_by_field
from tocsin.web.targets import Target, Targets, keys_of, known, targets
from tocsin.web.visit import Visit, see_other
from tocsin.web.when import instant_in

LOOK_AHEAD = timedelta(days=90)
"""How far the page looks for holes."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A policy with the names of whom it asks, level by level, and what uses it."""

    policy: EscalationPolicy
    levels: list[list[Target]]
    last: list[Target]
    sources: list[AlertSource]


def show_list(visit: Visit) -> Response:
    """Every policy."""
    wanted = visit.asked.get("q", "").strip()[:100]
    with visit.deployment.db.read() as tx:
        shown = _shown(tx, documents.listing(tx, POLICIES))
    if wanted:
        shown = [one for one in shown if wanted.casefold() in one.policy.name.casefold()]
    return page(visit, "policies.html", policies=shown, wanted=wanted)


def show(visit: Visit) -> Response:
    """One policy: its levels, who would be told now or at another instant, and what uses it."""
    with visit.deployment.db.read() as tx:
        policy = documents.get(tx, POLICIES, visit.number("id"))
        shown = _shown(tx, [policy])[0]
        asked = _asked(visit)
        found = explaining.of_policy(tx, policy, asked["at"] or tx.now, asked["priority"])
        context = _told(tx, visit, found) | asked
        around = decisions.surroundings_of_policy(tx, policy, tx.now)
        cover = coverage(around, tx.now, tx.now + LOOK_AHEAD)
        ready = readiness.of_policy(tx, policy)
        climbing = incidents.count(tx, incidents.Filter(states=OPEN_STATES, policies=(policy.id,)))
    return page(
        visit,
        "policy.html",
        shown=shown,
        policy=policy,
        climbing=climbing,
        cover=cover,
        ready=ready,
        users=around.people,
        days=LOOK_AHEAD.days,
        **context,
    )


def edit(visit: Visit) -> Response:
    """The editor: of a policy, or of a new one that asks the visitor first."""
    with visit.deployment.db.read() as tx:
        before = _before(tx, visit)
        draft = Draft.of(before) if before else Draft(steps=[Step(targets=[f"user:{visit.someone.id}"])])
        return _form(tx, visit, draft, before)


def save(visit: Visit) -> Response:
    """Save the policy, or change the form as its buttons say. Raises NotFound, Conflict."""
    draft, change = Draft.read(visit), visit.said("do", 60)
    if change != "save":
        draft.change(change)
        with visit.deployment.db.read() as tx:
            return _form(tx, visit, draft, _before(tx, visit))
    try:
        with visit.deployment.db.write() as tx:
            before = _before(tx, visit)
            wanted = draft.policy(before)
            policy = policies.change(tx, wanted) if before else policies.create(tx, wanted)
    except BadInput as wrong:
        with visit.deployment.db.read() as tx:
            return _form(tx, visit, draft, _before(tx, visit), wrong)
    return see_other(f"/policies/{policy.id}?said={'saved' if before else 'created'}")


def preview(visit: Visit) -> Response:
    """What the policy in the form would do: read only."""
    with visit.deployment.db.read() as tx:
        context = _tried(tx, visit, Draft.read(visit), None)
    return page(visit, "explained.html", **context)


def remove(visit: Visit) -> Response:
    """Delete a policy that nothing uses. Raises NotFound, Conflict."""
    with visit.deployment.db.write() as tx:
        policies.remove(tx, visit.number("id"))
    return see_other("/policies?said=deleted")


def _before(tx: Transaction, visit: Visit) -> EscalationPolicy | None:
    if "id" not in visit.request.path_params:
        return None
    return documents.get(tx, POLICIES, visit.number("id"))


def _form(
    tx: Transaction,
    visit: Visit,
    draft: Draft,
    before: EscalationPolicy | None,
    wrong: BadInput | None = None,
) -> Response:
    every = targets(tx)
    problems = problems_by_field(wrong)
    return page(
        visit,
        "policy_form.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        draft=draft,
        before=before,
        steps=[
            (step, known(every, step.targets), _of_step(problems, i)) for i, step in enumerate(draft.steps)
        ],
        last=known(every, draft.last),
        targets=every,
        problems=problems,
        **_tried(tx, visit, draft, before),
    )


def _of_step(problems: dict[str, str], index: int) -> list[str]:
    """What is wrong with one level."""
    start = f"escalationRules.{index}"
    return [text for path, text in problems.items() if path == start or path.startswith(f"{start}.")]


def _tried(tx: Transaction, visit: Visit, draft: Draft, before: EscalationPolicy | None) -> dict[str, Any]:
    """What would happen by the draft; nothing while it makes no sense."""
    draft = Draft(**{**vars(draft), "name": draft.name or "-"})
    try:
        policy = draft.policy(before)
    except BadInput:
        return {"explained": None, "moments": (), **_asked(visit)}
    return _explained(tx, visit, policy)


def _explained(tx: Transaction, visit: Visit, policy: EscalationPolicy) -> dict[str, Any]:
    asked = _asked(visit)
    at = asked["at"] or tx.now
    found = explain(decisions.surroundings_of_policy(tx, policy, at), at, asked["priority"])
    return _told(tx, visit, found) | asked


def _told(tx: Transaction, visit: Visit, found: Explanation) -> dict[str, Any]:
    users: dict[int, User] = documents.many(tx, USERS, _users_of(found))
    return {"explained": found, "moments": moments(found, users, visit.language)}


def _asked(visit: Visit) -> dict[str, Any]:
    """For which instant and priority the explanation is wanted."""
    said = visit.said("at", 30) or visit.asked.get("at", "")[:30]
    at: datetime | None = instant_in(said, visit.zone)
    low = "LOW" in (visit.said("priority", 9), visit.asked.get("priority"))
    priority: Priority = "LOW" if low else "HIGH"
    return {"at": at, "at_said": said if at else "", "priority": priority}


def _users_of(found: Explanation) -> set[int]:
    return {page.user_id for page in found.pages}


def _shown(tx: Transaction, found: Iterable[EscalationPolicy]) -> list[Shown]:
    every: Targets = targets(tx)
    sources = documents.listing(tx, SOURCES)
    return [
        Shown(
            policy=policy,
            levels=[known(every, keys_of(rule)) for rule in policy.escalation_rules],
            last=known(every, (f"user:{user.id}" for user in policy.last_resort)),
            sources=[source for source in sources if source.policy_id == policy.id],
        )
        for policy in found
    ]


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/policies", action="VIEW", get=show_list),
        Page(path="/policies/new", action="CONFIGURE", get=edit, post=save, fields=FIELDS),
        Page(path="/policies/preview", action="CONFIGURE", post=preview, fields=FIELDS),
        Page(path="/policies/{id}", action="VIEW", get=show),
        Page(path="/policies/{id}/edit", action="CONFIGURE", get=edit, post=save, fields=FIELDS),
        Page(path="/policies/{id}/delete", action="CONFIGURE", post=remove),
    ]
