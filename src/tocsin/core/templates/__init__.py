"""ITL, the template language: `{{ event.host.upperCase() }} is {{ status }}`, a superset of mustache without escaping.

`compile` reads a text once; the template then renders any context, and never raises. Text, depth, output and the
time of patterns are limited.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from tocsin.core.templates.elements import Element, elements_of, text_from
from tocsin.core.templates.nodes import Page, Part
from tocsin.core.templates.parsing import MAX_LENGTH, parse_parts
from tocsin.kit.errors import BadInput, Problem

__all__ = ["MAX_LENGTH", "Element", "Template", "compile", "from_elements"]


def _as_it_is(text: str) -> str:
    return text


class Template:
    """A template that was read."""

    __slots__ = ("_parts", "text")

    def __init__(self, text: str, parts: tuple[Part, ...]) -> None:
        self.text = text
        self._parts = parts

    def render(self, context: Any, escape: Callable[[str], str] = _as_it_is) -> str:
        """The text for a context (parsed JSON). `escape` is applied to what `{{ }}` shows, not `{{{ }}}`."""
        page = Page(root=context, escape=escape, stack=[context])
        page.render(self._parts)
        return "".join(page.written)

    def elements(self) -> tuple[Element, ...]:
        """The template in pieces, as forms show it."""
        return elements_of(self._parts)


def compile(text: str, field: str = "") -> Template:  # noqa: A001 - the word for it
    """Read a template. Raises BadInput at `field` with the position and what to mend."""
    try:
        return _compiled(text)
    except BadInput as refused:
        raise BadInput(*(Problem(field, problem.message) for problem in refused.problems)) from None


def from_elements(elements: tuple[Element, ...], field: str = "") -> Template:
    """The template that pieces make. Raises BadInput as `compile` does."""
    try:
        return compile(text_from(elements), field)
    except BadInput as refused:
        if not field:
            raise
        raise BadInput(*(_under(field, problem) for problem in refused.problems)) from None


def _under(field: str, problem: Problem) -> Problem:
    inside = problem.path if problem.path.startswith("elements") else ""
    return Problem(f"{field}.{inside}" if inside else field, problem.message)


@lru_cache(maxsize=2_048)
def _compiled(text: str) -> Template:
    return Template(text, parse_parts(text))
