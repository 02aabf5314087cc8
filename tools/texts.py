"""The catalogues, kept in step with the code: `python -m tools.texts` (`make texts`).

Gathers every text that the code and the templates say, gives each catalogue an empty entry for what is new and
takes out what is no longer said. What it then prints is still to be translated.
"""

from __future__ import annotations

import ast
import json
import string
import sys
from collections.abc import Iterator

from jinja2 import Environment, nodes

from tocsin.languages import FOLDER, catalogues, msgid
from tocsin.languages.catalogues import Catalogue
from tocsin.web.words import CODES

CODE = FOLDER.parent
PAGES = CODE / "web"
_REFUSALS = {"Problem": 1, "at": 1, "NotFound": 0, "Forbidden": 0, "Conflict": 0}
"""What the pages refuse, they say in the visitor's language: where the reason stands in the call."""


def said() -> set[str]:
    """The key of every text of the code and the templates."""
    found: set[str] = set()
    for file in sorted(CODE.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"), file.name)
        for node in ast.walk(tree):
            match node:
                case ast.Call():
                    found.update(_call(node, pages=file.is_relative_to(PAGES)))
                case ast.AnnAssign(annotation=ast.Name(id="Texts"), value=ast.Dict(values=values)):
                    found.update(text for value in values for text in _texts(value))
                case _:
                    pass
    parser = Environment(autoescape=True)
    for file in sorted(PAGES.rglob("*.html")):
        found.update(_template(parser.parse(file.read_text("utf-8"), file.name)))
    # The pages may also say a code by its name.
    return {CODES.get(text, text) for text in found} - {""}


def _call(call: ast.Call, *, pages: bool) -> Iterator[str]:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            pass
        case _:
            return
    first, second, third = (list(_constants(call, number)) for number in range(3))
    match name:
        case "t":
            yield from first
        case "say" | "translate":
            yield from second
        case "say_many":
            yield from (f"{one}\0{many}" for one, many in zip(second, third, strict=True))
        case "msgid":
            yield from (msgid(text, *second) for text in first)
        case "Problems" if pages:
            yield from (text for keyword in call.keywords for text in _texts(keyword.value))
        case _ if pages and name in _REFUSALS:
            yield from _constants(call, _REFUSALS[name])
        case _:
            pass


def _constants(call: ast.Call, number: int) -> Iterator[str]:
    return _texts(call.args[number]) if number < len(call.args) else iter(())


def _texts(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*_texts(one), *_texts(other))
        case _:
            pass


def _template(tree: nodes.Template) -> Iterator[str]:
    for call in tree.find_all(nodes.Call):
        texts = [list(_words(argument)) for argument in call.args[:2]]
        match call.node:
            case nodes.Name(name="t"):
                yield from texts[0]
            case nodes.Name(name="tn"):
                yield from ("\0".join(pair) for pair in zip(*texts, strict=True))
            case _:
                pass


def _words(node: nodes.Expr) -> Iterator[str]:
    match node:
        case nodes.Const(value=str(text)):
            yield text
        case nodes.CondExpr(expr1=one, expr2=other) if other is not None:
            yield from (*_words(one), *_words(other))
        case _:
            pass


def wanting(catalogue: Catalogue, keys: set[str]) -> list[str]:
    """What is wrong with a catalogue, as sentences."""
    known = catalogue.keys() - {""}
    return [
        *(f"not translated: {_shown(key)}" for key in sorted(keys) if not catalogue.get(key, "").strip("\0")),
        *(f"not said any more: {_shown(key)}" for key in sorted(known - keys)),
        *(f"other blanks: {_shown(key)}" for key in sorted(known & keys) if _differ(key, catalogue[key])),
    ]


def _shown(key: str) -> str:
    return " | ".join(key.rpartition("\x04")[2].split("\0"))


def _differ(key: str, text: str) -> bool:
    """Whether any form of a text fills in other blanks; only a plural's may leave the number out: “a gap”."""
    forms = key.rpartition("\x04")[2].split("\0")
    spare = {"count"} if len(forms) > 1 else set()
    return any(_blanks(form) - spare != _blanks(forms[-1]) - spare for form in text.split("\0") if form)


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def written(catalogue: Catalogue) -> str:
    """A catalogue as a .po file, sorted by text, so that two people who add one each rarely meet."""
    keys = sorted(catalogue, key=lambda key: key.rpartition("\x04")[::-1])
    return "\n".join(_entry(key, catalogue[key]) for key in keys)


def _entry(key: str, text: str) -> str:
    context, _, texts = key.rpartition("\x04")
    one, *many = texts.split("\0")
    lines = [f"msgctxt {_quoted(context)}"] if context else []
    lines += [f"msgid {_quoted(one)}", *(f"msgid_plural {_quoted(each)}" for each in many)]
    forms = text.split("\0")
    lines += (
        [f"msgstr[{n}] {_quoted(form)}" for n, form in enumerate(forms)]
        if many
        else [f"msgstr {_quoted(text)}"]
    )
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    lines = text.splitlines(keepends=True)
    parts = lines if len(lines) < 2 else ["", *lines]
    return "\n".join(json.dumps(part, ensure_ascii=False) for part in parts) or '""'


def renewed(catalogue: Catalogue, keys: set[str]) -> Catalogue:
    """The same translations, for these keys."""
    return {key: catalogue.get(key, "\0" if "\0" in key else "") for key in {"", *keys}}


def main() -> int:
    """Renew every catalogue; the exit status says whether anything is left to be translated."""
    keys, left = said(), 0
    for file in sorted(FOLDER.glob("*.po")):
        catalogue = renewed(catalogues.read(file.read_text("utf-8")), keys)
        file.write_text(written(catalogue), "utf-8")
        found = wanting(catalogue, keys)
        left += len(found)
        print("\n".join([*found, f"{file.name}: {len(catalogue) - 1} texts, {len(found)} to mend"]))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
