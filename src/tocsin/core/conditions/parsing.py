"""From words to a tree, by the strength with which operators bind: `or`, `and`, `not`, comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tocsin.core.conditions.comparing import OPERATORS
from tocsin.core.conditions.lexing import Token, tokens, wrong
from tocsin.core.conditions.nodes import And, Compare, Constant, Count, Node, Not, Now, Or, PathTo
from tocsin.core.patterns import MAX_PATTERNS, pattern
from tocsin.kit.errors import BadInput

MAX_DEPTH = 50
"""How deep brackets, lists and `not` may be nested."""

OR, AND, NOT, COMPARISON = 10, 20, 30, 40
_BINDING = {"or": OR, "and": AND}
_COMPARISONS = frozenset(OPERATORS) | {"!="}
_CONSTANTS = {"true": True, "false": False, "nil": None, "null": None}
RESERVED = frozenset(
    [
        "break",
        "at",
        "do",
        "as",
        "const",
        "continue",
        "def",
        "else",
        "end",
        "eq",
        "function",
        "for",
        "gte",
        "gt",
        "if",
        "import",
        "is",
        "let",
        "lte",
        "lt",
        "loop",
        "namespace",
        "package",
        "require",
        "return",
        "var",
        "void",
        "when",
        "while",
    ]
)
"""Words that a condition may hold in quotes only."""
_CLOSING = {"[": "]", "{": "}"}


def parse_tree(text: str) -> Node:
    """The tree of a condition. Raises BadInput with the position and what to mend."""
    parser = _Parser(tokens(text))
    node = parser.expression(0)
    if parser.token.kind != "END":
        raise wrong(
            parser.token.at, f"after a whole condition comes and, or or the end, not {parser.token.text}"
        )
    return node


class _Parser:
    """One reading of one text."""

    def __init__(self, words: Iterator[Token]) -> None:
        self.words = words
        self.depth = 0
        self.patterns = 0
        self.token = next(words)
        if self.token.kind == "END":
            raise wrong(0, "a condition is expected")

    def advance(self) -> Token:
        """Go on by one word; the one that was read."""
        read = self.token
        if read.kind != "END":
            self.token = next(self.words)
        return read

    def expression(self, strength: int) -> Node:
        """What stands here, with everything that binds stronger than `strength`."""
        self._enter()
        node = self._first()
        while (binding := self._binding()) > strength:
            node = self._comparison(node) if binding == COMPARISON else self._joined(node, binding)
        self.depth -= 1
        return node

    def _enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise wrong(self.token.at, f"nested more than {MAX_DEPTH} deep")

    def _binding(self) -> int:
        if self.token.kind == "WORD":
            return _BINDING.get(self.token.text) or (COMPARISON if _operator(self.token.text) else 0)
        return COMPARISON if self.token.text in _COMPARISONS and self.token.kind == "SYMBOL" else 0

    def _first(self) -> Node:
        if self.token.kind == "WORD" and self.token.text == "not":
            self.advance()
            return Not(node=self.expression(NOT))
        if self._is("("):
            self.advance()
            node = self.expression(0)
            self._expect(")")
            return node
        return self._operand()

    def _joined(self, first: Node, binding: int) -> Node:
        """`a and b and c` as one node: a long chain is no deep one."""
        nodes = [first]
        while self._binding() == binding:
            self.advance()
            nodes.append(self.expression(binding))
        return And(nodes=tuple(nodes)) if binding == AND else Or(nodes=tuple(nodes))

    def _comparison(self, left: Node) -> Node:
        if isinstance(left, Compare | And | Or | Not):
            raise wrong(self.token.at, "a comparison has two sides: join several with and or or")
        at = self.token.at
        name, negated = self._operator_name()
        right = self._pattern() if name == "regex" else self._operand()
        if isinstance(right, Count):
            raise wrong(at, "a counter stands on the left of its comparison")
        if name == "!=":
            name, negated = "==", not negated
        return Compare(operator=name, negated=negated, left=left, right=right)

    def _operator_name(self) -> tuple[str, bool]:
        """The operator that stands here, and whether it is negated: `not contains`, `not_contains`."""
        at, name, negated = self.token.at, self.advance().text, False
        if name in ("not", "not_"):
            at, name, negated = self.token.at, self.advance().text, True
        elif name.startswith("not_"):
            name, negated = name.removeprefix("not_"), True
        if name not in _COMPARISONS:
            raise wrong(at, f"after not comes an operator, not {name}")
        return name, negated

    def _pattern(self) -> Node:
        token = self.advance()
        self.patterns += 1
        if self.patterns > MAX_PATTERNS:
            raise wrong(token.at, f"a condition has {MAX_PATTERNS} patterns at the most")
        if token.kind not in ("TEXT", "WORD", "NUMBER"):
            raise wrong(token.at, "regex needs its pattern as a text in quotes")
        try:
            return Constant(value=pattern(str(token.value)))
        except BadInput as refused:
            raise wrong(token.at, refused.problems[0].message) from None

    def _operand(self) -> Node:
        token = self.token
        match token.kind:
            case "PATH":
                return PathTo(steps=self.advance().value)
            case "COUNTER":
                return Count(counter=self.advance().value)
            case "WORD" if token.text == "now":
                self.advance()
                return Now()
            case _:
                return Constant(value=self._constant())

    def _constant(self) -> Any:
        token = self.token
        match token.kind:
            case "TEXT" | "NUMBER" | "INSTANT":
                return self.advance().value
            case "WORD":
                return self._bare()
            case "SYMBOL" if token.text in _CLOSING:
                self._enter()
                read = self._list() if token.text == "[" else self._object()
                self.depth -= 1
                return read
            case _:
                raise wrong(token.at, f"a path, text, number, list or now is expected here, not {token.text}")

    def _bare(self) -> Any:
        token = self.advance()
        word = token.text
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        if word in RESERVED or word in _BINDING or _operator(word):
            raise wrong(token.at, f"the word {word} means something else here: put it in quotes")
        return word

    def _list(self) -> list[Any]:
        self.advance()
        items: list[Any] = []
        while not self._is("]"):
            items.append(self._constant())
            self._separator("]")
        self._expect("]")
        return items

    def _object(self) -> dict[str, Any]:
        self.advance()
        fields: dict[str, Any] = {}
        while not self._is("}"):
            name = self.advance()
            if name.kind not in ("TEXT", "WORD"):
                raise wrong(name.at, "a name in quotes is expected here")
            self._expect(":")
            fields[name.value] = self._constant()
            self._separator("}")
        self._expect("}")
        return fields

    def _separator(self, closing: str) -> None:
        if not self._is(closing):
            self._expect(",")

    def _is(self, symbol: str) -> bool:
        return self.token.kind == "SYMBOL" and self.token.text == symbol

    def _expect(self, symbol: str) -> None:
        if not self._is(symbol):
            raise wrong(self.token.at, f"{symbol} is expected here, not {self.token.text}")
        self.advance()


def _operator(word: str) -> bool:
    """Whether a word is, or begins, an operator."""
    return word in ("not", "not_") or word.removeprefix("not_") in _COMPARISONS
