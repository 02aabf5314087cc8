"""Fields that the other product itself defines: asked of it, and held against what somebody wants to put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tocsin.kit.errors import BadInput, Problem
from tocsin.languages import msgid
from tocsin.plugins import Answer, ConnectionType, Offered, OwnField, Request

MOST_REQUESTS = 25


def offered(
    kind: ConnectionType, account: Any, params: Mapping[str, Any], ask: Callable[[Request], Answer]
) -> tuple[Offered, ...]:
    """The product's own fields for what is chosen so far. Raises BadInput with the product's words."""
    answers: tuple[Answer, ...] = ()
    while len(answers) < MOST_REQUESTS:
        step = kind.fields(account, params, answers)
        if isinstance(step, tuple):
            return step
        answers = (*answers, ask(step))
    raise BadInput.at("params", f"no end after {MOST_REQUESTS} requests")


def problems(
    found: Iterable[Offered], given: Iterable[OwnField], path: str, *, complete: bool
) -> list[Problem]:
    """What the product would refuse; what a template makes is known only later. `complete`: nothing is added elsewhere."""
    wanted = {one.key: one.value for one in given}
    known = {one.key: one for one in found}
    wrong = [
        Problem(f"{path}.{key}", msgid("the product has no such field here"))
        for key in wanted
        if key not in known
    ]
    for one in known.values():
        value = wanted.get(one.key, "").strip()
        if not value:
            if one.required and complete:
                wrong.append(Problem(f"{path}.{one.key}", msgid("the product needs this field")))
            continue
        parts = value.split(",") if one.kind.startswith("array:") else [value]
        if one.options and "{{" not in value and any(part.strip() not in one.options for part in parts):
            wrong.append(Problem(f"{path}.{one.key}", f"use one of {', '.join(one.options[:20])}"))
    return wrong
