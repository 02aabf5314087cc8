"""A template as it is rendered: a list of parts, sections with parts of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tocsin.core.paths import Step, look_up
from tocsin.core.templates.functions import Call
from tocsin.core.templates.texts import text_of
from tocsin.kit.value import value

MAX_OUTPUT = 262_144
"""Characters; what would come after them is left out."""
MAX_PARTS = 50_000
"""Parts rendered in all: loops in loops multiply."""


@dataclass(slots=True)
class Page:
    """One rendering."""

    root: Any
    escape: Callable[[str], str]
    stack: list[Any]
    """What the names of sections stand for, the innermost last; the root first."""
    written: list[str] = field(default_factory=list)
    room: int = MAX_OUTPUT
    parts_left: int = MAX_PARTS
    called: dict[int, str] = field(default_factory=dict)
    """What functions made, by the variable: their paths are absolute, so a loop gets the same every time."""

    def write(self, text: str) -> None:
        """Add to the output while there is room."""
        if text:
            self.written.append(text[: self.room])
            self.room -= min(len(text), self.room)

    def render(self, parts: Iterable[Part]) -> None:
        """Render parts in turn, until a limit is reached."""
        for part in parts:
            self.parts_left -= 1
            if self.parts_left < 0 or self.room <= 0:
                return
            part.onto(self)

    def find(self, steps: tuple[Step, ...]) -> Any:
        """What a path means here: its first name is looked for from the inside out."""
        if not steps:
            return self.stack[-1]
        for around in reversed(self.stack):
            if isinstance(around, dict) and steps[0] in around:
                return look_up(around, steps)
        return look_up(self.root, steps)


class Part(Protocol):
    """A part of a template."""

    @property
    def source(self) -> str:
        """The part as it was written."""
        ...

    def onto(self, page: Page) -> None:
        """Write it."""
        ...


@value
class Text:
    """What stands there for itself."""

    source: str

    def onto(self, page: Page) -> None:
        """Write it as it is."""
        page.write(self.source)


@value
class Variable:
    """`{{ path }}` or `{{ path.function(...) }}`."""

    source: str
    path: str
    """As it was written."""
    steps: tuple[Step, ...]
    """() is the item of the loop around it, `{{.}}`."""
    call: Call | None = None
    raw: bool = False
    """`{{{ path }}}`: never escaped."""

    def onto(self, page: Page) -> None:
        """Write what the path leads to; functions take absolute paths only."""
        if self.call is None:
            said = text_of(page.find(self.steps))
        else:
            known = page.called.get(id(self))
            said = self.call.apply(look_up(page.root, self.steps)) if known is None else known
            page.called[id(self)] = said
        page.write(said if self.raw else page.escape(said))


@value
class Comment:
    """`{{! not shown }}`."""

    source: str

    def onto(self, page: Page) -> None:
        """Write nothing."""
        del page


@value
class Section:
    """`{{#path}}...{{/path}}` for what is there, item by item; `{{^path}}...{{/path}}` for what is not."""

    source: str
    steps: tuple[Step, ...]
    inverse: bool
    parts: tuple[Part, ...]

    def onto(self, page: Page) -> None:
        """Write the parts as often as there are items."""
        thing = page.find(self.steps)
        there = thing not in (None, False, "", [], ())
        if self.inverse:
            if not there:
                page.render(self.parts)
            return
        items = thing if isinstance(thing, list | tuple) else [thing] if there else []
        for item in items:
            if page.room <= 0 or page.parts_left < 0:
                return
            # A list without text in its section must not be walked for nothing.
            page.parts_left -= 1
            page.stack.append(item)
            page.render(self.parts)
            page.stack.pop()
