"""The document as a page for people: no script, nothing from other servers."""

from __future__ import annotations

from html import escape
from typing import Any

from tocsin.plugins import Integration

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { font-size: .95em } summary { cursor: pointer } details { margin: .3rem 0 }
.m { display: inline-block; width: 4.5rem; font-weight: 600 } td, th { text-align: left; padding: 0 1rem 0 0; vertical-align: top }
"""


def page(document: dict[str, Any]) -> str:
    """The page."""
    info = document["info"]
    parts = [f"<h1>{escape(info['title'])} {escape(info['version'])}: the API</h1>"]
    parts.append(
        f"<p>{escape(info['description'])} <a href='/api-docs/openapi.json'>OpenAPI document</a></p>"
    )
    for title, prefix in (("Today's dialect, /api", False), ("The dialect of 2020, /api/v1", True)):
        parts.append(f"<h2>{escape(title)}</h2>")
        for path, operations in sorted(document["paths"].items()):
            if path.startswith("/api/v1/") == prefix:
                parts.extend(_operation(path, method, said) for method, said in operations.items())
    parts.append("<h2>Schemas</h2>")
    parts.extend(_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
    return _html("API", parts)


def tool_page(tool: Integration, public_url: str) -> str:
    """How one tool reports: its address, and what it can say."""
    ways = (("opens", tool.opens), ("is accepted", tool.accepts), ("is resolved", tool.resolves))
    rows = "".join(f"<tr><th>{how}</th><td>{escape(when)}</td></tr>" for how, when in ways if when)
    address = f"{public_url}/api/v1/events/{tool.slug}/<key>"
    return _html(
        tool.name,
        [
            f"<h1>{escape(tool.name)}</h1>",
            f"<p>Create an alert source of type <code>{escape(tool.type)}</code>, and let the tool send to ",
            f"<code>{escape(address)}</code>.</p><p>An incident</p><table>{rows}</table>",
            f"<p>What to click in the tool is told by <code>docs/integrations/{escape(tool.page or tool.slug)}.md</code>.</p>",
        ],
    )


def _html(title: str, parts: list[str]) -> str:
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>"


def _operation(path: str, method: str, said: dict[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}</td>"
        f"<td>{escape(p.get('description', ''))}</td></tr>"
        for p in said.get("parameters", ())
    ]
    sent = [
        f"<p>Body: {_reference(content['schema'])}</p>"
        for content in said.get("requestBody", {}).get("content", {}).values()
    ]
    answers = ", ".join(sorted(said["responses"]))
    head = f"<summary><span class='m'>{method.upper()}</span><code>{escape(path)}</code></summary>"
    words = escape(said.get("description") or said.get("summary", ""))
    return f"<details>{head}<p>{words}</p>{''.join(sent)}<table>{''.join(rows)}</table><p>Answers: {answers}</p></details>"


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"<tr><td><code>{escape(field)}</code>{'*' if field in required else ''}</td><td>{_reference(said)}</td>"
        f"<td>{escape(said.get('description', ''))}</td></tr>"
        for field, said in schema.get("properties", {}).items()
    ]
    head = f"<summary id='{escape(name)}'><code>{escape(name)}</code></summary>"
    return f"<details>{head}<p>{escape(schema.get('description', ''))}</p><table>{''.join(rows)}</table></details>"


def _reference(schema: dict[str, Any]) -> str:
    """A type in a few words, with links to the schemas it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"<a href='#{escape(name)}'>{escape(name)}</a>"
    if "anyOf" in schema:
        return " or ".join(_reference(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_reference(schema.get('items', {}))}]"
    return escape(str(schema.get("type", "anything")))
