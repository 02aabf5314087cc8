"""Catalogues in the form that translators know (.po), for Python's `gettext`, which reads another one (.mo)."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping

Catalogue = dict[str, str]
"""Texts by key, as gettext holds them: a key may have a context before \\x04; plural forms stand apart by \\0."""
_STRING = r'"(?:[^"\\]|\\.)*"'
_FIELD = re.compile(
    rf"^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+({_STRING}(?:\s*{_STRING})*)", re.MULTILINE
)
_MAGIC = 0x950412DE
_HEAD = 28


def read(po: str) -> Catalogue:
    """The entries of a .po file; a text that is still to be translated is empty. Of two with one key the later counts."""
    found: Catalogue = {}
    context = key = ""
    for field, strings in _FIELD.findall(po):
        said = strings[1:-1]
        if '"' in said or "\\" in said:
            said = "".join(map(json.loads, re.findall(_STRING, strings)))
        match field:
            case "msgctxt":
                context = f"{said}\x04"
            case "msgid":
                key, context = context + said, ""
            case "msgid_plural":
                key = f"{key}\0{said}"
            case "msgstr" | "msgstr[0]":
                found[key] = said
            case _:
                found[key] += f"\0{said}"
    return found


def compiled(catalogue: Mapping[str, str]) -> bytes:
    """A .mo file with the same entries. Form: gnu.org/software/gettext/manual/html_node/MO-Files.html."""
    pairs = sorted((key.encode(), text.encode()) for key, text in catalogue.items() if text.strip("\0"))
    strings = [*(key for key, _ in pairs), *(text for _, text in pairs)]
    tables, data = bytearray(), bytearray()
    first = _HEAD + 8 * len(strings)
    for string in strings:
        tables += struct.pack("<II", len(string), first + len(data))
        data += string + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, len(pairs), _HEAD, _HEAD + 8 * len(pairs), 0, 0)
    return head + tables + data
