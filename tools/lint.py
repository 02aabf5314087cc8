"""House rules that no other tool checks: `python -m tools.lint [folder ...]`.

A function fits in a head, a file on a few screens; what catches everything is listed by name; what
others may call says what it does.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_FUNCTION_LINES = 50
MAX_FILE_LINES = 400
MAX_PARAMETERS = 5

# Where everything may be caught: one row, one job, must never stop the others. Two files at most.
HISTORY = "store/migrations/versions"
"""What was is as long as it was: migrations are not rewritten."""
MAY_CATCH_EVERYTHING = ("src/tocsin/engine/loops.py", "src/tocsin/engine/deliveries.py")

_EVERYTHING = {"Exception", "BaseException"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One rule broken at one place."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def check(path: str, source: str) -> list[Finding]:
    """What is wrong with one file."""
    tree = ast.parse(source, path)
    found = [*_file(tree, source), *_documented(tree)]
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            found += _function(node)
        if path not in MAY_CATCH_EVERYTHING:
            found += _broad(node)
    return sorted(Finding(path, line, message) for line, message in found)


def main(folders: list[str]) -> int:
    """Check every Python file below the folders; the exit status."""
    files = [file for folder in folders or ["src"] for file in sorted(Path(folder).rglob("*.py"))]
    files = [file for file in files if HISTORY not in file.as_posix()]
    found = [finding for file in files for finding in check(file.as_posix(), file.read_text("utf-8"))]
    for finding in found:
        print(finding)
    print(f"tools.lint: {len(found)} findings in {len(files)} files")
    return 1 if found or not files else 0


def _file(tree: ast.Module, source: str) -> Iterator[tuple[int, str]]:
    lines = len(source.splitlines())
    if lines > MAX_FILE_LINES:
        yield 1, f"the file has {lines} lines, {MAX_FILE_LINES} are allowed: divide it by what it is about"
    if source.strip() and not ast.get_docstring(tree):
        yield 1, "the module has no docstring"


def _function(node: _Function) -> Iterator[tuple[int, str]]:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if lines > MAX_FUNCTION_LINES:
        yield node.lineno, f"{node.name} has {lines} lines, {MAX_FUNCTION_LINES} are allowed"
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    count = len(names) - (names[:1] in (["self"], ["cls"]))
    if count > MAX_PARAMETERS:
        advice = "make the rest keyword-only, or a value"
        yield node.lineno, f"{node.name} has {count} parameters, {MAX_PARAMETERS} are allowed: {advice}"


def _broad(node: ast.AST) -> Iterator[tuple[int, str]]:
    caught: list[ast.expr] = []
    if isinstance(node, ast.ExceptHandler):
        if node.type is None:
            yield node.lineno, "a bare except catches everything: name what can happen"
        else:
            caught = [node.type]
    elif isinstance(node, ast.Call) and _last_name(node.func) == "suppress":
        caught = node.args
    for expression in caught:
        for name in sorted(_EVERYTHING & {_last_name(part) for part in ast.walk(expression)}):
            yield expression.lineno, f"{name} catches everything: name what can happen"


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _documented(node: ast.Module | ast.ClassDef, within: str = "") -> Iterator[tuple[int, str]]:
    """Classes and functions that others may call, without a docstring. What is nested is private."""
    for child in _statements(node.body):
        if not isinstance(child, _Function | ast.ClassDef) or child.name.startswith("_") or _is_exempt(child):
            continue
        name = within + child.name
        if not ast.get_docstring(child):
            yield child.lineno, f"{name} has no docstring"
        if isinstance(child, ast.ClassDef):
            yield from _documented(child, f"{name}.")


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, also those under a module's `if` and `try`."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try):
            yield from _statements([*statement.body, *statement.orelse])


def _is_exempt(node: _Function | ast.ClassDef) -> bool:
    """Overloads are described once; a setter by its getter; an override by what it overrides."""
    marks = {_last_name(mark) for mark in node.decorator_list}
    return bool(marks & {"overload", "override", "setter", "deleter"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
