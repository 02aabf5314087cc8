"""From the text of a template to its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tocsin.core import paths
from tocsin.core.paths import Step
from tocsin.core.patterns import MAX_PATTERNS, Pattern
from tocsin.core.templates.functions import Argument, Call, call
from tocsin.core.templates.nodes import Comment, Part, Section, Text, Variable
from tocsin.kit.errors import BadInput

MAX_LENGTH = 65_536
MAX_DEPTH = 20
"""How deep sections may be nested."""
MAX_PARTS = 2_000

_ARGUMENT = re.compile(r"\s*(-?[0-9]{1,9})\s*(?=[,)])")
_CALL = re.compile(r"\.\s*([A-Za-z]\w*)\s*\(")
_BLANKS = " \t"


@dataclass(slots=True)
class _Open:
    """A section whose end is still to come."""

    name: str
    steps: tuple[Step, ...]
    inverse: bool
    at: int
    parts: list[Part] = field(default_factory=list)


def parse_parts(text: str) -> tuple[Part, ...]:
    """The parts of a template. Raises BadInput with the position and what to mend."""
    if len(text) > MAX_LENGTH:
        raise BadInput.at("", f"a template has {MAX_LENGTH} characters at the most")
    return _Reader(text).read()


class _Reader:
    """One reading of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.count = 0
        self.patterns = 0
        self.open = [_Open(name="", steps=(), inverse=False, at=0)]

    def read(self) -> tuple[Part, ...]:
        """Everything, to the end."""
        while (start := self.text.find("{{", self.at)) >= 0:
            self._add(self.text[self.at : start])
            self._tag(start)
        self._add(self.text[self.at :])
        if len(self.open) > 1:
            unclosed = self.open[-1]
            raise _wrong(unclosed.at, f"the section {unclosed.name} is never closed")
        return tuple(self.open[0].parts)

    def _add(self, text: str) -> None:
        if text:
            self._append(Text(source=text))

    def _append(self, part: Part) -> None:
        self.count += 1
        if self.count > MAX_PARTS:
            raise BadInput.at("", f"a template has {MAX_PARTS} parts at the most")
        self.open[-1].parts.append(part)

    def _tag(self, start: int) -> None:
        triple = self.text.startswith("{{{", start)
        closing = "}}}" if triple else "}}"
        inside = start + len(closing)
        end = _end(self.text, inside, closing)
        if end < 0:
            raise _wrong(start, f"{self.text[start:inside]} is never closed by {closing}")
        content = self.text[inside:end]
        self.at = end + len(closing)
        source = self.text[start : self.at]
        sign = "&" if triple else content.lstrip()[:1]
        name = content.strip() if triple or sign not in "#^/!&>=" else content.strip()[1:].strip()
        match sign:
            case "!":
                start, self.at = self._alone(start)
                self._append(Comment(source=source))
            case "#" | "^":
                start, self.at = self._alone(start)
                self._begin(name, start, inverse=sign == "^")
            case "/":
                self._close(name, start)
            case ">" | "=":
                raise _wrong(start, "partials and other delimiters are not supported")
            case _:
                self._append(self._variable(source, name, start, raw=sign == "&"))

    def _variable(self, source: str, content: str, at: int, *, raw: bool) -> Variable:
        path, function = _called(content, at)
        self.patterns += function is not None and any(isinstance(each, Pattern) for each in function.ready)
        if self.patterns > MAX_PATTERNS:
            raise _wrong(at, f"a template has {MAX_PATTERNS} patterns at the most")
        return Variable(source=source, path=path, steps=_steps(path, at), call=function, raw=raw)

    def _begin(self, name: str, start: int, *, inverse: bool) -> None:
        if len(self.open) > MAX_DEPTH:
            raise _wrong(start, f"sections are nested {MAX_DEPTH} deep at the most")
        self.open.append(_Open(name=name, steps=_steps(name, start), inverse=inverse, at=start))

    def _close(self, name: str, start: int) -> None:
        if len(self.open) == 1:
            raise _wrong(start, f"there is no open section {name}")
        if self.open[-1].name != name:
            raise _wrong(start, f"the section {self.open[-1].name} must be closed before {name}")
        start, self.at = self._alone(start)
        done = self.open.pop()
        source = self.text[done.at : self.at]
        self._append(Section(source=source, steps=done.steps, inverse=done.inverse, parts=tuple(done.parts)))

    def _alone(self, start: int) -> tuple[int, int]:
        """A section's tag that has a line for itself takes the line with it, as mustache says."""
        before = start
        while before and self.text[before - 1] in _BLANKS:
            before -= 1
        after = self.at
        while after < len(self.text) and self.text[after] in _BLANKS:
            after += 1
        line_ends = after == len(self.text) or self.text[after] in "\r\n"
        if (before and self.text[before - 1] != "\n") or not line_ends:
            return start, self.at
        self._unindent(start - before)
        if self.text.startswith("\r\n", after):
            after += 1
        return before, min(after + 1, len(self.text))

    def _unindent(self, blanks: int) -> None:
        """The indentation of such a tag was read as text already."""
        parts = self.open[-1].parts
        if blanks and parts and isinstance(parts[-1], Text):
            kept = parts.pop().source[:-blanks]
            if kept:
                parts.append(Text(source=kept))


def _end(text: str, at: int, closing: str) -> int:
    """Where the tag is closed, or -1: braces within quotation marks of arguments do not close it."""
    if text.startswith("!", at):
        return text.find(closing, at)
    quote = ""
    in_arguments = False
    while at < len(text):
        if quote:
            if text[at] == "\\":
                at += 1
            elif text[at] == quote:
                quote = ""
        elif in_arguments and text[at] in "'\"":
            quote = text[at]
        elif text[at] == "(":
            in_arguments = True
        elif text.startswith(closing, at):
            return at
        at += 1
    return -1


def _called(content: str, at: int) -> tuple[str, Call | None]:
    """`path.function(arguments)` as path and call."""
    found = _CALL.search(content)
    if found is None:
        return content, None
    if not content.endswith(")"):
        raise _wrong(at, "the brackets of the function are never closed")
    arguments = _arguments(content[found.end() - 1 :], at)
    try:
        return content[: found.start()].strip(), call(found[1], arguments)
    except BadInput as refused:
        raise _wrong(at, refused.problems[0].message) from None


def _arguments(text: str, at: int) -> tuple[Argument, ...]:
    """What stands between the brackets of a function."""
    arguments: list[Argument] = []
    place = 1
    while text[place:].strip() != ")":
        argument, place = _argument(text, place)
        arguments.append(argument)
        while text[place] in _BLANKS:
            place += 1
        if text[place] == "," and text[place + 1 :].strip() != ")":
            place += 1
        elif text[place:] != ")":
            raise _wrong(at, "arguments are separated by commas and end with one closing bracket")
    return tuple(arguments)


def _argument(text: str, place: int) -> tuple[Argument, int]:
    if found := _ARGUMENT.match(text, place):
        return int(found[1]), found.end()
    while text[place] in _BLANKS:
        place += 1
    if text[place] in "'\"":
        return paths.quoted(text, place)
    said, end = paths.unescaped(text, place, ",)", "\\,)")
    return said.strip(), min(end, len(text) - 1)


def _steps(name: str, at: int) -> tuple[Step, ...]:
    """The steps of a path in a template: names may hold blanks and colons, dots and brackets are escaped."""
    if name == ".":
        return ()
    if not name:
        raise _wrong(at, "name what is to be shown: {{ path }}")
    steps: list[Step] = []
    place = 0
    while place < len(name):
        if name[place] == "[":
            step, place = paths.bracketed(name, place)
            steps.append(step)
        else:
            step, place = paths.unescaped(name, place, ".[")
            if not step.strip():
                raise _wrong(at, f"the path {name} has a dot too many")
            steps.append(step)
        if place < len(name) and name[place] == ".":
            place += 1
            if place == len(name):
                raise _wrong(at, f"the path {name} ends with a dot")
        elif place < len(name) and name[place] != "[":
            raise _wrong(at, f"after a bracket the path {name} goes on with a dot or a bracket")
        if len(steps) > paths.MAX_STEPS:
            raise _wrong(at, f"a path has {paths.MAX_STEPS} steps at the most")
    return tuple(steps)


def _wrong(at: int, message: str) -> BadInput:
    return BadInput.at("", f"position {at + 1}: {message}")
