"""A template as the product's forms keep it: texts, variables with a function, and what they cannot draw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from tocsin.core.templates.functions import Argument, call
from tocsin.core.templates.nodes import Part, Text, Variable
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value


@value
class Element:
    """One piece of a template."""

    type: Literal["TEXT", "VAR", "RAW"]
    val: str = ""
    """TEXT: the text; VAR: the path; RAW: a piece of the template language, such as a section."""
    func: str | None = None
    args: tuple[Argument, ...] = ()


def elements_of(parts: Iterable[Part]) -> tuple[Element, ...]:
    """A template in pieces."""
    return tuple(_element(part) for part in parts)


def text_from(elements: Iterable[Element]) -> str:
    """The template that pieces make. Raises BadInput for a text that would be read as a variable."""
    text = ""
    for place, element in enumerate(elements):
        piece = _text(element)
        if element.type == "TEXT" and "{{" in text[-1:] + piece:
            raise BadInput.at(f"elements.{place}.val", "a TEXT must not hold {{: use RAW")
        if text.endswith("{") and piece.startswith("{{"):
            raise BadInput.at(
                f"elements.{place}", "a brace just before a variable is read as a third one of it"
            )
        text += piece
    return text


def _element(part: Part) -> Element:
    match part:
        case Text(source=source):
            return Element(type="TEXT", val=source)
        case Variable(raw=False, path=path, call=None):
            return Element(type="VAR", val=path)
        case Variable(raw=False, path=path, call=function) if function is not None:
            return Element(type="VAR", val=path, func=function.name, args=function.arguments)
        case _:
            return Element(type="RAW", val=part.source)


def _text(element: Element) -> str:
    if element.type != "VAR":
        return element.val
    if not element.func:
        return f"{{{{ {element.val} }}}}"
    call(element.func, element.args)
    arguments = ", ".join(_argument(argument) for argument in element.args)
    return f"{{{{ {element.val}.{element.func}({arguments}) }}}}"


def _argument(argument: Argument) -> str:
    if isinstance(argument, int):
        return str(argument)
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
