"""What a custom body will be, before it is sent: the text, and what is odd about it."""

from __future__ import annotations

from tocsin.connections.answers import templated
from tocsin.core.connections import Occasion
from tocsin.core.occasion_context import variables
from tocsin.core.templates import compile as compile_template
from tocsin.core.templates import from_elements
from tocsin.kit.errors import BadInput
from tocsin.kit.value import loads, value

MOST_PROBLEMS = 50


@value
class Preview:
    """A template's text for one incident. Nothing was sent."""

    text: str
    problems: tuple[str, ...] = ()
    """What looks wrong: a variable that stands for nothing, a body that begins like JSON and is none."""


def preview(template: str, occasion: Occasion, at: str = "template") -> Preview:
    """The text that a connection would send. Raises BadInput at `at` for a template that cannot be read."""
    nothing = empty(template, occasion, at)
    text = templated(template, occasion)
    odd = [f"{name} is empty for this incident, or there is no such variable" for name in nothing]
    wrong = no_json(text)
    return Preview(
        text=text, problems=(*odd, *((f"it begins like JSON and is none: {wrong}",) if wrong else ()))
    )


def empty(template: str, occasion: Occasion, at: str = "template") -> tuple[str, ...]:
    """The variables that stand for nothing. Raises BadInput at `at` for a template that cannot be read."""
    values = variables(occasion)
    found = (
        piece.val
        for piece in compile_template(template, at).elements()
        if piece.type == "VAR" and not from_elements((piece,)).render(values)
    )
    return tuple(dict.fromkeys(found))[:MOST_PROBLEMS]


def no_json(text: str) -> str:
    """What keeps a text that begins like JSON from being it; "" for every other text."""
    if text.lstrip()[:1] not in {"{", "["}:
        return ""
    try:
        loads(text)
    except BadInput as wrong:
        return wrong.message
    return ""
